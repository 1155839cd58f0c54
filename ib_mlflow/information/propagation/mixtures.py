"""The mixture of some propagations, and a cheap one that is nearly the same."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information.mixture.components import merge_equal, rounding
from ib_mlflow.information.mixture.density import evaluate
from ib_mlflow.information.mixture.tree import grow_tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information.mixture.density import LogSums
    from ib_mlflow.information.mixture.tree import Tree

TOLERANCE = 1e-3  # nats that the tree may err by in the logarithm of any density


class Density(Enum):
    """What is evaluated: the density itself, the cheap one, or the ratio of the two."""

    WHOLE = auto()
    CHEAP = auto()
    RATIO = auto()


class Mixture:
    """A mixture of Gaussians around propagations, of equal weight.

    Its cheap density is that of some of them, at first of all, and of the one that a query was
    drawn around, with the weight that it has among all, so that no ratio is boundless.

    Arguments:
        centres: (m, R, d) in units of beta: R propagations of each input.
    """

    def __init__(self, centres: NDArray[np.float64]) -> None:
        self.centres = centres
        self.tree = _plant(centres)
        self._part = self.tree

    @property
    def count(self) -> int:
        """How many propagations."""
        m, repeats, _ = self.centres.shape
        return int(m * repeats)

    def thin(self, kept: int) -> None:
        """Set how many propagations of each input the cheap density has."""
        self._part = _plant(self.centres[:, :kept])

    def logarithms(
        self, queries: NDArray[np.float64], noise: NDArray[np.float64], density: Density
    ) -> LogSums:
        """Of a density at queries (n, d), drawn with so much noise around propagations."""
        if density is Density.WHOLE:
            return _evaluate(self.tree, queries)
        part = _evaluate(self._part, queries)
        own = -0.5 * np.square(noise).sum(axis=1) - np.log(self.count)
        cheap = replace(part, values=np.logaddexp(part.values, own))
        if density is Density.CHEAP:
            return cheap
        return _evaluate(self.tree, queries).over(cheap)


def _plant(centres: NDArray[np.float64]) -> Tree:
    rows = centres.reshape(-1, centres.shape[2])
    rows, masses = merge_equal(rows, np.full(len(rows), 1 / len(rows)))
    return grow_tree(rows.T.copy(), masses)  # a copy even of one row, because it is reordered


def _evaluate(tree: Tree, queries: NDArray[np.float64]) -> LogSums:
    sums = evaluate(tree, queries, tolerance=TOLERANCE, method="auto", device="auto")
    return replace(sums, bounds=sums.bounds + rounding(tree.points))
