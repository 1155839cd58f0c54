"""A tree over points: leaves of eight, eight leaves a box, eight boxes a larger box."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from ib_mlflow.information.neighbours.lanes import LANES

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Where a leaf or a box has fewer than eight, the others are at a distance that none can be.
NOWHERE = 1e300

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"neighbours/lanes": "45c74d60b0ea1f0f"}

compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nsz", "nnan", "reassoc"})


@dataclass(frozen=True, eq=False)
class Tree:
    """Points in the order of a tree, and the boxes around them.

    The children of a box are eight in a row, and the boxes are numbered level by level, so that
    nothing points at anything.

    Arguments:
        order: (n,) the row of each point.
        leaves: (leaves, d, 8) the points, NOWHERE where there is none.
        boxes: (boxes, 2 d, 8) for each box the lowest corners of its eight children, and the
            highest; those of level 0, around leaves, first.
        levels: (levels + 1,) where the boxes of each level begin, and how many there are.
    """

    order: NDArray[np.int64]
    leaves: NDArray[np.float64]
    boxes: NDArray[np.float64]
    levels: NDArray[np.int64]

    @property
    def parts(self) -> tuple[NDArray[Any], ...]:
        """What compiled kernels take: each field as a row of numbers."""
        return self.order, self.leaves.ravel(), self.boxes.ravel(), self.levels


@compiled
def _part(keys: Any, order: Any, start: Any, end: Any, at: Any) -> None:
    """Reorder keys from start to end so that none before `at` is above one from there on."""
    low, high = start, end - 1
    while low < high:
        a, b, c = keys[low], keys[(low + high) >> 1], keys[high]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                keys[i], keys[j] = keys[j], keys[i]
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if at <= j:
            high = j
        elif at >= i:
            low = i
        else:
            return


@compiled
def _arrange(columns: Any, order: Any) -> None:
    """Order points so that eight, 64, 512, … in a row are near each other."""
    d, n = columns.shape
    keys, waiting, height = np.empty(n), np.empty((64, 2), np.int64), 1
    waiting[0, 0], waiting[0, 1] = 0, n
    while height:
        height -= 1
        start, end = waiting[height, 0], waiting[height, 1]
        widest, extent = 0, -1.0
        for axis in range(d):
            column = columns[axis]
            least = most = column[order[start]]
            for i in range(start + 1, end):
                value = column[order[i]]
                least, most = min(least, value), max(most, value)
            if most - least > extent:
                widest, extent = axis, most - least
        # The first part is as many leaves as a power of two, so that boxes of eight fit.
        half = LANES
        while 2 * half < end - start:
            half *= 2
        column = columns[widest]
        for i in range(start, end):
            keys[i] = column[order[i]]
        cut = start + half
        if extent > 0.0:
            _part(keys, order, start, end, cut)
        for a, b in ((start, cut), (cut, end)):
            if b - a > LANES:
                waiting[height, 0], waiting[height, 1] = a, b
                height += 1


@compiled
def _fill(columns: Any, order: Any, leaves: Any, boxes: Any, levels: Any) -> None:
    """Write the leaves, and the boxes from below."""
    d, n = columns.shape
    boxes[:, :d], boxes[:, d:] = NOWHERE, -NOWHERE
    for leaf in range(len(leaves)):
        for axis in range(d):
            column = columns[axis]
            for lane in range(LANES):
                i = leaf * LANES + lane
                value = column[order[i]] if i < n else NOWHERE
                leaves[leaf, axis, lane] = value
                if i < n:
                    low, high = boxes[leaf >> 3, axis], boxes[leaf >> 3, d + axis]
                    low[leaf & 7] = min(low[leaf & 7], value)
                    high[leaf & 7] = max(high[leaf & 7], value)
    for level in range(1, levels.size - 1):
        for box in range(levels[level] - levels[level - 1]):
            place, lane = levels[level] + (box >> 3), box & 7
            below = boxes[levels[level - 1] + box]
            for axis in range(d):
                boxes[place, axis, lane] = below[axis].min()
                boxes[place, d + axis, lane] = below[d + axis].max()


def _aligned(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Uninitialised numbers, of which no eight lie across two lines of the cache."""
    size = math.prod(shape)
    space = np.empty(size + LANES)
    start = -space.ctypes.data // space.itemsize % LANES
    return space[start : start + size].reshape(shape)


def grow(points: NDArray[np.float64]) -> Tree:
    """Build the tree over points (n, d).

    Example:
        >>> tree = grow(np.arange(20.0)[:, None])
        >>> tree.leaves.shape, tree.boxes[0, :, :3].tolist(), tree.levels.tolist()
        ((3, 1, 8), [[0.0, 8.0, 16.0], [7.0, 15.0, 19.0]], [0, 1])
    """
    n, d = points.shape
    columns, order = np.ascontiguousarray(points.T), np.arange(n)
    if n > LANES:
        _arrange(columns, order)
    boxes, levels = -(-n // LANES), [0]
    while boxes > 1 or len(levels) == 1:
        boxes = -(-boxes // LANES)
        levels.append(levels[-1] + boxes)
    tree = Tree(
        order,
        _aligned((-(-n // LANES), d, LANES)),
        _aligned((levels[-1], 2 * d, LANES)),
        np.array(levels),
    )
    _fill(columns, order, tree.leaves, tree.boxes, tree.levels)
    return tree
