"""One trial of a batch: its ensemble, and the child runs that it is recorded in while it learns."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ib_mlflow.information import NetworkEstimator
from ib_mlflow.networks import Ensemble
from ib_mlflow.studies.running.children import child_of
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.records import RECORDED, packed, records_of
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.tracking import StudyRun
from ib_mlflow.training import Snapshot, measure
from ib_mlflow.training.membership import members_of
from ib_mlflow.trajectory import Trajectory

TOGETHER = 2**24
"""Numbers in the inputs of all members; of more, trials are measured one at a time, for the
activations of all would have to be in memory at once."""


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

    def log(self, epoch: "BatchEpoch", members: range) -> None:
        """Record an epoch of the members that are the trial's.

        Arguments:
            epoch: of the whole batch.
            members: those of the trial.
        """
        stretch = slice(members.start, members.stop)
        rows = epoch.rows.get(self.spec.name)
        if rows is None:
            own = epoch.snapshot.of_members(stretch, self._networks)
            estimates = measure(own, self.spec.estimators, self.spec.task.measured)
            rows = Trajectory(estimates, self.spec.task.guides)
        self.checkpoint = members_of(epoch.checkpoint, stretch)
        records = packed(records_of(epoch.snapshot, members))
        self.recording.log(rows, self.checkpoint | {RECORDED: records})

    def conclude(self) -> None:
        """End its child runs as FINISHED."""
        self._context.__exit__(None, None, None)

    def abandon(self, error: BaseException) -> None:
        """End its child runs as `error` says; what was measured is kept."""
        with suppress(type(error)):
            self._context.__exit__(type(error), error, error.__traceback__)


@dataclass(frozen=True)
class BatchEpoch:
    """A measured epoch of a batch.

    Arguments:
        snapshot: of all members.
        checkpoint: of all members.
        rows: by a trial's name, of its members; none where trials are measured by themselves.
    """

    snapshot: Snapshot
    checkpoint: Mapping[str, Any]
    rows: Mapping[str, Trajectory]

    @classmethod
    def of(cls, snapshot: Snapshot, specs: Sequence[EnsembleSpec]) -> "BatchEpoch":
        """Measure all trials in one pass, where each comes out as it does by itself.

        Estimators of layers look at every member by itself. Those that run noisy networks are
        asked trial by trial; so are all where a network diverges, whose rows would show what the
        estimators say of the others' numbers: how many, and whether they are bounds.

        Arguments:
            snapshot: of all members.
            specs: of the trials, in the order of their members.
        """
        estimators, task, rows = specs[0].estimators, specs[0].task, {}
        alike = all(spec.estimators == estimators for spec in specs)
        of_layers = not any(isinstance(each, NetworkEstimator) for each in estimators)
        small = len(snapshot.seeds) * task.measured.inputs.size <= TOGETHER
        if alike and of_layers and small and not snapshot.diverged.any():
            whole = Trajectory(measure(snapshot, estimators, task.measured), task.guides)
            if not whole.frame["i_x"].isna().any():
                parts = whole.split([len(spec.members) for spec in specs])
                rows = dict(zip((spec.name for spec in specs), parts, strict=True))
        return cls(snapshot, snapshot.checkpoint(), rows)


def _resumable(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name != RECORDED}
