"""What is sought, and where: a search before it begins, the same in every process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.searching.trials import Trials
from ib_mlflow.tuning import (
    Evaluate,
    Objectives,
    SearchPlan,
    Space,
    TuningStudy,
    open_optuna_study,
    open_storage,
)


class Searchable(Protocol):
    """What a search computes at its points."""

    def check(self, space: Space, objectives: Objectives) -> None:
        """Refuse a search that no trial of could be computed, before any is."""


T = TypeVar("T", bound=Searchable)


@dataclass(frozen=True)
class Search(Generic[T]):
    """What is sought, and where its trials are kept; the same in every process.

    Arguments:
        name: in the storage.
        target: what is computed at a point.
        space: that is searched, as text.
        objectives: what for, as text.
        plan: how points are drawn, and how many.
        storage: of Optuna; a password may be in it.
        tracking: of MLflow, which must be another database.
        command: the run of the command that was typed.
        trials: makes what computes a batch, of the study's run, target, objectives and `reports`;
            picklable.
    """

    name: str
    target: T
    space: str
    objectives: str
    plan: SearchPlan
    storage: str = field(repr=False)
    tracking: str = field(default="", repr=False)
    command: str = ""
    trials: Callable[..., Evaluate] = Trials

    def opened(self) -> TuningStudy:
        """Its Optuna study, made where there is none.

        Raises:
            ConfigurationError: no trial of it could be computed.
            StorageError: the storage does not answer, or holds another search of this name.
        """
        space, objectives = Space.parse(self.space), Objectives.parse(self.objectives)
        if self.plan.enough and objectives.several:
            raise ConfigurationError(
                "a search ends once it is enough where it has one objective",
                received=f"enough=true for {objectives}",
                fix="Leave enough out, or take one of the objectives.",
            )
        self.target.check(space, objectives)
        storage = open_storage(self.storage, tracking_uri=self.tracking)
        return open_optuna_study(storage, self.name, space, objectives)
