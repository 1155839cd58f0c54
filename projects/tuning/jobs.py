"""What a search's parameters ask for."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from ib_mlflow import __version__
from ib_mlflow.errors import ConfigurationError
from ib_mlflow.secrecy import without_secrets
from ib_mlflow.studies.parsing import AUTO
from ib_mlflow.studies.searching.sought import Search
from ib_mlflow.studies.searching.targets import Target
from ib_mlflow.studies.study import EXPERIMENT
from ib_mlflow.tracking import StudyHandle, handle_ahead
from ib_mlflow.tuning import SearchPlan
from ib_mlflow.tuning.begun import first_begun, looked_into
from ib_mlflow.tuning.samplers import USUAL


class Sought(Protocol):
    """The parameters of a search over a study's child runs."""

    space: str
    sampler: str
    search: str

    @property
    def target(self) -> Target:
        """What is computed at a point."""

    @property
    def objective(self) -> str:
        """Results with their directions."""

    def plan_for(self, objective: str) -> SearchPlan:
        """How the search goes."""

    def name_of(self, what: str, plan: SearchPlan, sought: Mapping[str, str]) -> str:
        """Its name in the storage."""

    def storage_uri(self, tracking: str) -> str:
        """Where trials are kept."""


def check_search(configuration: Sought) -> None:
    """Refuse a search that could not be begun, before there is a run of it.

    Arguments:
        configuration: the study's parameters.

    Raises:
        ConfigurationError: no trial of it could be computed.
        StorageError: the storage does not answer, or holds another search of this name.
    """
    job_of(configuration, handle_ahead(EXPERIMENT)).check()


def begun_job(configuration: Sought, handle: StudyHandle) -> Search[Target]:
    """What is sought, by the sampler that the search was begun by where none is named.

    What `auto` takes depends on how many trials are asked for, and in which batches. Who asks for
    more of them means the same search; of two, that which was begun first.

    Arguments:
        configuration: the study's parameters.
        handle: of the study's run.
    """
    usual = job_of(configuration, handle)
    if configuration.sampler != AUTO or configuration.search != AUTO:
        return usual
    plans = [replace(usual.plan, sampler=sampler) for sampler in USUAL]
    jobs = {job.name: job for job in (job_of(configuration, handle, plan) for plan in plans)}
    with looked_into(usual.storage, tracking_uri=usual.tracking) as storage:
        begun = first_begun(storage, jobs)
    return usual if begun is None else jobs[begun]


def job_of(
    configuration: Sought, handle: StudyHandle, plan: SearchPlan | None = None
) -> Search[Target]:
    """What is sought, in a store and an experiment: in another one a search begins anew.

    Arguments:
        configuration: the study's parameters.
        handle: of the study's run.
        plan: how the search goes; as the parameters say by default.
    """
    space, objective = configuration.space, configuration.objective
    plan = plan or configuration.plan_for(objective)
    target, tracking = configuration.target, handle.tracking_uri
    sought = {
        **place_of(handle),
        "version": __version__,
        "study": target.study,
        "given": ";".join(f"{name}={value}" for name, value in sorted(target.given.items())),
        "setting": target.setting,
        "measured": str(target.measured),
        "race": str(target.race),
    }
    return Search(
        configuration.name_of(target.study, plan, {**sought, "space": space, "for": objective}),
        target,
        space,
        objective,
        plan,
        configuration.storage_uri(tracking),
        tracking,
        sought=sought,
    )


def place_of(handle: StudyHandle) -> dict[str, str]:
    """Where the runs of a search are, in words by name.

    Arguments:
        handle: of the study's run.
    """
    return {"store": without_secrets(handle.tracking_uri), "experiment": handle.experiment_id}


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
