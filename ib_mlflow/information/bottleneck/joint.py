"""A known joint distribution p(x, y), its rows of equal p(y | x) merged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import entr, rel_entr, xlogy

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# Probabilities may miss a sum of 1 by what float32 rounding explains.
_SUM_TOLERANCE = 1e-5
# Divisions by p(x) leave equal conditionals this close, relatively.
_EQUAL = 16 * np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False)
class Joint:
    """Distinct conditionals p(y | x) with what weight each has; y of probability 0 left out.

    Arguments:
        weights: (n,) probabilities of the distinct conditionals, all positive.
        conditionals: (n, c) p(y | x).
        group: (x,) which conditional each x of the original joint has; -1 where p(x) is 0.
    """

    weights: NDArray[np.float64]
    conditionals: NDArray[np.float64]
    group: NDArray[np.int64]

    @cached_property
    def marginal(self) -> NDArray[np.float64]:
        """p(y), (c,)."""
        return np.asarray(self.weights @ self.conditionals)

    @cached_property
    def entropy(self) -> float:
        """Entropy of which conditional x has, nats: the least I(X;T) that keeps all of I(X;Y)."""
        return float(entr(self.weights).sum())

    @cached_property
    def information(self) -> float:
        """I(X;Y) in nats."""
        divergences = rel_entr(self.conditionals, self.marginal).sum(axis=1)
        return float(self.weights @ divergences)

    @cached_property
    def negentropies(self) -> NDArray[np.float64]:
        """-H(Y | x) of each conditional, (n,) nats."""
        return np.asarray(xlogy(self.conditionals, self.conditionals).sum(axis=1))

    @cached_property
    def is_function(self) -> bool:
        """Whether y is a function of x."""
        return bool((self.conditionals.max(axis=1) == 1).all())

    @cached_property
    def local_onset(self) -> float:
        """The tradeoff at which knowing nothing stops being a local optimum, above 1.

        It is the inverse of the squared maximal correlation of X and Y; infinite if they are
        independent. The optimum may leave it at a smaller tradeoff.
        """
        scaled = np.sqrt(self.weights)[:, None] * self.conditionals / np.sqrt(self.marginal)
        values = np.linalg.svd(scaled, compute_uv=False)
        square = float(values[1] ** 2) if values.size > 1 else 0.0
        return 1 / square if square > 1e-14 else np.inf


def read_joint(joint: ArrayLike) -> Joint:
    """The distinct conditionals of p(x, y), (x, y).

    Raises:
        InvalidInputError: unless the joint is a matrix of probabilities that sum to 1.
    """
    array = _probabilities(joint)
    array = array / array.sum()
    seen = array.sum(axis=1) > 0
    rows = array[seen][:, array.sum(axis=0) > 0]
    codes = np.apply_along_axis(_codes, 0, rows / rows.sum(axis=1, keepdims=True))
    _, inverse = np.unique(codes, axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    merged = np.zeros((inverse.max() + 1, rows.shape[1]))
    np.add.at(merged, inverse, rows)
    weights = merged.sum(axis=1)
    group = np.full(array.shape[0], -1)
    group[seen] = inverse
    return Joint(weights / weights.sum(), merged / weights[:, None], group)


def _probabilities(joint: ArrayLike) -> NDArray[np.float64]:
    """The joint as (x, y) probabilities, refused by what is wrong with it."""
    invariant = "joint must be probabilities p(x, y) of shape (x, y): not negative, with sum 1"
    try:
        given = np.asarray(joint)
        array = given.astype(np.float64, casting="same_kind") if given.dtype != bool else None
    except (TypeError, ValueError):
        array = None
    if array is None:
        raise InvalidInputError(
            invariant, received=joint, fix="Give an array of real numbers, rows of equal length."
        )
    if array.ndim != 2 or array.size == 0:
        raise InvalidInputError(
            invariant, received=f"shape {array.shape}", fix="Give a row for each x, a column for y."
        )
    bad = ~(array >= 0) | np.isinf(array)
    if bad.any():
        x, y = np.argwhere(bad)[0]
        raise InvalidInputError(
            invariant,
            received=f"{array[x, y]:g} at x = {x}, y = {y}, the first of {int(bad.sum())}",
            fix="Give probabilities, finite and not negative.",
        )
    if not abs(array.sum() - 1) < _SUM_TOLERANCE:
        raise InvalidInputError(
            invariant, received=f"sum {array.sum():.9g}", fix="Divide counts by their sum."
        )
    return array


def _codes(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Numbers (n,) in the order of values, the same for those that differ by rounding alone."""
    order = np.argsort(values)
    ordered = values[order]
    codes = np.empty(values.size, np.int64)
    codes[order] = np.cumsum(np.diff(ordered, prepend=ordered[0]) > _EQUAL * ordered)
    return codes
