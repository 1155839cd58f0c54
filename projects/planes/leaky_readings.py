"""What is read of leaky ReLU networks, and of ReLU networks of the same seeds.

Reference:
    Revisiting the Information Plane, section 4; Xu et al. (2015), arXiv:1505.00853.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.intervals import accuracy, information, known, mean
from ib_mlflow.studies.judging.margins import LEARNT
from ib_mlflow.studies.judging.series import curve_drops
from ib_mlflow.studies.reporting.ensembles import Ensembles
from ib_mlflow.studies.reporting.networks import Networks
from ib_mlflow.studies.reporting.planes import plane_tables
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.running.training import TrainedGroup
from ib_mlflow.trajectory import Trajectory, learning
from ib_mlflow.trajectory.members import Numbers, at_end

BINS, COARSE, FINE = "bins", "paper's", "fine"
"""The parameter that tells the child runs of a network apart: its bins, and those so small that
they tell all activations apart that differ."""


@dataclass(frozen=True, eq=False)
class Rectified(Networks):
    """Networks of one task and activation.

    Arguments:
        group: the networks, in bins of the paper's size.
        finely: the same networks, in bins that tell all activations apart that differ.
    """

    finely: TrainedGroup

    @cached_property
    def fine(self) -> Trajectory:
        """In bins that tell all activations apart that differ."""
        return self.finely.plane()

    @property
    def lowest_loss(self) -> Numbers:
        """The lowest validation loss of every member: (e,) nats; NaN of one that diverged.

        Without what choosing the lowest takes off (`ib_mlflow.trajectory.drops`).
        """
        curves = learning(self.plane).pivot(index="member", columns="epoch", values="val_loss")
        losses = curves.to_numpy(dtype=np.float64)
        return np.asarray(losses[:, -1] - np.maximum(curve_drops(-losses), 0.0))

    @property
    def lowest_so_far(self) -> Trajectory:
        """The curves with the lowest validation loss up to each epoch in place of the loss.

        It rests once the lowest is past, while the loss of what overfits rises to the end.
        """
        frame = self.plane.frame.sort_values("epoch")
        lowest = frame.groupby(["member", "layer"])["val_loss"].cummin()
        return replace(self.plane, frame=self.plane.frame.assign(val_loss=lowest))

    @property
    def dead(self) -> Numbers:
        """Whether a member ended no better than always naming the most frequent class: (e,)."""
        labels = self.group.trained.spec.task.train_set.labels
        chance = np.bincount(labels).max() / labels.size
        accuracy = self.score("train_accuracy")
        return known(accuracy < chance + LEARNT, accuracy)


@dataclass(frozen=True, eq=False)
class Pair:
    """Leaky ReLU networks of a task beside ReLU networks of the same seeds.

    Arguments:
        relu: the ReLU networks.
        leaky: the leaky ones.
    """

    relu: Rectified
    leaky: Rectified

    @property
    def task(self) -> str:
        """The task."""
        return self.relu.task


def pairs_of(readings: Ensembles[LearningConfiguration]) -> list[Pair]:
    """The networks of each task, two and two."""
    found: dict[str, dict[str, Rectified]] = {}
    for trained in readings.trained:
        by_bins = {group.group.parameters[BINS]: group for group in trained.groups}
        networks = Rectified(by_bins[COARSE], by_bins[FINE])
        found.setdefault(networks.task, {})[trained.spec.activations[0]] = networks
    return [Pair(of["relu"], of["leaky_relu"]) for of in found.values()]


def relus(readings: Ensembles[LearningConfiguration]) -> list[Rectified]:
    """The ReLU networks of each task."""
    return [pair.relu for pair in pairs_of(readings)]


def leaky_ones(readings: Ensembles[LearningConfiguration]) -> list[Rectified]:
    """The leaky ReLU networks of each task."""
    return [pair.leaky for pair in pairs_of(readings)]


def leaky_tables(readings: Ensembles[LearningConfiguration]) -> dict[str, Table]:
    """Both activations of each task, and the layers of all networks in both bins."""
    rows = [
        (
            of.name,
            accuracy(of.score("val_accuracy")).quantity(digits=4),
            accuracy(of.score("train_accuracy")).quantity(digits=4),
            information(of.lowest_loss).quantity("nats"),
            f"{int(np.nansum(of.dead))} of {of.dead.size}",
            information(at_end(of.plane, "i_x", of.layer)).quantity("nats"),
            information(at_end(of.fine, "i_x", of.layer)).quantity("nats"),
            mean(of.lost).quantity("nats"),
        )
        for of in _each(readings)
    ]
    headings = [
        "networks", "validation accuracy", "training accuracy", "lowest validation loss",
        "at chance", "I(X;T), last hidden", "the same in fine bins", "fallen from its highest",
    ]  # fmt: skip
    planes = [
        plane
        for of in _each(readings)
        for plane in ((of.name, of.plane), (f"{of.name}, fine bins", of.fine))
    ]
    return {"ReLU and leaky ReLU": Table(headings, rows)} | plane_tables(dict(planes))


def _each(readings: Ensembles[LearningConfiguration]) -> Sequence[Rectified]:
    return [of for pair in pairs_of(readings) for of in (pair.relu, pair.leaky)]
