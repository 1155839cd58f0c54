"""Kernel sums at draws by their components' neighbours, where all others add nothing.

Where overlaps are rare that is at most draws, to rounding; the others are evaluated as everywhere.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.information.mixture.density import LogSums, spread
from ib_mlflow.information.mixture.sums import HIGHEST, exponential, summing

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ib_mlflow.information.mixture.tree import Tree

    Array = NDArray[np.float64]

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"mixture/sums": "e7802b367cd521b8"}
# What is left out of a sum may be this share of it, half of a rounding.
NOTHING = 2.0**-54


@summing
def _surround(points: Any, logs: Any, near: Any, limit: Any, steps: Any, levels: Any) -> Any:
    """Write the steps (d, q) to a component's neighbours, and ln of their kernels' ratios to its.

    Returns:
        How many they are, and the squared distance that all others are beyond.
    """
    d, k = points.shape
    own, count = near[0], 0
    while count + 1 < near.size and near[count + 1] >= 0:
        other, square = near[count + 1], 0.0
        for axis in range(d):
            step = points[axis, other] - points[axis, own]
            steps[axis, count] = step
            square += step * step
        levels[count] = logs[other] - logs[own] - 0.5 * square
        limit = square if count + 2 == near.size else limit
        count += 1
    return count, np.inf if count + 1 == k else limit


@summing
def _sum_close(points: Any, logs: Any, near: Any, limits: Any, owner: Any, noise: Any,
               first: Any, end: Any, values: Any, bounds: Any) -> None:  # fmt: skip
    d, q = points.shape[0], near.shape[1] - 1
    steps, levels, ratios = np.empty((d, q)), np.empty(q), np.empty(q)
    last, count, far, own = -1, 0, 0.0, 0
    for i in range(first, end):
        if owner[i] != last:
            last = owner[i]
            own = near[last, 0]
            count, square = _surround(points, logs, near[last], limits[last], steps, levels)
            far = np.sqrt(square)
        ratios[:], length = levels, 0.0
        for axis in range(d):
            at, row = noise[i, axis], steps[axis]
            length += at * at
            for j in range(count):
                ratios[j] += row[j] * at
        total, largest = 1.0, 0.0
        for j in range(count):
            largest = max(largest, ratios[j])
        for j in range(count):
            total += exponential(min(ratios[j], HIGHEST))
        values[i] = logs[own] - 0.5 * length + np.log(total)
        # The weights of the others are 1 at most; each is nearer than `far` by the noise at most.
        size, rest = np.sqrt(length), 0.0
        if far < np.inf:
            rest = exponential(min(far * (size - 0.5 * far) - logs[own], HIGHEST))
        bounds[i] = rest / total if size <= far and largest < HIGHEST else np.inf


def reaches_of(noise: Array, logs: Array) -> Array:
    """Squared distances (u,) beyond which nothing is left of a sum at draws with such noise.

    Arguments:
        noise: (n, d) around any of the components.
        logs: (u,) logarithms of the components' weights.
    """
    size = math.sqrt(float(np.einsum("nd,nd->n", noise, noise).max()))
    return np.asarray(np.square(size + np.sqrt(size * size - 2.0 * (math.log(NOTHING) + logs))))


def sums_of_close(
    tree: Tree, near: NDArray[np.int64], limits: Array, owner: NDArray[np.int64], noise: Array
) -> LogSums:
    """Kernel sums at draws over their components and the neighbours of these.

    Arguments:
        tree: of the mixture.
        near: (u, q + 1) components, each before its nearest neighbours, or -1 where all others are
            beyond the limit.
        limits: (u,) squared distances.
        owner: (n,) rows of `near` that the draws are of, ascending.
        noise: (n, d) their distances from the centres of these.

    Returns:
        The sums (n,), their bounds being what the other components may add.

    Example:
        >>> from ib_mlflow.information.mixture.tree import grow_tree
        >>> tree = grow_tree(np.array([[0.0, 1.0, 30.0]]), np.full(3, 1 / 3))
        >>> near, noise = np.array([[0, 1, -1]]), np.array([[0.5]])
        >>> sums = sums_of_close(tree, near, np.array([400.0]), np.array([0]), noise)
        >>> sums.values.round(6).tolist(), sums.pairs, bool(sums.bounds[0] < 1e-80)
        ([-0.530465], 2, True)
    """
    logs, n = np.log(tree.weights), len(noise)
    values, bounds = np.empty(n), np.empty(n)

    def work(first: int, end: int) -> None:
        _sum_close(tree.points, logs, near, limits, owner, noise, first, end, values, bounds)

    spread(work, n)
    pairs = int(np.count_nonzero(near >= 0, axis=1)[owner].sum())
    return LogSums(values, bounds, "tree", pairs, pairs)


def complete(close: LogSums, queries: Array, evaluate: Callable[[Array], LogSums]) -> LogSums:
    """Sums at queries (n, d): those of close components where they err by nothing, evaluated else.

    All are evaluated where that is most of them, so that they go down a tree together.
    """
    left = np.flatnonzero(close.bounds > NOTHING)
    if 2 * len(left) > len(queries):
        return evaluate(queries)
    if not len(left):
        return close
    values, bounds, rest = close.values.copy(), close.bounds.copy(), evaluate(queries[left])
    values[left], bounds[left] = rest.values, rest.bounds
    return LogSums(values, bounds, "tree", close.pairs + rest.pairs, close.work + rest.work)
