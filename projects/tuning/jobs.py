"""What a search's parameters ask for."""

from typing import Protocol

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.secrecy import without_secrets
from ib_mlflow.studies.searching.searches import Search
from ib_mlflow.studies.searching.targets import Target
from ib_mlflow.tracking import StudyHandle
from ib_mlflow.tuning import SearchPlan


class Sought(Protocol):
    """The parameters of a search over a study's child runs."""

    space: str

    @property
    def target(self) -> Target:
        """What is computed at a point."""

    @property
    def objective(self) -> str:
        """Results with their directions."""

    def plan_for(self, objective: str) -> SearchPlan:
        """How the search goes."""

    def name_of(self, what: str, plan: SearchPlan, *sought: object) -> str:
        """Its name in the storage."""

    def storage_uri(self, tracking: str) -> str:
        """Where trials are kept."""


def job_of(configuration: Sought, handle: StudyHandle) -> Search[Target]:
    """What is sought, in a store and an experiment: in another one a search begins anew.

    Arguments:
        configuration: the study's parameters.
        handle: of the study's run.
    """
    sought = (configuration.space, configuration.objective)
    plan = configuration.plan_for(configuration.objective)
    target, tracking = configuration.target, handle.tracking_uri
    store = (without_secrets(tracking), handle.experiment_id)
    race = (f"race={target.race}",) if target.race else ()
    which = (*store, target.given, target.setting, target.measured, *race)
    return Search(
        configuration.name_of(target.study, plan, *which, *sought),
        target,
        *sought,
        plan,
        configuration.storage_uri(tracking),
        tracking,
    )


def pairs(text: str) -> dict[str, str]:
    """Read `members=5;epochs=300`.

    Raises:
        ConfigurationError: a part is no name and value, or a name stands twice.

    Example:
        >>> pairs("members=5; hidden=12,8,4")
        {'members': '5', 'hidden': '12,8,4'}
    """
    values: dict[str, str] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or name.strip() in values:
            raise ConfigurationError(
                "given must be names and values, each name once",
                received=part,
                fix="Write members=5;epochs=300.",
            )
        values[name.strip()] = value.strip()
    return values
