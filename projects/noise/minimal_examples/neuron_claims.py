"""The paper's claims about the tanh neuron, judged over networks and over its weight.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 4 and Fig. 4.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.intervals import POSITIVE, information, mean
from ib_mlflow.studies.judging.judgements import Judgement
from ib_mlflow.studies.judging.lengths import HAPPENS, PaperEpoch, after
from ib_mlflow.studies.judging.margins import (
    ABOUT_EPOCH,
    ALL_TOLD,
    BIAS_RATIO,
    NEAR_COUNT,
    NEAR_LEVEL,
    NO_FALL,
    STAGE,
)
from ib_mlflow.studies.judging.shares import most_where, most_within
from ib_mlflow.studies.judging.times import at_rest, happens_about
from ib_mlflow.trajectory.drops import exact_falls
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.units import joined, nats
from .agreement import ROUNDING
from .examples import MinimalExamples, WeightSweep
from .information import EXACT
from .training import TrainedChain

FOUR, THREE = float(np.log(4)), 1.5 * float(np.log(2))
TWO = float(-(0.25 * np.log(0.25) + 0.75 * np.log(0.75)))
"""H of four, three and two clusters of the inputs -3, -1, 1, 3: sizes 1111, 211 and 31."""
LEVELS = {"4 clusters": FOUR, "3 clusters": THREE, "2 clusters": TWO}


def crossings(epochs: Numbers, curves: Numbers, level: float) -> Numbers:
    """The epoch at which each curve, after its highest point, first falls below a level.

    Between the measured epochs next to it the curve is a line over the logarithm of epochs.

    Arguments:
        epochs: (t,).
        curves: (e, t).
        level: in the curves' unit.

    Returns:
        (e,) epochs; infinite where it never does.

    Example:
        >>> crossings(np.array([0.0, 10, 1000]), np.array([[0, 2, 1], [0, 1, 2]]), 1.5)
        array([100.,  inf])
    """
    rows = np.arange(len(curves))
    after = np.arange(epochs.size) > curves.argmax(axis=1)[:, None]
    below = after & (curves < level)
    place = np.maximum(below.argmax(axis=1), 1)
    high, low = curves[rows, place - 1], curves[rows, place]
    share = (high - level) / np.where(high > low, high - low, 1.0)
    start, end = np.log(np.maximum(epochs[place - 1], 0.5)), np.log(epochs[place])
    return np.where(below.any(axis=1), np.exp(start + share * (end - start)), np.inf)


def moves_apart(neuron: TrainedChain) -> Judgement:
    """Judge whether I(X;T) rises from nothing to all four inputs."""
    i_x = neuron.curves(EXACT, 1)
    highest = i_x.max(axis=1)
    note = (
        "Highest: ", information(highest, FOUR).quantity("nats", 4), "; ln 4 = ", nats(FOUR, 4),
        ".",
    )  # fmt: skip
    return most_where(
        lambda factor: (i_x[:, 0] < ROUNDING) & (highest > (1 - ALL_TOLD * factor) * FOUR),
        highest,
        note=note,
    )


def merges(before: float, after: float, *, epoch: float) -> Callable[[TrainedChain], Judgement]:
    """Judge whether two clusters merge about an epoch, within a factor of 2.

    Arguments:
        before: I(X;T) of the clusters before they merge, in nats.
        after: the same after.
        epoch: the paper's.

    Returns:
        The judge of the neuron.
    """

    def judge(neuron: TrainedChain) -> Judgement:
        epochs = crossings(neuron.epochs, neuron.curves(EXACT, 1), (before + after) / 2)
        note = (
            " That is where I(X;T) has lost half of what the merging takes; counted within a "
            f"factor of {ABOUT_EPOCH:g}.",
        )
        return happens_about(epochs, epoch, last=neuron.epochs[-1], note=note)

    return judge


def learns_the_bias(neuron: TrainedChain) -> Judgement:
    """Judge whether the bias ends at −2.3 times the weight."""
    ratios = neuron.b(1)[:, -1] / neuron.w(1)[:, -1]
    note = f"b/W at the end: {mean(ratios).text(digits=3)}; counted within {BIAS_RATIO:g}."
    judgement = most_within(np.abs(ratios + 2.3), BIAS_RATIO, note=note)
    return at_rest(judgement, _ratio_rests(neuron), last=neuron.epochs[-1])


def counts_clusters(neuron: TrainedChain) -> Judgement:
    """Judge whether I(X;T) is the logarithm of the number of clusters."""
    difference = _distance_from_counts(neuron)
    if not np.isfinite(difference).any():
        return Judgement("undecided", ("At no measured epoch are all clusters clear.",))
    note = (
        "Largest difference, where no two clusters are between 1 and 6 β apart: ",
        mean(difference, POSITIVE).quantity("nats"),
        "; counted below ",
        nats(NEAR_COUNT, None),
        ". Clusters of unequal size tell less than their number: 3 tell ",
        nats(THREE),
        " and not ",
        nats(np.log(3)),
        ", 2 tell ",
        nats(TWO),
        " and not ",
        nats(np.log(2)),
        ".",
    )
    return most_within(difference, NEAR_COUNT, note=note)


def merges_in_two_stages(sweep: WeightSweep) -> Judgement:
    """Judge whether I(X;T) falls from plateau to plateau at the smallest noise."""
    beta = min(sweep.curves)
    curve = sweep.curves[beta]
    plateaus = [np.abs(curve - level).min() < NEAR_LEVEL for level in LEVELS.values()]
    two_stages = all(plateaus) and float(exact_falls(curve)) > STAGE * (FOUR - TWO)
    words = (
        f"Exact: at β = {beta:g} I(X;T) comes within ",
        nats(NEAR_LEVEL, None),
        " of ln 4, of 1.5 ln 2 and of ",
        nats(TWO),
        f" in turn: {'yes' if two_stages else 'no'}.",
    )
    return Judgement("agrees" if two_stages else "disagrees", words)


def only_increases(sweep: WeightSweep) -> Judgement:
    """Judge whether I(X;T) never falls over the weight at the largest noise."""
    falls = {beta: float(exact_falls(curve)) for beta, curve in sweep.curves.items()}
    words = (
        f"Exact, for w up to {sweep.weights[-1]:g}: I(X;T) falls by ",
        *joined((nats(fall), f" at β = {beta:g}") for beta, fall in falls.items()),
        ".",
    )
    return Judgement("agrees" if falls[max(falls)] < NO_FALL else "disagrees", words)


def _ratio_rests(neuron: TrainedChain) -> Numbers:
    """Whether b/W changes by less than the margin in the second half of training, (e,)."""
    late = neuron.epochs >= neuron.epochs[-1] / 2
    ratios = neuron.b(1)[:, late] / neuron.w(1)[:, late]
    return np.asarray(np.ptp(ratios, axis=1) <= BIAS_RATIO, dtype=np.float64)


def _distance_from_counts(neuron: TrainedChain) -> Numbers:
    """The largest |I(X;T) - ln of the number of clusters| of each network, at clear epochs.

    NaN where none is clear.
    """
    gaps = np.diff(np.sort(neuron.centres[1], axis=-1), axis=-1) / neuron.chain.beta
    clear = ((gaps < 1) | (gaps > 6)).all(axis=-1)
    clusters = 1 + (gaps > 6).sum(axis=-1)
    difference = np.abs(neuron.curves(EXACT, 1) - np.log(clusters))
    largest = np.where(clear, difference, -1.0).max(axis=1)
    return np.asarray(np.where(largest < 0, np.nan, largest))


def _neuron(readings: MinimalExamples) -> list[TrainedChain]:
    return [readings.neuron]


def _sweep(readings: MinimalExamples) -> list[WeightSweep]:
    return [readings.by_weight]


NEURON_CLAIMS: list[Claim[MinimalExamples, Any]] = [
    Claim(
        "At first W = 0, all four Gaussians lie on each other, and then they move apart: I(X;T) "
        "rises from 0 to ln 4",
        "Sec. 4; Fig. 4a–c",
        after(moves_apart, PaperEpoch(1000, "first merging"), lambda of: of.epochs[-1], HAPPENS),
        _neuron,
    ),
    Claim(
        "The second Gaussian merges into the first around epoch 10³",
        "Sec. 4; Fig. 4c",
        merges(FOUR, THREE, epoch=1e3),
        _neuron,
    ),
    Claim(
        "The third Gaussian merges into the first around epoch 10⁴",
        "Sec. 4; Fig. 4c",
        merges(THREE, TWO, epoch=1e4),
        _neuron,
    ),
    Claim("The learned bias is approximately −2.3 W", "Sec. 4", learns_the_bias, _neuron),
    Claim(
        "I(X;T) is roughly the logarithm of the number of clusters that the noise resolves",
        "Sec. 4",
        counts_clusters,
        _neuron,
    ),
    Claim(
        "For small β the Gaussians of class −1 are distinct and merge in two stages as w grows",
        "Sec. 4; Fig. 4d",
        merges_in_two_stages,
        _sweep,
    ),
    Claim(
        "For larger β they are indistinguishable for any w, and I(X;T) only increases",
        "Sec. 4; Fig. 4d",
        only_increases,
        _sweep,
    ),
]
