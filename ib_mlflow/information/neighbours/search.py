"""Nearest neighbours and counts of neighbours, exact: by a tree, by sorting, or over all pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.spatial import cKDTree

from ib_mlflow.information.inputs.pairs import BLOCK, add_squares, compiled, fours
from ib_mlflow.threads import threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

Norm = Literal["euclidean", "maximum"]

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"inputs/pairs": "520a6917b340714f"}
# In more dimensions than this a k-d tree looks at most points anyway, and all pairs are faster.
TREE_DIMENSIONS = 8


def nearest(
    points: NDArray[np.float64], k: int, *, norm: Norm
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distances and row numbers, both (n, k), of the k nearest other rows of (n, d) points.

    Example:
        >>> nearest(np.array([[0.0], [1.0], [3.0]]), 1, norm="maximum")[0].ravel().tolist()
        [1.0, 1.0, 2.0]
    """
    n, d = points.shape
    if d <= TREE_DIMENSIONS:
        power = 2.0 if norm == "euclidean" else np.inf
        distances, rows = cKDTree(points).query(points, k=k + 1, p=power, workers=threads())
        # A point finds itself at distance 0; among equal points it need not come first, or at all.
        own = rows == np.arange(n)[:, None]
        own[~own.any(axis=1), 0] = True
        return distances[~own].reshape(n, k), rows[~own].reshape(n, k)
    distances, rows = np.full((n, k), np.inf), np.zeros((n, k), np.int64)
    _nearest_of_all(fours(points), norm == "euclidean", distances, rows)
    return np.sqrt(distances) if norm == "euclidean" else distances, rows


def count_within(
    points: NDArray[np.float64], radii: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """How many other rows lie within each row's radius, in the maximum norm, and who is counted.

    The comparison is of the rounded difference itself with the radius, so that a row whose
    distance is the radius always counts. (Looking for z - r and z + r among the sorted values
    rounds once more, and then counts it or not by chance.) For the rows nearer than a radius r,
    ask with `np.nextafter(r, 0)`.

    Arguments:
        points: (n, d).
        radii: (n,), not negative.

    Returns:
        The counts (n,), and for each row the sum over the rows that count it of 1 / their count.

    Example:
        >>> count_within(np.array([[0.0], [1.0], [3.0]]), np.array([1.0, 1.0, 3.0]))
        (array([1, 1, 2]), array([1.5, 1.5, 0. ]))
    """
    # The coordinate with the widest spread leaves the fewest candidates.
    widest = int(np.argmax(np.ptp(points, axis=0)))
    order = np.argsort(points[:, widest])
    others = np.delete(points[order], widest, axis=1)
    # One other coordinate is most often all there is: it is left alone.
    columns = np.ascontiguousarray(others.T) if others.shape[1] == 1 else fours(others)
    counts, shares = np.empty(len(points), np.int64), np.empty(len(points))
    counts[order], shares[order] = _count_sorted(points[order, widest], columns, radii[order])
    return counts, shares


@compiled
def _raise(columns: Any, k: Any, i: Any, start: Any, stop: Any, low: Any, out: Any) -> None:
    # Two buffers, because raising one in place would be compiled to masked stores, which are slow.
    a, b = columns[k, start:stop], columns[k + 1, start:stop]
    c, d = columns[k + 2, start:stop], columns[k + 3, start:stop]
    a0, b0, c0, d0 = columns[k, i], columns[k + 1, i], columns[k + 2, i], columns[k + 3, i]
    for t in range(out.size):
        p, q = abs(a[t] - a0), abs(b[t] - b0)
        r, s = abs(c[t] - c0), abs(d[t] - d0)
        p, r = (p if p > q else q), (r if r > s else s)
        p = p if p > r else r
        out[t] = p if p > low[t] else low[t]


@compiled
def _widest(columns: Any, i: Any, start: Any, stop: Any, space: Any) -> Any:
    """Distances in the maximum norm from point i to points start..stop."""
    gaps, other = space[0, : stop - start], space[1, : stop - start]
    if columns.shape[0] == 1:
        values, own = columns[0, start:stop], columns[0, i]
        for t in range(gaps.size):
            gaps[t] = abs(values[t] - own)
        return gaps
    gaps[:] = 0.0
    for k in range(0, columns.shape[0], 4):
        _raise(columns, k, i, start, stop, gaps, other)
        gaps, other = other, gaps
    return gaps


@compiled
def _count_at_most(gaps: Any, radius: Any) -> Any:
    count = 0
    for t in range(gaps.size):
        count += gaps[t] <= radius
    return count


@compiled
def _nearest_of_all(columns: Any, euclidean: Any, distances: Any, rows: Any) -> None:
    """Keep the k nearest of all pairs; squared distances where Euclidean."""
    d, n = columns.shape
    k = distances.shape[1]
    space = np.empty((2, BLOCK))
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        for i in range(n):
            if euclidean:
                gaps = space[0, : stop - start]
                gaps[:] = 0.0
                for axis in range(0, d, 4):
                    add_squares(columns, axis, i, start, stop, gaps)
            else:
                gaps = _widest(columns, i, start, stop, space)
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
def _share(gaps: Any, radius: Any, weight: Any, shares: Any) -> None:
    for t in range(gaps.size):
        shares[t] += weight if gaps[t] <= radius else 0.0


@compiled
def _count_sorted(values: Any, columns: Any, radii: Any) -> Any:
    """Counts and shares of points sorted by their first coordinate.

    Arguments:
        values: (n,) the first coordinates, ascending.
        columns: (d, n) the others, in the same order; d is 0, 1 or a multiple of 4.
        radii: (n,).
    """
    n = values.size
    counts = np.empty(n, np.int64)
    shares = np.zeros(n)
    # Where a range of the sorted values begins and ends to be counted.
    steps = np.zeros(n + 1)
    space = np.empty((2, n))
    for i in range(n):
        # Rounded differences from point i are monotone along the sorted values.
        low, high = 0, i
        while low < high:
            middle = (low + high) // 2
            if values[i] - values[middle] <= radii[i]:
                high = middle
            else:
                low = middle + 1
        start, low, high = low, i + 1, n
        while low < high:
            middle = (low + high) // 2
            if values[middle] - values[i] <= radii[i]:
                low = middle + 1
            else:
                high = middle
        # The point itself is in the range, but no neighbour.
        counts[i] = low - start - 1
        if columns.shape[0] == 0:
            weight = 1 / max(counts[i], 1)
            steps[start] += weight
            steps[low] -= weight
        else:
            gaps = _widest(columns, i, start, low, space)
            counts[i] = _count_at_most(gaps, radii[i]) - 1
            weight = 1 / max(counts[i], 1)
            _share(gaps, radii[i], weight, shares[start:low])
        shares[i] -= weight
    running = 0.0
    for i in range(n):
        running += steps[i]
        shares[i] += running
    return counts, shares
