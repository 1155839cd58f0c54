"""Who is within each point's radius, down a tree for the eight points of a leaf at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from ib_mlflow.information.neighbours.lanes import (
    LANES,
    count_leaf,
    largest,
    sides_from,
    weigh_leaf,
)
from ib_mlflow.information.neighbours.tree import compiled

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"neighbours/lanes": "45c74d60b0ea1f0f", "neighbours/tree": "a4ad2e24bd28fce0"}


@compiled
def _add(sums: Any, number: Any) -> None:
    for lane in range(LANES):
        sums[lane] += number


@compiled
def count_down(tree: Any, radii: Any, counts: Any, shares: Any) -> None:
    """Count the others within each point's radius, in the maximum norm.

    A box that is within every radius of a leaf's points is counted as a whole.

    Arguments:
        tree: order (n,), leaves (leaves · d · 8,), boxes (boxes · 2 d · 8,), levels (levels + 1,).
        radii: (n,) in the tree's order.
        counts: (n,), receives the counts in the tree's order.
        shares: (leaves · 8,), receives in the tree's order the sums of 1 / count over the points
            that count one; or (0,), and none are computed.
    """
    order, points, boxes, levels = tree
    n = order.size
    leaves = (n + LANES - 1) // LANES
    size = points.size // leaves  # of a leaf: d · 8
    d = size // LANES
    limits, found, weights = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    sides, widths = np.empty(LANES), np.empty(LANES)
    depth = 1 + LANES * levels.size
    waiting, on = np.empty(depth, np.int64), np.empty(depth, np.int64)
    met = np.empty(leaves, np.int64)
    # What is added to all points of a run, where it begins and where it ends.
    steps = np.zeros(n + 1)
    whole = np.empty((leaves, 2), np.int64)
    for leaf in range(leaves):
        many = min(LANES, n - leaf * LANES)
        limits[:], found[:] = -1.0, 0.0
        least = np.inf
        for lane in range(many):
            limits[lane] = radii[leaf * LANES + lane]
            least = min(least, limits[lane])
        most = largest(limits, 0)
        low = (leaf >> 3) * 2 * size + (leaf & 7)
        high = low + size
        waiting[0], on[0], height = 0, levels.size - 2, 1
        meetings, wholes = 0, 0
        while height:
            height -= 1
            box, level = waiting[height], on[height]
            place = (levels[level] + box) * 2 * size
            sides_from(boxes, place, place + size, boxes, high, low, d, sides)
            sides_from(boxes, place + size, place, boxes, low, high, d, widths)
            below = leaves if level == 0 else levels[level] - levels[level - 1]
            for lane in range(min(LANES, below - LANES * box)):
                if sides[lane] > most:
                    continue
                child = LANES * box + lane
                if widths[lane] <= least:
                    start = child << (3 * level + 3)
                    end = min((child + 1) << (3 * level + 3), n)
                    _add(found, end - start)
                    whole[wholes, 0], whole[wholes, 1] = start, end
                    wholes += 1
                elif level > 0:
                    waiting[height], on[height] = child, level - 1
                    height += 1
                else:
                    met[meetings] = child
                    meetings += 1
                    count_leaf(points, leaf * size, child * size, d, limits, found)
        total = 0.0
        for lane in range(LANES):
            weights[lane] = 0.0
            if lane < many:
                i = leaf * LANES + lane
                counts[i] = int(found[lane]) - 1
                weights[lane] = 1.0 / max(counts[i], 1)
                total += weights[lane]
        if shares.size == 0:
            continue
        for at in range(wholes):
            steps[whole[at, 0]] += total
            steps[whole[at, 1]] -= total
        for at in range(meetings):
            weigh_leaf(points, met[at] * size, leaf * size, d, limits, weights, shares)
        for lane in range(many):
            shares[leaf * LANES + lane] -= weights[lane]
    running = 0.0
    for i in range(n if shares.size else 0):
        running += steps[i]
        shares[i] += running
