"""Nearest neighbours of all points, down a tree for the eight points of a leaf at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from ib_mlflow.information.neighbours.lanes import (
    LANES,
    any_below,
    gaps_from,
    insert,
    largest,
    sides_from,
)
from ib_mlflow.information.neighbours.tree import compiled

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"neighbours/lanes": "45c74d60b0ea1f0f", "neighbours/tree": "a4ad2e24bd28fce0"}


@compiled
def _meet(points: Any, d: Any, leaf: Any, other: Any, k: Any, near: Any, who: Any,
          gaps: Any) -> None:  # fmt: skip
    """Hold the eight points of another leaf against those of a leaf."""
    own, start = leaf * d * LANES, other * d * LANES
    for j in range(LANES):
        gaps_from(points, own, start + j, d, gaps)
        if leaf == other:
            gaps[j] = np.inf
        if any_below(gaps, near, (k - 1) * LANES):
            insert(gaps, other * LANES + j, near, who, k)


@compiled
def descend(tree: Any, k: Any, begin: Any, end: Any, distances: Any, rows: Any) -> None:
    """Write the k nearest others of the points of some leaves, in the maximum norm.

    Arguments:
        tree: order (n,), leaves (leaves · d · 8,), boxes (boxes · 2 d · 8,), levels (levels + 1,).
        k: below n.
        begin: the first leaf.
        end: the leaf after the last.
        distances: (n, k), receives distances by the points' rows.
        rows: (n, k), receives rows.
    """
    order, points, boxes, levels = tree
    n = order.size
    leaves = (n + LANES - 1) // LANES
    size = points.size // leaves  # of a leaf: d · 8
    d = size // LANES
    near, who = np.empty(k * LANES), np.empty(k * LANES, np.int64)
    gaps, sides = np.empty(LANES), np.empty(LANES)
    last = (k - 1) * LANES
    depth = 1 + LANES * levels.size
    waiting, on, far = np.empty(depth, np.int64), np.empty(depth, np.int64), np.empty(depth)
    for leaf in range(begin, end):
        near[:] = np.inf
        many = min(LANES, n - leaf * LANES)
        for lane in range(many, LANES):
            for t in range(k):
                near[t * LANES + lane] = -1.0
        _meet(points, d, leaf, leaf, k, near, who, gaps)
        bound = largest(near, last)
        corner = (leaf >> 3) * 2 * size + (leaf & 7)
        waiting[0], on[0], far[0], height = 0, levels.size - 2, 0.0, 1
        while height:
            height -= 1
            box, level = waiting[height], on[height]
            if far[height] > bound:
                continue
            place = (levels[level] + box) * 2 * size
            sides_from(boxes, place, place + size, boxes, corner + size, corner, d, sides)
            below = leaves if level == 0 else levels[level] - levels[level - 1]
            bottom, nearest = height, height
            for lane in range(min(LANES, below - LANES * box)):
                if sides[lane] > bound:
                    continue
                child = LANES * box + lane
                if level > 0:
                    waiting[height], on[height], far[height] = child, level - 1, sides[lane]
                    if far[height] < far[nearest]:
                        nearest = height
                    height += 1
                elif child != leaf:
                    own, low = leaf * size, place + lane
                    sides_from(points, own, own, boxes, low + size, low, d, gaps)
                    if any_below(gaps, near, last):
                        _meet(points, d, leaf, child, k, near, who, gaps)
                        bound = largest(near, last)
            if height > bottom:
                # The nearest first, which lowers the bound for the others.
                top = height - 1
                waiting[nearest], waiting[top] = waiting[top], waiting[nearest]
                far[nearest], far[top] = far[top], far[nearest]
        for lane in range(many):
            row = order[leaf * LANES + lane]
            for t in range(k):
                distances[row, t] = near[t * LANES + lane]
                rows[row, t] = order[who[t * LANES + lane]]
