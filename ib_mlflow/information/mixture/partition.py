"""Division of points into a binary tree of boxes, halved where they are widest, in place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Points that each thread must have to work on for its start to pay.
PER_THREAD = 50_000

compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nsz", "nnan", "reassoc"})


@dataclass(frozen=True, eq=False)
class Partition:
    """A binary tree over points, its nodes in preorder: a left child follows its parent.

    Arguments:
        first: (nodes,) a node's first point.
        last: (nodes,) the point after its last.
        right: (nodes,) its right child, -1 for a leaf.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    right: NDArray[np.int64]


@compiled
def _halve(points: Any, order: Any, start: Any, end: Any, few: Any, many: Any, width: Any) -> Any:
    """Reorder so that the halves of the box are apart; return where the second starts, or -1."""
    d, count = points.shape[0], end - start
    axis, low, extent = 0, 0.0, -1.0
    for k in range(d):
        row = points[k, start:end]
        least, most = row[0], row[0]
        for i in range(1, count):
            least = min(least, row[i])
            most = max(most, row[i])
        if most - least > extent:
            axis, low, extent = k, least, most - least
    if count <= few or (count <= many and extent <= width) or extent <= 0:
        return -1
    row = points[axis]
    cut = low + 0.5 * extent
    if cut >= low + extent:  # neighbouring floats have nothing between them
        cut = low
    i, j = start, end - 1
    while True:
        while row[i] <= cut:
            i += 1
        while row[j] > cut:
            j -= 1
        if i > j:
            return i
        for k in range(d):
            points[k, i], points[k, j] = points[k, j], points[k, i]
        order[i], order[j] = order[j], order[i]
        i += 1
        j -= 1


@compiled
def _grow(points: Any, order: Any, start: Any, end: Any, limits: Any, nodes: Any) -> Any:
    """Divide points to the leaves; write first, last, right (3, nodes); return how many nodes."""
    few, many, width = limits
    stack = np.empty((64, 3), np.int64)
    stack[0, 0], stack[0, 1], stack[0, 2] = start, end, -1
    height, count = 1, 0
    while height:
        height -= 1
        begin, stop, parent = stack[height, 0], stack[height, 1], stack[height, 2]
        if parent >= 0:
            nodes[2, parent] = count
        nodes[0, count], nodes[1, count], nodes[2, count] = begin, stop, -1
        cut = _halve(points, order, begin, stop, few, many, width)
        if cut >= 0:
            if height + 2 > stack.shape[0]:
                larger = np.empty((2 * stack.shape[0], 3), np.int64)
                larger[:height] = stack[:height]
                stack = larger
            stack[height, 0], stack[height, 1], stack[height, 2] = cut, stop, count
            stack[height + 1, 0], stack[height + 1, 1], stack[height + 1, 2] = begin, cut, -1
            height += 2
        count += 1
    return count


def divide(
    points: NDArray[np.float64], *, few: int, many: int, width: float
) -> tuple[Partition, NDArray[np.int64]]:
    """Divide points until each leaf has at most `few`, or at most `many` within a width.

    Arguments:
        points: (d, k), C order; reordered in place, each node's points together.
        few: points that are never divided.
        many: points that are not divided where their box is narrow.
        width: how wide a narrow box may be.

    Returns:
        The tree, and (k,) the former number of each point.

    Example:
        >>> points = np.array([[5.0, 0.0, 5.5, 0.5]])
        >>> tree, order = divide(points, few=2, many=2, width=0.0)
        >>> points.tolist(), tree.first.tolist(), tree.last.tolist(), tree.right.tolist()
        ([[0.5, 0.0, 5.5, 5.0]], [0, 0, 2], [4, 2, 4], [2, -1, -1])
    """
    k = points.shape[1]
    order = np.arange(k)
    limits = (few, many, float(width))
    threads = min(numba.get_num_threads(), max(1, k // PER_THREAD))

    def grow(piece: list[int]) -> NDArray[np.int64]:
        nodes = np.empty((3, 2 * (piece[1] - piece[0])), np.int64)
        return nodes[:, : _grow(points, order, piece[0], piece[1], limits, nodes)].copy()

    if threads == 1:
        return Partition(*grow([0, k])), order

    def halve(piece: list[int]) -> int:
        return int(_halve(points, order, piece[0], piece[1], *limits))

    # The top of the tree level by level, until there are enough pieces to keep all threads busy.
    pieces = [[0, k, -1, -1]]  # first, last, left child, right child
    level = [0]
    with ThreadPoolExecutor(threads) as pool:
        while level and len(level) < 16 * threads:
            cuts = list(pool.map(halve, [pieces[node] for node in level]))
            below = []
            for node, cut in zip(level, cuts, strict=True):
                if cut >= 0:
                    start, end = pieces[node][:2]
                    pieces[node][2:] = len(pieces), len(pieces) + 1
                    below += pieces[node][2:]
                    pieces += [[start, cut, -1, -1], [cut, end, -1, -1]]
            level = below
        ends = [node for node, piece in enumerate(pieces) if piece[2] < 0]
        grown = dict(zip(ends, pool.map(grow, [pieces[node] for node in ends]), strict=True))
    return Partition(*_join(pieces, grown)), order


def _join(pieces: list[list[int]], grown: dict[int, NDArray[np.int64]]) -> NDArray[np.int64]:
    """Number the nodes of the top and of the trees below it in preorder."""
    parts: list[NDArray[np.int64]] = []
    waiting = [(0, -1)]
    count = 0
    tops: dict[int, NDArray[np.int64]] = {}
    while waiting:
        node, parent = waiting.pop()
        if parent >= 0:
            tops[parent][2, 0] = count
        start, end, left, right = pieces[node]
        if left < 0:
            part = grown[node]
            part[2, part[2] >= 0] += count
        else:
            part = np.array([[start], [end], [-1]])
            tops[count] = part
            waiting += [(right, count), (left, -1)]
        parts.append(part)
        count += part.shape[1]
    return np.concatenate(parts, axis=1)
