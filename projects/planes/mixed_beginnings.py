"""What mixed networks know before training, and whether their first layers compress.

Reference:
    Revisiting the Information Plane, sections 2.2.2 and 3; Fig. 2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.curves import compressing, curves_of_layer, falls
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.judgements import steady
from ib_mlflow.studies.judging.lengths import (
    STAYS_AWAY,
    after,
    at_its_end,
    beside,
)
from ib_mlflow.studies.judging.margins import EARLY
from ib_mlflow.studies.judging.series import curve_gains
from ib_mlflow.studies.judging.shares import most_where
from ib_mlflow.studies.judging.verdicts import Judgement, rises
from ib_mlflow.studies.reporting.ensembles import Ensembles
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers, at_epoch, drops
from ib_mlflow.units import nats
from .mixed_claims import EARLY_EPOCHS, FOLLOWING, by_task
from .paper import course

LEADING = (1, 2)
"""The layers before the change of activation in the two mixed networks."""


@dataclass(frozen=True)
class Beginning:
    """The networks of one task, as claims speak of their beginning.

    Arguments:
        task: the task.
        planes: of the four networks, by name.
    """

    task: str
    planes: Mapping[str, Trajectory]

    def reduced(self, layer: int, column: str = "i_x") -> Numbers:
        """How much less a tanh layer behind ReLU layers shows before training: (e,) nats."""
        alike, behind = (
            at_epoch(plane, column, epoch=plane.epochs[0], layer=layer)
            for plane in (self.planes["tanh"], self.planes["relu-tanh"])
        )
        return np.asarray(alike - behind)

    def dip(self, network: str, until: float) -> Numbers:
        """How far the first layer behind the change falls up to an epoch: (e,) nats.

        Without what choosing the lowest epoch adds.
        """
        plane = self.planes[network]
        early = np.asarray(plane.epochs) <= until
        return curve_gains(-curves_of_layer(plane, FOLLOWING[0])[:, early])


def beginnings(readings: Ensembles[LearningConfiguration]) -> list[Beginning]:
    """Every task."""
    return [Beginning(task, planes) for task, planes in by_task(readings).items()]


def is_reduced(of: Beginning) -> Judgement:
    """Judge whether a tanh layer right behind ReLU layers shows less before training."""
    return rises(of.reduced(FOLLOWING[0]), note="Than the same layer behind tanh layers.")


def label_is_reduced(of: Beginning) -> Judgement:
    """Judge whether such a layer shows less of the label before training too."""
    note = "Than the same layer behind tanh layers."
    return rises(of.reduced(FOLLOWING[0], "i_y"), note=note)


def reduction_fades(of: Beginning) -> Judgement:
    """Judge whether the last hidden layer is reduced less than the one right behind the change."""
    near, far = (of.reduced(layer) for layer in (FOLLOWING[0], FOLLOWING[-1]))
    note = (
        f"Layer {FOLLOWING[0]}: ", mean(near).quantity("nats"),
        f"; layer {FOLLOWING[-1]}: ", mean(far).quantity("nats"), ".",
    )  # fmt: skip
    return rises(near - far, note=note)


def leading_layers_stay(of: Beginning) -> Judgement:
    """Judge whether the tanh layers in front lose too little to be said to compress."""
    plane = of.planes["tanh-relu"]
    lost = np.array([drops(plane, layer) for layer in LEADING])
    least = compressing(plane)
    note = (
        "Lost after the peak, layers 1 and 2: ", mean(lost[0]).quantity("nats"), " and ",
        mean(lost[1]).quantity("nats"), "; counted up to ", nats(least), " each.",
    )  # fmt: skip
    return most_where(lambda factor: np.all(lost <= factor * least, axis=0), *lost, note=note)


def tanh_compresses(of: Beginning) -> Judgement:
    """Judge whether the last hidden layer of tanh networks does compress."""
    return falls(of.planes["tanh"], FOLLOWING[-1])


def dips_at_first(of: Beginning) -> tuple[Judgement, Judgement]:
    """Judge whether a ReLU layer right behind tanh layers shows less before it shows more.

    The paper does not say how long that takes: EARLY is ours.
    """

    def dips(factor: float) -> Judgement:
        note = f"Below where it begins, at its lowest up to epoch {EARLY:g}."
        return rises(of.dip("tanh-relu", factor * EARLY), note=note)

    def dips_more(factor: float) -> Judgement:
        alike = of.dip("relu", factor * EARLY)
        less = mean(alike).quantity("nats")
        note = ("Less that of the same layer behind ReLU layers, ", less, ".")
        return rises(of.dip("tanh-relu", factor * EARLY) - alike, note=note)

    return steady(dips), steady(dips_more)


BEGINNINGS: Sequence[Claim[Ensembles[Any], Beginning]] = (
    Claim(
        "{of.task}: the tanh layers in front of ReLU layers show no compression",
        "Sec. 2.2.2; Fig. 2b",
        at_its_end(
            beside(
                leading_layers_stay, tanh_compresses, "the last layer of tanh networks compresses"
            ),
            lambda of: course(of.planes["tanh-relu"], LEADING[-1]),
            STAYS_AWAY,
        ),
        beginnings,
    ),
    Claim(
        "{of.task}, tanh behind ReLU: I(X;T) of layer 3 is reduced before training",
        "Sec. 3",
        is_reduced,
        beginnings,
    ),
    Claim(
        "{of.task}, tanh behind ReLU: and so is I(T;Y) of layer 3",
        "Sec. 3",
        label_is_reduced,
        beginnings,
    ),
    Claim(
        "{of.task}, tanh behind ReLU: I(X;T) of layer 5 is reduced less than that of layer 3",
        "Sec. 2.2.2, 3",
        reduction_fades,
        beginnings,
    ),
    Claim(
        "{of.task}, ReLU behind tanh: I(X;T) of layer 3 decreases at first, and more than behind "
        "ReLU layers",
        "Sec. 3; App. D",
        after(dips_at_first, EARLY_EPOCHS, lambda of: of.planes["tanh-relu"].epochs[-1]),
        beginnings,
    ),
)
"""What is judged of them, after the effects."""
