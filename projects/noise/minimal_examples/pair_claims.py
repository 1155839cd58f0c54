"""The paper's claims about the two leaky-ReLU neurons, judged over networks.

What is said of the end is judged where the weights have come to rest, and what is said of the
crossings where all inputs that cross have crossed: a training that ends before leaves it open.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, supplement, section 8 and Fig. 9.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.intervals import POSITIVE, mean
from ib_mlflow.studies.judging.margins import CLUSTERED
from ib_mlflow.studies.judging.shares import most_beyond, most_where
from ib_mlflow.studies.judging.thresholds import NEAR
from ib_mlflow.studies.judging.times import at_rest, settled
from ib_mlflow.studies.judging.verdicts import Judgement, most
from ib_mlflow.trajectory.drops import exact_falls
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.units import nats
from ..tightness import tighter
from .agreement import ROUNDING
from .examples import MinimalExamples
from .information import EXACT
from .training import TrainedChain

ZERO, QUARTER = 0, 1
"""The numbers of the classes whose targets are 0 and 1/4."""


def spread(pair: TrainedChain, layer: int, label: int) -> Numbers:
    """How far apart a layer puts the inputs of a class, without noise: (e, t)."""
    return np.asarray(np.ptp(pair.centres[layer][..., pair.chain.labels == label], axis=-1))


def compresses(layer: int) -> Callable[[TrainedChain], Judgement]:
    """Judge whether a layer loses I(X;T) after its peak, if only for a time.

    Arguments:
        layer: the layer.

    Returns:
        The judge of the pair.
    """

    def judge(pair: TrainedChain) -> Judgement:
        fallen = exact_falls(pair.curves(EXACT, layer))
        fall = mean(fallen, POSITIVE).quantity("nats")
        note = ("It falls by ", fall, "; counted from ", nats(NEAR), ".")
        judgement = most_beyond(fallen, NEAR, note=note)
        if judgement.verdict == "agrees":
            return judgement
        return at_rest(judgement, _rests(pair), last=pair.epochs[-1])

    return judge


def clusters_the_quarter(pair: TrainedChain) -> Judgement:
    """Judge whether the first neuron ends with w < 0 and the inputs of class 1/4 together."""
    w, zero = pair.w(1)[:, -1], spread(pair, 1, ZERO)[:, -1]
    quarter = spread(pair, 1, QUARTER)
    last, largest = quarter[:, -1], quarter.max(axis=1)
    note = (
        f"w₁: {mean(w).text()}; class 1/4 spreads over {mean(last).text()} in T₁, after "
        f"{mean(largest).text()} at most."
    )
    judgement = most_where(
        lambda factor: (w < 0) & (last < factor * CLUSTERED * largest) & (last < zero),
        last,
        note=note,
    )
    return at_rest(judgement, _rests(pair), last=pair.epochs[-1])


def turns_over(pair: TrainedChain) -> Judgement:
    """Judge whether the second neuron turns the first one over, and clusters class 0 too."""
    w = pair.w(2)[:, -1]
    zero_below, zero = spread(pair, 1, ZERO)[:, -1], spread(pair, 2, ZERO)[:, -1]
    quarter_below, quarter = spread(pair, 1, QUARTER)[:, -1], spread(pair, 2, QUARTER)[:, -1]
    note = (
        f"w₂: {mean(w).text()}; spread of class 0 from {mean(zero_below).text()} in T₁ to "
        f"{mean(zero).text()} in T₂, of class 1/4 from {mean(quarter_below).text()} to "
        f"{mean(quarter).text()}."
    )
    judgement = most_where(
        lambda factor: (
            (w < 0) & (zero < factor * CLUSTERED * zero_below) & (quarter <= quarter_below)
        ),
        zero,
        note=note,
    )
    return at_rest(judgement, _rests(pair), last=pair.epochs[-1])


def splits(pair: TrainedChain) -> Judgement:
    """Judge whether the inputs of class 1/4 cross 0 one by one, while T₂ gains I(X;T)."""
    crossed = _crossings(pair)
    before, after = _before(crossed), crossed.max(axis=1)
    i_x, b = pair.curves(EXACT, 2), pair.b(2)
    gained = _each_at(i_x, after) - _each_at(i_x, before)
    one_by_one = _all_crossed(pair) & (np.ptp(crossed, axis=1) > 0)
    holds = (_each_at(b, after) > b[:, 0]) & one_by_one & (gained > ROUNDING)
    note = (
        "I(X;T₂) gained ",
        mean(gained).quantity("nats"),
        " between the first crossing and the last, at epochs "
        f"{pair.epochs[before].min():,.0f} to {pair.epochs[after].max():,.0f}.",
    )
    told = _all_crossed(pair) | (_rests(pair) == 1)
    return at_rest(most(holds, note=note), told, last=pair.epochs[-1])


def tightens(pair: TrainedChain) -> Judgement:
    """Judge whether |w₂| shrinks after the last input of class 1/4 has crossed 0."""
    w = np.abs(pair.w(2))
    crossed, last = _each_at(w, _crossings(pair).max(axis=1)), w[:, -1]
    note = f"|w₂| from {mean(crossed).text()} to {mean(last).text()}."
    shrunk = tighter(last, crossed, note=note)
    return at_rest(shrunk, _all_crossed(pair) & (_rests(pair) == 1), last=pair.epochs[-1])


def _rests(pair: TrainedChain) -> Numbers:
    """Whether every weight of a network has come to rest, (e,)."""
    each = [
        settled(curves, pair.epochs) for n in pair.chain.layers for curves in (pair.w(n), pair.b(n))
    ]
    return np.asarray(np.min(each, axis=0))


def _all_crossed(pair: TrainedChain) -> NDArray[np.bool_]:
    """Whether every input of class 1/4 has been above 0 in T₂, (e,)."""
    return np.asarray(np.all(_above(pair).any(axis=1), axis=1))


def _above(pair: TrainedChain) -> NDArray[np.bool_]:
    """Whether each input of class 1/4 lies above 0 in T₂: (e, t, inputs)."""
    return np.asarray(pair.centres[2][..., pair.chain.labels == QUARTER] > 0)


def _crossings(pair: TrainedChain) -> NDArray[np.intp]:
    """The index of the measured epoch that finds each of these inputs above 0 first: (e, inputs).

    It is 0 for an input that never is.
    """
    return np.asarray(_above(pair).argmax(axis=1))


def _before(crossed: NDArray[np.intp]) -> NDArray[np.intp]:
    """The measured epoch before the first crossing of each network: (e,)."""
    return np.asarray(np.maximum(crossed.min(axis=1) - 1, 0))


def _each_at(curves: Numbers, index: NDArray[np.intp]) -> Numbers:
    """Each network's number (e, t) at a measured epoch of its own: (e,)."""
    return np.take_along_axis(curves, index[:, None], axis=1)[:, 0]


def _pair(readings: MinimalExamples) -> list[TrainedChain]:
    return [readings.pair]


PAIR_CLAIMS: list[Claim[MinimalExamples, TrainedChain]] = [
    Claim(
        "A nonlinearity that does not saturate compresses too: layer 1 loses I(X;T) after its peak",
        "Suppl. 8; Fig. 9d",
        compresses(1),
        _pair,
    ),
    Claim(
        "… and so does layer 2",
        "Suppl. 8; Fig. 9d",
        compresses(2),
        _pair,
    ),
    Claim(
        "Training ends with w₁ < 0 and a b₁ with which the inputs of class 1/4 cluster",
        "Suppl. 8; Fig. 9a, b",
        clusters_the_quarter,
        _pair,
    ),
    Claim(
        "w₂ < 0 turns it over, and class 0 clusters without class 1/4 spreading out",
        "Suppl. 8; Fig. 9a, c",
        turns_over,
        _pair,
    ),
    Claim(
        "A growing b₂ raises class 1/4, whose inputs split one by one as they cross 0, and "
        "I(X;T₂) rises meanwhile",
        "Suppl. 8; Fig. 9c, d",
        splits,
        _pair,
    ),
    Claim(
        "After that |w₂| shrinks, by more than a tenth, and tightens the bundle further",
        "Suppl. 8; Fig. 9a, c",
        tightens,
        _pair,
    ),
]
