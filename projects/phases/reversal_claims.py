"""How claims about reversible networks are judged, over the networks.

Reference:
    Jacobsen, Smeulders & Oyallon (2018), "i-RevNet: Deep Invertible Networks", ICLR, abstract.
"""

from dataclasses import dataclass

import numpy as np

from ib_mlflow.studies.judging.curves import NEAR, compressing
from ib_mlflow.studies.judging.intervals import accuracy, information, known, mean
from ib_mlflow.studies.judging.margins import RESOLVED, WORSE
from ib_mlflow.studies.judging.shares import most_where, most_within
from ib_mlflow.studies.judging.verdicts import Judgement, always, most, rises
from ib_mlflow.studies.running.training import TrainedGroup
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers, at_end, drops, hidden_layers, validation_accuracy
from ib_mlflow.units import nats
from .reversals import Examined

EXACTLY = {"inverse_64": 1e-10, "inverse_32": 1e-4}
"""Largest errors of a pixel that count as none, in double and in single precision."""
ROUNDING = 1e-9


@dataclass(frozen=True)
class Generalisation:
    """Validation accuracies of reversible and of ordinary networks, seed by seed.

    Arguments:
        reversible: (e,) at the end.
        ordinary: (e,) at the end.
        planes: the curves of both, which tell whether they have come to their end.
    """

    reversible: Numbers
    ordinary: Numbers
    planes: tuple[Trajectory, ...]


def generalisation_of(reversible: TrainedGroup, ordinary: TrainedGroup) -> Generalisation:
    """The accuracies of two groups of the same seeds at their last epochs."""
    planes = reversible.plane(), ordinary.plane()
    first, second = (validation_accuracy(plane, plane.epochs[-1]) for plane in planes)
    return Generalisation(first, second, planes)


def is_undone(examined: Examined, precision: str) -> Judgement:
    """Judge whether the inverse gives all images back.

    Arguments:
        examined: what was found of the networks.
        precision: "inverse_64" or "inverse_32".
    """
    errors, most_ = examined.arrays[precision], EXACTLY[precision]
    finite = errors[np.isfinite(errors)]
    worst = f"{finite.max():.1e}" if finite.size else "unknown"
    note = f"Largest error of a pixel: {worst} of its range; counted below {most_:g}."
    return most(known(errors < most_, errors), note=note)


def tells_all_apart(examined: Examined) -> Judgement:
    """Judge whether every block gives different images different values: I(X;T) = H(X)."""
    blocks = examined.arrays["distinct"][:, :-1].min(axis=1)
    h_x = examined.trained.spec.task.guides.h_x
    note = (
        "Exactly, from the rows of the least of the blocks: ",
        information(blocks, h_x).quantity("nats"),
        "; H(X) is ", nats(h_x), ".",
    )  # fmt: skip
    return always(known(blocks > h_x - ROUNDING, blocks), note=note)


def generalises(accuracies: Generalisation) -> Judgement:
    """Judge whether reversible networks are not worse than ordinary ones on held-out images."""
    behind = accuracies.ordinary - accuracies.reversible
    note = (
        "Accuracies ", accuracy(accuracies.reversible).quantity(digits=3), " and ",
        accuracy(accuracies.ordinary).quantity(digits=3), f"; worse counts from {WORSE:g}.",
    )  # fmt: skip
    return most_within(behind, WORSE, note=note)


def shows_no_loss(group: TrainedGroup) -> Judgement:
    """Judge whether an estimator shows no block to compress."""
    plane = group.plane()
    of_blocks = [drops(plane, layer) for layer in hidden_layers(plane)]
    # The block is the same for all networks: the largest of each network would be so by noise.
    lost = max(of_blocks, key=lambda of: mean(of).value)
    ends = np.min([at_end(plane, "i_x", layer) for layer in hidden_layers(plane)], axis=0)
    least, h_x = compressing(plane), plane.guides.h_x
    full = (
        " That is ln n: it tells the number of images."
        if np.nanmin(ends) > (1 - RESOLVED) * h_x
        else ""
    )
    note = (
        "The block that loses most after its peak on average: ", mean(lost).quantity("nats"),
        "; counted from ", nats(least), ". The least that a block ends with: ",
        information(ends, h_x).quantity("nats"), " of ", nats(h_x), f".{full}",
    )  # fmt: skip
    return most_within(lost, least, note=note)


def shows_all_alike(group: TrainedGroup) -> Judgement:
    """Judge whether an estimator shows the same I(X;T) in all blocks at the end."""
    plane = group.plane()
    ends = np.array([at_end(plane, "i_x", layer) for layer in hidden_layers(plane)])
    apart, least = np.ptp(ends, axis=0), compressing(plane)
    first, last = (information(ends[block], plane.guides.h_x) for block in (0, -1))
    note = (
        "From ", first.quantity("nats"), " in the first to ", last.quantity("nats"),
        " in the last; the blocks differ by up to ",
        mean(apart).quantity("nats"), ", counted from ", nats(least), ".",
    )  # fmt: skip
    return most_within(apart, least, note=note)


def separates(examined: Examined) -> Judgement:
    """Judge whether a linear probe reads more of the class from the last block than from images."""
    last, before = (
        examined.arrays[name][:, -1] - examined.arrays[name][:, 0] for name in ("last", "first")
    )
    note = ("Before training: ", mean(before).quantity("nats"), ".")
    return rises(last, note=note)


def separates_step_by_step(examined: Examined) -> Judgement:
    """Judge whether what a linear probe reads of the class grows, and no block takes it back."""
    read = examined.arrays["last"]
    gained, steps = read[:, -1] - read[:, 0], np.diff(read, axis=1).min(axis=1)
    note = (
        "Gained in all: ", mean(gained).quantity("nats"), "; the worst step of a block: ",
        mean(steps).quantity("nats"), "; gains and losses count from ", nats(NEAR), ".",
    )  # fmt: skip
    return most_where(
        lambda factor: (gained > factor * NEAR) & (steps > -factor * NEAR), steps, note=note
    )
