"""One trial of a batch: its ensemble, and the child runs that it is recorded in while it learns."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

from ib_mlflow.networks import Ensemble
from ib_mlflow.studies.running.children import child_of
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.records import RECORDED, packed, records_of
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.tracking import StudyRun
from ib_mlflow.training import Snapshot, measure


class Place:
    """Where the members of one trial are recorded, as if they had been trained by themselves.

    Arguments:
        study: the study's run.
        spec: the trial's ensemble; its child runs are taken at once.

    Raises:
        TrackingError: another live process computes one of them.
    """

    def __init__(self, study: StudyRun, spec: EnsembleSpec) -> None:
        self.spec = spec
        children = [child_of(spec, group) for group in spec.groups]
        self._context = study.record(children, guides=spec.task.guides)
        self.recording = self._context.__enter__()
        state = self.recording.checkpoint
        self.checkpoint = None if state is None else _resumable(state)
        """What its members go on from; None to begin."""

    @property
    def epoch(self) -> int:
        """The last epoch that was recorded; -1 for none."""
        return -1 if self.checkpoint is None else int(self.checkpoint["epoch"])

    @property
    def trained(self) -> Trained:
        """Its ensemble, as far as it was recorded."""
        return Trained(self.spec, self.recording.trajectory, self.recording)

    @cached_property
    def _networks(self) -> Ensemble:
        return self.spec.ensemble()

    def log(self, snapshot: Snapshot, members: slice) -> None:
        """Record an epoch of the members that are the trial's.

        Arguments:
            snapshot: of the whole batch.
            members: those of the trial.
        """
        own = snapshot.of_members(members, self._networks)
        rows = measure(own, self.spec.estimators, self.spec.task.measured)
        self.checkpoint = own.checkpoint()
        self.recording.log(rows, self.checkpoint | {RECORDED: packed(records_of(own))})

    def conclude(self) -> None:
        """End its child runs as FINISHED."""
        self._context.__exit__(None, None, None)

    def abandon(self, error: BaseException) -> None:
        """End its child runs as `error` says; what was measured is kept."""
        with suppress(type(error)):
            self._context.__exit__(type(error), error, error.__traceback__)


def _resumable(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name != RECORDED}
