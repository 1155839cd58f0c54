"""What claims about class and image share: curves over epochs, pairs of layers, convergence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from ib_mlflow.studies.decoding.terms import height_above
from ib_mlflow.studies.judging.judgements import Judgement
from ib_mlflow.studies.judging.lengths import HAPPENS, after
from .labels import Terms
from .paper import END

L = TypeVar("L")
S = TypeVar("S")
NO_BOUND = "Difference of two lower bounds, in pairs; no bound itself."


class Measured(Protocol):
    """Curves over epochs."""

    @property
    def epochs(self) -> tuple[int, ...]:
        """The measured ones."""


class HasCurves(Protocol):
    """A layer with curves."""

    @property
    def curves(self) -> Measured:
        """Of all layers."""


@dataclass(frozen=True, eq=False)
class Pair(Generic[L]):
    """Two layers, of which one follows the other.

    Arguments:
        before: the former.
        after: the latter.
    """

    before: L
    after: L


def pairs(layers: Sequence[L]) -> list[Pair[L]]:
    """Each layer and the next.

    Example:
        >>> [(pair.before, pair.after) for pair in pairs(["h1", "h2", "h3"])]
        [('h1', 'h2'), ('h2', 'h3')]
    """
    return [Pair(before, after) for before, after in pairwise(layers)]


def last_of(layer: HasCurves) -> int:
    """The last epoch at which a layer was read."""
    return layer.curves.epochs[-1]


def last_of_pair(pair: Pair[Any]) -> int:
    """The same of two layers of the same networks."""
    return last_of(pair.before)


def by_the_end(
    judge: Callable[[S], Judgement | Sequence[Judgement]], last: Callable[[S], int]
) -> Callable[[S], Judgement]:
    """Leave open what has not happened where training ended before the paper's."""
    return after(judge, END, last, HAPPENS)


def falls(terms: Terms) -> Terms:
    """How far curves end below their highest point, (e, n) nats, the choice of it undone."""
    return np.array([height_above(curve[:-1], curve[-1]) for curve in terms])


def rises(terms: Terms) -> Terms:
    """How far the highest point of curves lies above their beginning, (e, n) nats, likewise."""
    return np.array([height_above(curve[1:], curve[0]) for curve in terms])


def change(terms: Terms) -> Terms:
    """What curves gain from the first epoch to the last, (e, n) nats."""
    gained: Terms = terms[:, -1] - terms[:, 0]
    return gained


def peak(terms: Terms, epochs: Sequence[int]) -> str:
    """Where the mean of curves (e, t, n) is highest, in words."""
    highest = int(terms.mean(axis=(0, 2)).argmax())
    return f"The mean curve is highest at epoch {epochs[highest]}."


def if_converged(judgement: Judgement, converged: tuple[int, int]) -> Judgement:
    """Keep a verdict where all decoders that it rests on have converged, and else leave it open.

    Arguments:
        judgement: what is said of them.
        converged: how many have converged, and of how many.
    """
    have, total = converged
    if have == total:
        return judgement
    words = f" {total - have} of {total} decoders have not converged: undecided."
    return replace(judgement, verdict="undecided", words=(*judgement.words, words))
