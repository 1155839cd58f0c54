"""Nearest neighbours and counts of neighbours, exact: by trees, sets, sorting, or over all pairs.

The comparisons are of rounded differences themselves, so that a row whose distance is a radius
always counts, and all ways agree in every bit.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.spatial import cKDTree

from ib_mlflow.information.inputs.pairs import BLOCK, add_squares, compiled, fours
from ib_mlflow.information.neighbours.bits import count_by_bits
from ib_mlflow.information.neighbours.descent import descend
from ib_mlflow.information.neighbours.lanes import LANES
from ib_mlflow.information.neighbours.range_counts import count_down
from ib_mlflow.information.neighbours.tree import Tree, grow
from ib_mlflow.threads import threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

Norm = Literal["euclidean", "maximum"]

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"inputs/pairs": "520a6917b340714f"}
# In more dimensions than this a k-d tree looks at most points anyway, and all pairs are faster.
TREE_DIMENSIONS = 8
# In more dimensions than this a radius touches most leaves, and few of their points are within it.
COUNT_DIMENSIONS = 3
# Leaves that each thread must have to work on for its start to pay.
PER_THREAD = 1000


def nearest(
    points: NDArray[np.float64], k: int, *, norm: Norm
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distances and row numbers, both (n, k), of the k nearest other rows of (n, d) points.

    Arguments:
        points: (n, d), none above 1e150 in the maximum norm.
        k: from 1 to n - 1.
        norm: of their differences.

    Example:
        >>> nearest(np.array([[0.0], [1.0], [3.0]]), 1, norm="maximum")[0].ravel().tolist()
        [1.0, 1.0, 2.0]
    """
    n, d = points.shape
    if norm == "euclidean" and d <= TREE_DIMENSIONS:
        distances, rows = cKDTree(points).query(points, k=k + 1, workers=threads())
        # A point finds itself at distance 0; among equal points it need not come first, or at all.
        own = rows == np.arange(n)[:, None]
        own[~own.any(axis=1), 0] = True
        return distances[~own].reshape(n, k), rows[~own].reshape(n, k)
    if norm == "euclidean":
        distances, rows = np.full((n, k), np.inf), np.zeros((n, k), np.int64)
        _nearest_of_all(fours(points), distances, rows)
        return np.sqrt(distances), rows
    return nearest_in(grow(points), k)


def nearest_in(tree: Tree, k: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """What `nearest` returns, in the maximum norm, of the points of a tree.

    Example:
        >>> nearest_in(grow(np.array([[0.0], [1.0], [3.0]])), 1)[1].ravel().tolist()
        [1, 0, 1]
    """
    n, leaves = len(tree.order), len(tree.leaves)
    distances, rows = np.empty((n, k)), np.empty((n, k), np.int64)
    many = min(threads(), max(1, leaves // PER_THREAD))

    def search(span: tuple[int, int]) -> None:
        descend(tree.parts, k, *span, distances, rows)

    if many == 1:
        search((0, leaves))
        return distances, rows
    # More pieces than threads: one that is held up leaves the rest to the others.
    bounds = np.linspace(0, leaves, 8 * many + 1, dtype=np.int64).tolist()
    with ThreadPoolExecutor(many) as pool:
        list(pool.map(search, pairwise(bounds)))
    return distances, rows


def count_within(
    points: NDArray[np.float64],
    radii: NDArray[np.float64],
    *,
    order: NDArray[np.int64] | None = None,
    shares: bool = True,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """How many other rows lie within each row's radius, in the maximum norm, and who is counted.

    (Looking for z - r and z + r among sorted values would round once more than the distance did,
    and count a row at the radius or not by chance.) For the rows nearer than a radius r, ask with
    `np.nextafter(r, 0)`.

    Arguments:
        points: (n, d), none above 1e150.
        radii: (n,), not negative.
        order: (n,) the rows so that near ones are near each other, if that is known.
        shares: whether to say who is counted.

    Returns:
        The counts (n,), and for each row the sum over the rows that count it of 1 / their count:
        (n,), or (0,) if not asked for.

    Example:
        >>> count_within(np.array([[0.0], [1.0], [3.0]]), np.array([1.0, 1.0, 3.0]))
        (array([1, 1, 2]), array([1.5, 1.5, 0. ]))
    """
    n, d = points.shape
    if d == 1:
        order = np.argsort(points[:, 0])
        counts, sums = _count_sorted(points[order, 0], radii[order], shares)
    elif d <= COUNT_DIMENSIONS:
        tree = grow(points)
        order = tree.order
        counts, sums = np.empty(n, np.int64), np.zeros(len(tree.leaves) * LANES if shares else 0)
        count_down(tree.parts, radii[order], counts, sums)
        sums = sums[:n]
    else:
        order = grow(points).order if order is None else order
        counts, sums = count_by_bits(points[order], radii[order], shares=shares)
    placed, whose = np.empty_like(counts), np.empty_like(sums)
    placed[order] = counts
    if shares:
        whose[order] = sums
    return placed, whose


@compiled
def _count_at_most(gaps: Any, radius: Any) -> Any:
    count = 0
    for t in range(gaps.size):
        count += gaps[t] <= radius
    return count


@compiled
def _nearest_of_all(columns: Any, distances: Any, rows: Any) -> None:
    """Keep the k nearest of all pairs, with their squared distances."""
    d, n = columns.shape
    k = distances.shape[1]
    space = np.empty(BLOCK)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        for i in range(n):
            gaps = space[: stop - start]
            gaps[:] = 0.0
            for axis in range(0, d, 4):
                add_squares(columns, axis, i, start, stop, gaps)
            if start <= i < stop:
                gaps[i - start] = np.inf
            nearer, places = distances[i], rows[i]
            # Most blocks hold nothing nearer, which is seen four at a time.
            if _count_at_most(gaps, nearer[k - 1]) == 0:
                continue
            for t in range(gaps.size):
                if gaps[t] < nearer[k - 1]:
                    place = k - 1
                    while place > 0 and gaps[t] < nearer[place - 1]:
                        nearer[place], places[place] = nearer[place - 1], places[place - 1]
                        place -= 1
                    nearer[place], places[place] = gaps[t], start + t


@compiled
def _count_sorted(values: Any, radii: Any, shared: Any) -> Any:
    """Counts and shares of numbers (n,), ascending, with their radii (n,)."""
    n = values.size
    counts, shares = np.empty(n, np.int64), np.zeros(n if shared else 0)
    # The ranges of values that are counted, and what is added to all of a range.
    first, last, steps = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n + 1)
    # Rounded differences from a value are monotone along the sorted ones. Many ranges are looked
    # for at once, since each step of one search waits for the step before, and without a branch,
    # which would be a guess.
    for start in range(0, n, BLOCK):
        own, radius = values[start : start + BLOCK], radii[start : start + BLOCK]
        low, high, size = first[start : start + BLOCK], last[start : start + BLOCK], n
        while size > 0:
            half = (size + 1) >> 1
            for t in range(own.size):
                low[t] += half * (own[t] - values[low[t] + half - 1] > radius[t])
                high[t] += half * (values[high[t] + half - 1] - own[t] <= radius[t])
            size -= half
    for i in range(n):
        # The point itself is in the range, but no neighbour.
        counts[i] = last[i] - first[i] - 1
        if shared:
            weight = 1 / max(counts[i], 1)
            steps[first[i]] += weight
            steps[last[i]] -= weight
            shares[i] = -weight
    running = 0.0
    for i in range(shares.size):
        running += steps[i]
        shares[i] += running
    return counts, shares
