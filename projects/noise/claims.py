"""How the claims about noisy networks are judged, over their members.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 1 and 5, supplement 9; Fig. 5, 6, 10, 12.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ib_mlflow.studies.judging.bounded import Change, Changes, bounds, cautious_values, changes
from ib_mlflow.studies.judging.correlations import highly_correlated
from ib_mlflow.studies.judging.curves import NEAR, compressing
from ib_mlflow.studies.judging.intervals import known, mean
from ib_mlflow.studies.judging.judgements import between, steady
from ib_mlflow.studies.judging.lengths import Course
from ib_mlflow.studies.judging.margins import (
    BULK,
    SAME_ACCURACY,
    STANDARD_ERRORS,
)
from ib_mlflow.studies.judging.published import Published, reproduces
from ib_mlflow.studies.judging.series import WRITTEN, kept_up
from ib_mlflow.studies.judging.shares import most_where
from ib_mlflow.studies.judging.verdicts import Judgement, always, rises
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers, validation_accuracy
from ib_mlflow.units import Words, nats
from .paper import ACCURACY, HIDDEN, ORTHONORMALITY
from .readings import NoiseReadings, NoisyGroup, Regularisation

COMPRESSES = "{of.name}: I(X;T) of layer {of.deepest} rises and then falls"
STAYS = "{of.name}: layer {of.deepest} shows almost no compression"
FOLLOWED = (
    "{of.name}: H(Bin T) with bins of 10 β follows I(X;T): they are highly correlated over epochs "
    "and layers"
)
ORDERED = "{of.name}: at no epoch does a layer know more of X than the layer before it"
STAYS_UP = "{of.name}: layer {of.layer} does not compress"
TAKEN_AWAY = (
    "{of.free.name}: {of.regularised.weights} take the bulk of compression away: layer "
    "{of.free.deepest} loses a small part of what it loses with free weights"
)


@dataclass(frozen=True, eq=False)
class Accuracy:
    """The test accuracy of a group at the end, beside the paper's.

    Arguments:
        name: of the group, in words.
        values: (e,) ours.
        paper: the paper's.
        where: the place in the paper that says so.
        course: the accuracy while training.
        rows: of the test set, which the networks share.
    """

    name: str
    values: Numbers
    paper: float
    where: str
    course: Course
    rows: int | None = None


def accuracies(readings: NoiseReadings) -> list[Accuracy]:
    """The groups of which the paper has an accuracy, where the layers are as in the paper."""
    if readings.configuration.hidden != HIDDEN:
        return []
    beside = []
    for group in readings.groups:
        paper = ACCURACY.get((group.activation, group.condition.beta, group.regularised))
        if paper is not None and group.condition.orthonormality in (0, ORTHONORMALITY):
            ours = validation_accuracy(group.plane, group.plane.epochs[-1])
            rows = group.group.trained.spec.task.validation_set.n
            course = Course(group.plane, group.deepest, "val_accuracy")
            beside.append(Accuracy(group.name, ours, *paper, course, rows))
    return beside


def reproduces_accuracy(accuracy: Accuracy) -> Judgement:
    """Judge whether the paper's accuracy could be that of one of these networks."""
    published = Published(accuracy.paper, decimals=2)
    return reproduces(accuracy.values, published, margin=SAME_ACCURACY, rows=accuracy.rows)


def compresses(group: NoisyGroup) -> Judgement:
    """Judge whether the last hidden layer gains I(X;T), and then loses it again."""
    return compresses_at(group, group.deepest)


def compresses_before(group: NoisyGroup) -> Judgement:
    """Judge whether the layer before it does so too."""
    return compresses_at(group, group.before)


def compresses_at(group: NoisyGroup, layer: int) -> Judgement:
    """Judge whether a layer gains I(X;T), and then loses it again."""
    least, changed = compressing(group.plane), changes(group.plane, layer)
    note = (
        *_loss_words(changed), "; counted from ", nats(least), ". A gain before it counts from ",
        nats(NEAR), ".",
    )  # fmt: skip

    def judge(change: Change) -> Judgement:
        gained, lost = change.gained, change.lost
        return most_where(
            lambda factor: (gained > factor * NEAR) & (lost > factor * least),
            lost,
            note=("Lost after the peak: ", *note),
        )

    by_estimates, *limits = map(judge, changed)
    return between(by_estimates, limits)


def stays(group: NoisyGroup) -> Judgement:
    """Judge whether the last hidden layer loses too little to be said to compress."""
    return stays_at(group, group.deepest)


def stays_at(group: NoisyGroup, layer: int) -> Judgement:
    """Judge whether a layer loses too little to be said to compress, of what it ends with."""
    least, changed = compressing(group.plane), changes(group.plane, layer)
    low, high = (curves[:, -1] for curves in bounds(group.plane, layer))
    note = ("Lost after the peak: ", *_loss_words(changed))
    by_estimates, *limits = (
        kept_up(change.lost, end, least, note=note)
        for change, end in zip(changed, (high, low, low), strict=True)
    )
    return between(by_estimates, limits)


def compresses_more(more: NoisyGroup, less: NoisyGroup) -> Judgement:
    """Judge whether the last hidden layer of one group loses more than another's, seed by seed."""
    own, other = more.changes, less.changes
    note = (f"{more.name}: ", *_loss_words(own), f"; {less.name}: ", *_loss_words(other), ".")
    by_estimates, *limits = (
        rises(a.lost - b.lost, note=note)
        for a, b in (
            (own.estimated, other.estimated), (own.least, other.most), (own.most, other.least),
        )
    )  # fmt: skip
    return between(by_estimates, limits)


def bulk_is_gone(of: Regularisation) -> Judgement:
    """Judge whether regularised weights lose a small part of what free ones lose, seed by seed.

    What is lost is no less than nothing: who rises to the end has lost no negative amount, of
    which free weights that lose nothing would have had more.
    """
    free, own = of.free.changes, of.regularised.changes
    words = (
        "Free weights lose ", *_loss_words(free), ", the others ", *_loss_words(own), "; up to ",
        f"{BULK:g} of it counts as small.",
    )  # fmt: skip

    def judge(free_lost: Numbers, own_lost: Numbers) -> Judgement:
        return steady(lambda k: rises(k * BULK * free_lost - own_lost, note=words))

    return between(
        judge(free.estimated.lost, own.estimated.lost),
        [
            judge(free.least.lost, np.maximum(own.most.lost, 0.0)),
            judge(free.most.lost, own.least.lost),
        ],
    )


def _loss_words(changed: Changes) -> Words:
    """The mean loss, with the limits of how peaks and bounds are read where these are apart."""
    by_estimates, least, most_ = (mean(change.lost) for change in changed)
    if most_.value - least.value < WRITTEN:
        return (by_estimates.quantity("nats"),)
    limits = (", by its limits from ", nats(least.value), " to ", nats(most_.value))
    return (by_estimates.quantity("nats"), *limits)


def keeps_the_order(group: NoisyGroup) -> Judgement:
    """Judge whether no layer knows more of the input than the one before it, within errors."""
    frame = group.plane.frame.assign(low=cautious_values(group.plane))
    high, low, error = (
        frame.pivot(index=["member", "epoch"], columns="layer", values=name)
        for name in ("i_x", "low", "i_x_se")
    )
    slack = STANDARD_ERRORS * np.hypot(error.to_numpy()[:, 1:], error.to_numpy()[:, :-1])
    lost = group.changes.estimated.lost
    note = f"Differences count from {STANDARD_ERRORS:g} standard errors."

    def judge(deeper: pd.DataFrame, layer: pd.DataFrame) -> Judgement:
        gained = deeper.to_numpy()[:, 1:] - layer.to_numpy()[:, :-1]
        broken = pd.Series((gained > slack).any(axis=1), index=deeper.index)
        holds = ~broken.groupby("member").any().to_numpy(dtype=bool)
        return always(known(holds, lost), note=note)

    return between(judge(high, high), [judge(low, high), judge(high, low)])


def is_followed_by_bins(group: NoisyGroup) -> Judgement:
    """Judge whether H(Bin T) follows I(X;T) over the epochs, in each network by itself."""
    binned = _curves(group.binned, group.binned.frame["i_x"])

    def judge(values: "pd.Series[float]") -> Judgement:
        return highly_correlated(_curves(group.plane, values), binned)

    plane = group.plane
    return between(judge(plane.frame["i_x"]), [judge(cautious_values(plane))])


def _curves(plane: Trajectory, values: "pd.Series[float]") -> Numbers:
    """The values of every row as curves: (e, l, t)."""
    table = plane.frame.assign(value=values)
    curves = table.pivot(index="member", columns=["layer", "epoch"], values="value")
    shape = (len(curves), len(plane.layers), len(plane.epochs))
    return curves.sort_index(axis=1).to_numpy(dtype=np.float64).reshape(shape)
