"""The compiled part of the binning estimator that numbers the bin of every value."""

from __future__ import annotations

from typing import Any

import numpy as np

from ib_mlflow.information.discrete.rowhash import compiled

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"discrete/rowhash": "bdc74e5509ff056a"}
# A value lies on an edge, and counts above it, if it is nearer to it than four roundings of a
# float32 of its size; but never from farther than this share of a bin.
NEAR, NEAREST = 2.0**-22, 2.0**-10
# What binning may find: a value without a bin number, one outside the range, a large bin number.
UNNUMBERED, OUTSIDE, LARGE = 1, 2, 4
# How far past a range rounding may carry an activation, in units of the range's width.
ROUNDING = 1e-6


@compiled
def bin_by_size(values: Any, size: Any, limit: Any, large: Any, indices: Any) -> Any:
    """Write the number of each value's bin, edges at multiples of the size; see NEAR.

    Returns:
        How many lie on an edge other than 0, and the sum of UNNUMBERED if an index is NaN or not
        below `limit` in absolute value, and LARGE if not below `large`.
    """
    bad, wide, on_edges = False, False, 0
    for i in range(values.size):
        place = np.float64(values[i]) / size
        near = min(NEAR * abs(place), NEAREST)
        index = np.floor(place + near)
        bad |= not (abs(index) < limit)
        wide |= not (abs(index) < large)
        on_edges += (place - index <= near) & (index != 0.0)
        indices[i] = index
    return on_edges, UNNUMBERED * bad | LARGE * wide


@compiled
def bin_by_steps(values: Any, size: Any, borders: Any, large: Any, indices: Any) -> Any:
    """Write each value's bin of a size from the lower border; the upper one closes the last.

    Returns:
        As `bin_by_edges`; UNNUMBERED also where a bin's number does not fit 32 bits.
    """
    low, high = borders[0], borders[1]
    last, farthest = last_step(size, low, high), max(abs(low), abs(high))
    slack, rounded = ROUNDING * (high - low) + NEAR * farthest, 2.0**-50 * farthest
    clipped, on_edges, outside, bad = 0, 0, False, not (last < 2.0**31)
    for i in range(values.size):
        value = np.float64(values[i])
        if bad or not abs(value) < np.inf:
            return clipped, on_edges, UNNUMBERED
        clipped += (value < low) | (value > high)
        outside |= (value < low - slack) | (value > high + slack)
        place = (value - low) / size
        near = min((NEAR * abs(value) + rounded) / size, NEAREST)
        index = np.floor(place + near)
        on_edges += (abs(place - round(place)) <= near) & (index > 0.0) & (index <= last)
        indices[i] = min(max(index, 0.0), last)
    return clipped, on_edges, LARGE * (last >= large) | OUTSIDE * outside


@compiled
def last_step(size: Any, low: Any, high: Any) -> Any:
    """The number of the last bin; what rounding alone would add is none."""
    return max(np.ceil((high - low) / size * (1.0 - 2.0**-40)) - 1.0, 0.0)


@compiled
def bin_by_edges(values: Any, edges: Any, large: Any, indices: Any) -> Any:
    """Write each value's bin between the edges, the first or last for a value beyond them.

    Returns:
        How many values were beyond, how many lie on an edge between two bins, and the sum of
        UNNUMBERED if one is NaN or infinite, OUTSIDE if one lay further out than rounding
        explains, and LARGE if a bin's number may be large.
    """
    last = edges.size - 2
    low, high = edges[0], edges[last + 1]
    per_unit, farthest = (last + 1) / (high - low), max(abs(low), abs(high))
    slack = ROUNDING * (high - low) + NEAR * farthest
    rounded, most = 2.0**-50 * farthest, NEAREST / per_unit
    clipped, on_edges, outside = 0, 0, False
    status = LARGE * (last >= large)
    for i in range(values.size):
        value = np.float64(values[i])
        if not abs(value) < np.inf:
            return clipped, on_edges, UNNUMBERED
        if value < low or value > high:
            clipped += 1
            outside |= value < low - slack or value > high + slack
            indices[i] = 0 if value < low else last
            continue
        near = min(NEAR * abs(value) + rounded, most)
        index = min(np.int64((value - low) * per_unit), last)
        # The product may round across an edge; the edges themselves decide.
        while index > 0 and value + near < edges[index]:
            index -= 1
        while index < last and value + near >= edges[index + 1]:
            index += 1
        on_edges += index > 0 and value - near <= edges[index]
        indices[i] = index
    return clipped, on_edges, status | OUTSIDE * outside
