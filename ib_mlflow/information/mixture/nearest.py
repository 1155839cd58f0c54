"""Compiled search for the nearest neighbours of a mixture's components, by the tree over them.

All that are asked for in a leaf of the tree go together: first their own leaf, then the others in
the order of their boxes' distances, as long as one of them may hold a nearer point. A leaf is
looked at whole, since its points along an axis are a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.information.mixture.density import spread
from ib_mlflow.information.mixture.nodes import box_distance
from ib_mlflow.information.mixture.sums import summing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information.mixture.tree import Tree

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"mixture/nodes": "c7419da47917517d", "mixture/sums": "e7802b367cd521b8"}


@summing
def _box_gaps(fact: Any, x: Any, gaps: Any) -> None:
    """Write the squared distances of points (d, n) from a node's box."""
    d = x.shape[0]
    gaps[:] = 0.0
    for axis in range(d):
        row, low, high = x[axis], fact[axis], fact[d + axis]
        for j in range(gaps.size):
            gap = max(max(low - row[j], row[j] - high), 0.0)
            gaps[j] += gap * gap


@summing
def _look(points: Any, start: Any, end: Any, x: Any, j: Any, own: Any, space: Any, best: Any,
          who: Any) -> None:  # fmt: skip
    """Keep the nearest of a leaf's points to (x, j), but itself, in best and who, ascending."""
    squares, last = space[: end - start], best.size - 1
    squares[:] = 0.0
    for axis in range(x.shape[0]):
        row, at = points[axis, start:end], x[axis, j]
        for i in range(squares.size):
            step = row[i] - at
            squares[i] += step * step
    if start <= own < end:
        squares[own - start] = np.inf
    least = np.inf
    for i in range(squares.size):
        least = min(least, squares[i])
    if least >= best[last]:
        return
    for i in range(squares.size):
        square = squares[i]
        if square < best[last]:
            place = last
            while place > 0 and square < best[place - 1]:
                best[place], who[place] = best[place - 1], who[place - 1]
                place -= 1
            best[place], who[place] = square, start + i


@summing
def _leaves_within(right: Any, facts: Any, low: Any, high: Any, reach: Any, waiting: Any,
                   found: Any, apart: Any) -> Any:  # fmt: skip
    """Write the leaves whose boxes are within a squared distance of a box; return how many."""
    waiting[0], height, count = 0, 1, 0
    while height:
        height -= 1
        node = waiting[height]
        distance = box_distance(facts[node], low, high)
        if distance >= reach:
            continue
        if right[node] < 0:
            found[count], apart[count] = node, distance
            count += 1
        else:
            waiting[height], waiting[height + 1] = right[node], node + 1
            height += 2
    return count


@summing
def _search(tree: Any, rows: Any, limits: Any, blocks: Any, begin: Any, end: Any,
            near: Any) -> None:  # fmt: skip
    """Write the nearest neighbours of the components of some blocks, which are each of one leaf.

    Arguments:
        tree: points (d, k), first, last, right (nodes,), facts (nodes, width).
        rows: (u,) components, ascending.
        limits: (u,) squared distances from which on nothing is looked for.
        blocks: (3, blocks) the first row of each block, the one after its last, and its leaf.
        begin: the first block.
        end: the block after the last.
        near: (u, q), receives the components' neighbours, nearest first, -1 where there are fewer.
    """
    points, first, last, right, facts = tree
    d, q = points.shape[0], near.shape[1]
    widest = (last - first)[right < 0].max()
    x, best = np.empty((d, widest)), np.empty((widest, q))
    gaps, space, low, high = np.empty(widest), np.empty(widest), np.empty(d), np.empty(d)
    waiting, found = np.empty(right.size, np.int64), np.empty(right.size, np.int64)
    apart = np.empty(right.size)
    for block in range(begin, end):
        start, stop, leaf = blocks[0, block], blocks[1, block], blocks[2, block]
        n = stop - start
        for axis in range(d):
            for j in range(n):
                x[axis, j] = points[axis, rows[start + j]]
            low[axis], high[axis] = x[axis, :n].min(), x[axis, :n].max()
        reach = 0.0
        for j in range(n):
            best[j, :], near[start + j, :] = limits[start + j], -1
            _look(points, first[leaf], last[leaf], x, j, rows[start + j], space, best[j],
                  near[start + j])  # fmt: skip
            reach = max(reach, best[j, q - 1])
        count = _leaves_within(right, facts, low, high, reach, waiting, found, apart)
        for c in np.argsort(apart[:count]):
            node = found[c]
            if apart[c] >= reach:
                break
            if node == leaf:
                continue
            _box_gaps(facts[node], x, gaps[:n])
            reach = 0.0
            for j in range(n):
                if gaps[j] < best[j, q - 1]:
                    _look(points, first[node], last[node], x, j, -1, space, best[j],
                          near[start + j])  # fmt: skip
                reach = max(reach, best[j, q - 1])


def nearest_components(
    tree: Tree, rows: NDArray[np.int64], limits: NDArray[np.float64], count: int
) -> NDArray[np.int64]:
    """The nearest neighbours of some components of a mixture.

    Arguments:
        tree: of the mixture.
        rows: (u,) components in its order, ascending, each once.
        limits: (u,) squared distances from which on nothing is looked for.
        count: how many are looked for.

    Returns:
        (u, count), nearest first; -1 where fewer are within the limit.

    Example:
        >>> from ib_mlflow.information.mixture.tree import grow_tree
        >>> tree = grow_tree(np.array([[0.0, 1.0, 3.0]]), np.full(3, 1 / 3))
        >>> nearest_components(tree, np.array([0, 2]), np.full(2, 5.0), 2).tolist()
        [[1, -1], [1, -1]]
    """
    partition = tree.partition
    leaves = np.flatnonzero(partition.right < 0)
    edges = np.searchsorted(rows, np.append(partition.first[leaves], len(tree.weights)))
    blocks = np.stack([edges[:-1], edges[1:], leaves])[:, edges[:-1] < edges[1:]]
    near = np.empty((len(rows), count), np.int64)
    given = (tree.points, partition.first, partition.last, partition.right, tree.facts)

    def work(begin: int, end: int) -> None:
        _search(given, rows, limits, blocks, begin, end, near)

    spread(work, blocks.shape[1])
    return near
