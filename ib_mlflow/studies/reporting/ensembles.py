"""The readings of studies that train ensembles: their planes, and what became of the networks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from ib_mlflow import figures
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.intervals import accuracy, mean, median
from ib_mlflow.studies.judging.margins import LEARNT
from ib_mlflow.studies.judging.thresholds import FEWEST_VOTES
from ib_mlflow.studies.reporting.evidence import Evidence, trajectory_table
from ib_mlflow.studies.reporting.headings import facts_of
from ib_mlflow.studies.reporting.headline import headline_scalars
from ib_mlflow.studies.reporting.scalars import child_scalars, member_scalars
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained, TrainedGroup
from ib_mlflow.trajectory import Trajectory, learning
from ib_mlflow.trajectory.members import drops

C = TypeVar("C", bound=LearningConfiguration)
C_co = TypeVar("C_co", bound=LearningConfiguration, covariant=True)

BELOW = (
    "Less than 0 lost after the peak means that nothing was: a curve's peak is read beside its "
    "highest point, for a highest value is partly chance, and a curve that rises to its end lies "
    "above that."
)
"""What a reader must know of a loss that is less than nothing."""


@dataclass(frozen=True)
class Ensembles(Generic[C_co]):
    """Trained ensembles, as a study's claims, figures and tables read them.

    Arguments:
        configuration: the study's parameters.
        trained: the ensembles.
    """

    configuration: C_co
    trained: Sequence[Trained]

    @property
    def groups(self) -> list[TrainedGroup]:
        """The groups of all ensembles."""
        return [group for trained in self.trained for group in trained.groups]

    @property
    def planes(self) -> dict[str, Trajectory]:
        """The plane of every group, by its name."""
        return {group.name: group.plane() for group in self.groups}

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        planes, learnt = self.planes, _one_each(self.trained)
        networks = sum(len(trained.trajectory.members) for trained in self.trained)
        rows = {
            name: trained.spec.task.validation_set.n
            for trained in self.trained
            for name in _one_each([trained])
        }
        chances = {
            name: _chance(trained) for trained in self.trained for name in _one_each([trained])
        }
        accuracies = "; ".join(
            f"{name} {_accuracy(curves, rows[name], chances[name])}"
            for name, curves in learnt.items()
        )
        tasks = {trained.spec.task.name: trained.spec.task for trained in self.trained}
        remarks = (remark for trained in self.trained for remark in _remarks(trained))
        return Evidence(
            summary=f"{networks} networks were trained",
            over="networks, of one split of the data",
            closing=f"Validation accuracy at the end: {accuracies}.",
            planes=planes,
            learning=learnt,
            tables={"trajectory.parquet": trajectory_table(planes)},
            metrics=headline_scalars(self.groups),
            datasets=[part for task in tasks.values() for part in task.datasets],
            remarks=[self.configuration.on_learning_rate, *remarks, *_on_losses(planes)],
            facts=facts_of([trained.spec for trained in self.trained]),
        )


def read_ensembles(_: Runner, configuration: C, trained: Sequence[Trained]) -> Ensembles[C]:
    """Read nothing but the trajectories, and put each group's results on its run."""
    log_groups(trained)
    return Ensembles(configuration, trained)


def log_groups(ensembles: Sequence[Trained]) -> None:
    """Put the plane, the curves and end-of-run scalars of every group on its own run.

    In nats like its metrics: a child is shared by studies whose readers ask for other units.
    """
    for trained in ensembles:
        for name, plane in trained.planes.items():
            child = trained.recording.child(name)
            child.log_metrics(child_scalars(member_scalars(plane), plane.layers))
            words = " · ".join(facts_of([trained.spec]))
            for figure, file in (
                (figures.information_plane({name: plane}), "information_plane.png"),
                (figures.information_curves(plane), "information_curves.png"),
            ):
                child.log_figure(figures.entitle(figure, words), file)


def _one_each(ensembles: Sequence[Trained]) -> dict[str, Trajectory]:
    """One plane for each set of members that were trained alike, by name."""
    planes: dict[str, Trajectory] = {}
    for trained in ensembles:
        alike: dict[tuple[int, ...], TrainedGroup] = {}
        for group in trained.groups:
            alike.setdefault(group.members, group)
        for group in alike.values():
            planes[trained.name if len(alike) == 1 else group.name] = group.plane()
    return planes


def _accuracy(trajectory: Trajectory, rows: int, chance: float) -> str:
    """The accuracy at the end; its median where networks are stuck, which a mean would follow."""
    learnt = learning(trajectory)
    last = learnt[learnt["epoch"] == trajectory.epochs[-1]]
    accuracies = last["val_accuracy"].to_numpy(dtype=np.float64)
    stuck = int((last["train_accuracy"] < chance + LEARNT).sum())
    if stuck and np.isfinite(accuracies).sum() >= FEWEST_VOTES:
        return f"{median(accuracies).text(digits=4)} (median, for {stuck} are stuck)"
    return accuracy(accuracies, rows).text(digits=4)


def _remarks(trained: Trained) -> Iterator[str]:
    frame = trained.trajectory.frame
    last = frame[frame["epoch"] == trained.trajectory.epochs[-1]]
    lost = int(last.groupby("member")["train_loss"].first().isna().sum())
    chance = _chance(trained) + LEARNT
    stuck = int((last.groupby("member")["train_accuracy"].first() < chance).sum())
    full = last["saturated"] & (last["estimator"] == "binned")
    ceiling = sorted(last[full]["layer"].unique())
    of_all = f"of {len(trained.trajectory.members)} networks"
    if lost:
        yield f"{trained.name}: {lost} {of_all} diverged and are left out."
    if stuck:
        yield (
            f"{trained.name}: {stuck} {of_all} ended at chance level (dead units); they are "
            "counted like the others."
        )
    if ceiling:
        layers = ", ".join(str(layer) for layer in ceiling)
        yield (
            f"{trained.name}: layers {layers} end within 1 % of ln n in some networks; there the "
            "estimate tells the number of rows and nothing of the layer."
        )


def _on_losses(planes: Mapping[str, Trajectory]) -> list[str]:
    """What a loss below 0 is, where a table has one."""
    losses = (drops(plane, layer) for plane in planes.values() for layer in plane.layers)
    # As tables show it, the mean to three digits.
    return [BELOW] if any(round(mean(lost).value, 3) < 0 for lost in losses) else []


def _chance(trained: Trained) -> float:
    """The accuracy of always naming the most frequent class of the training set."""
    labels = trained.spec.task.train_set.labels
    return float(np.bincount(labels).max() / labels.size)
