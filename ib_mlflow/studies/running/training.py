"""An ensemble trained, measured on the plane, and kept in MLflow."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ib_mlflow.errors import ConfigurationError, InvalidInputError
from ib_mlflow.networks import Ensemble
from ib_mlflow.studies.running.animation import PlaneAnimations
from ib_mlflow.studies.running.children import child_of, description_of, log_datasets
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import PLANE, Group
from ib_mlflow.studies.running.records import (
    RECORDED,
    Record,
    kept_in,
    packed,
    records_of,
    unpacked,
)
from ib_mlflow.studies.running.steps import Shown, record_steps
from ib_mlflow.tracking import Models, Recording, StudyRun
from ib_mlflow.training import Snapshot, measure, train
from ib_mlflow.trajectory import LossCurves, Trajectory


@dataclass(frozen=True)
class Trained:
    """An ensemble after training.

    Arguments:
        spec: what was trained.
        trajectory: what was measured, by all estimators.
        recording: its child runs, and the checkpoints of every measured epoch.
    """

    spec: EnsembleSpec
    trajectory: Trajectory
    recording: Recording

    @property
    def name(self) -> str:
        """The ensemble's name."""
        return self.spec.name

    @property
    def groups(self) -> list["TrainedGroup"]:
        """Its groups, in their order."""
        return [TrainedGroup(self, group) for group in self.spec.groups]

    @property
    def planes(self) -> dict[str, Trajectory]:
        """The plane of each group, by the group's name."""
        return {group.name: group.plane() for group in self.groups}

    @property
    def sound(self) -> tuple[int, ...]:
        """The members that did not diverge, ascending; one or more."""
        frame = self.trajectory.frame
        last = frame[frame["epoch"] == self.trajectory.epochs[-1]]
        finite = last["i_x"].notna().groupby(last["member"]).all()
        return tuple(int(member) for member in finite.index[finite])

    def at(self, epoch: int) -> Ensemble:
        """The ensemble as it was at a measured epoch, from that epoch's checkpoint."""
        return self.spec.restored(self.recording.state(epoch))

    def register(self, name: str) -> int:
        """Register the networks as they are at the end, of the first child run, under a name.

        Returns:
            The version: `models:/<name>@chosen` loads it.
        """
        networks = self.at(self.spec.schedule.last)
        writer = self.recording.child(self.spec.groups[0].name)
        return writer.register(name, networks.module(), self.spec.inputs[:2])

    def record(self, name: Record) -> pd.DataFrame:
        """A table that was kept beside the plane, of all members and measured epochs.

        Raises:
            InvalidInputError: the spec did not ask for it.
        """
        return unpacked(self._records, name)

    @property
    def kept(self) -> list[Record]:
        """The tables that were kept beside the plane."""
        return kept_in(self._records) if self.spec.every_epoch or self.spec.gradients else []

    @cached_property
    def _records(self) -> list[dict[str, Any]]:
        return [
            {RECORDED: state.get(RECORDED, {})}
            for state in map(self.recording.state, self.trajectory.epochs)
        ]


@dataclass(frozen=True)
class TrainedGroup:
    """The members of one group after training.

    Arguments:
        trained: their ensemble.
        group: the group.
    """

    trained: Trained
    group: Group

    @property
    def name(self) -> str:
        """The group's name, its child run's."""
        return self.group.name

    @cached_property
    def members(self) -> tuple[int, ...]:
        """Their numbers in the ensemble, in the order of the group's seeds."""
        return self.trained.spec.members_of(self.group)

    def member(self, seed: int) -> int:
        """The number in the ensemble of the member with a seed.

        Raises:
            InvalidInputError: no member has it.
        """
        if seed not in self.group.seeds:
            raise InvalidInputError(
                "a group knows its members by their seeds",
                received=seed,
                fix=f"{self.name!r} has {', '.join(map(str, self.group.seeds))}.",
            )
        return self.members[self.group.seeds.index(seed)]

    @cached_property
    def sound(self) -> tuple[int, ...]:
        """Those of its members that did not diverge, ascending."""
        return tuple(member for member in self.trained.sound if member in self.members)

    @property
    def last_hidden(self) -> int:
        """The number of the last hidden layer."""
        return self.trained.spec.hidden_layers[-1]

    def plane(self, role: str = PLANE) -> Trajectory:
        """What the estimator of a role measured on these members.

        Arguments:
            role: of the estimator.

        Returns:
            Its trajectory, in nats.
        """
        return self.trained.spec.plane(self.trained.trajectory, self.group, role)

    def record(self, name: Record) -> pd.DataFrame:
        """A table that was kept beside the plane, of its members.

        Arguments:
            name: `"gradients"` as of `gradient_rows`, `"gradient_shares"` as of
                `gradient_share_rows`, `"losses"` as `LossCurves` holds them.

        Returns:
            The rows of all measured epochs; `member` is the number in the ensemble.

        Raises:
            InvalidInputError: the ensemble's spec did not ask for it.
        """
        table = self.trained.record(name)
        return table[table["member"].isin(self.members)].reset_index(drop=True)

    @cached_property
    def losses(self) -> LossCurves:
        """The validation loss and accuracy of its members after every epoch.

        Raises:
            InvalidInputError: the ensemble's spec did not ask for every epoch.
        """
        return LossCurves(self.record("losses"))


def run_ensemble(study: StudyRun, spec: EnsembleSpec) -> Trained:
    """Train an ensemble, measure it, and record both; or read what was recorded.

    Arguments:
        study: the study's run.
        spec: the ensemble.

    Returns:
        The ensemble's trajectory and recording.

    Raises:
        ConfigurationError: every member has diverged; what was measured is kept.
    """
    models = Models(
        restore=lambda state: spec.restored(state).module(),
        example=spec.inputs[:2],
        datasets={use: (part.name, part.digest) for use, part in spec.task.datasets},
    )
    children = [child_of(spec, group) for group in spec.groups]
    with study.record(children, guides=spec.task.guides, models=models) as recording:
        for child in recording.unfinished:
            words = description_of(spec, spec.group(child.name))
            recording.child(child.name).describe(words)
        if not recording.finished:
            _learn(spec, recording)
        trained = Trained(spec, recording.trajectory, recording)
        for child in recording.unfinished:
            log_datasets(recording.child(child.name), spec.task.datasets)
            group = TrainedGroup(trained, spec.group(child.name))
            for name in trained.kept:
                table = group.losses if name == "losses" else group.record(name)
                recording.child(child.name).log_table(table, f"{name}.parquet")
        return trained


def _learn(spec: EnsembleSpec, recording: Recording) -> None:
    animations = PlaneAnimations(spec, recording)

    def log(snapshot: Snapshot) -> tuple[int, Shown]:
        rows = measure(snapshot, spec.estimators, spec.task.measured, labels=spec.measured_labels)
        kept = {RECORDED: packed(records_of(snapshot))}
        recording.log(rows, snapshot.checkpoint() | kept)
        if snapshot.diverged.all():
            members = len(snapshot.seeds)
            raise ConfigurationError(
                "one network or more must go on learning",
                received=f"{members} of {members} of {spec.name!r} that diverged by epoch "
                f"{snapshot.epoch}",
                fix=f"Choose a learning_rate below {spec.descent.learning_rate:g}.",
            )
        animations.add(rows, snapshot.epoch)
        return snapshot.epoch, {"validation_accuracy": f"{np.nanmean(snapshot.val_accuracy):.3f}"}

    snapshots = train(
        spec.ensemble(),
        spec.task.train_set,
        spec.schedule,
        validation=spec.task.validation_set,
        resume=recording.checkpoint,
        **spec.training(),
    )
    record_steps(snapshots, log, total=spec.schedule.epochs[-1], name=spec.name, unit="epoch")
