"""The compiled part of the distance histograms: every pair of samples once, into two histograms."""

from __future__ import annotations

from typing import Any

import numpy as np

from ib_mlflow.information.inputs.pairs import BLOCK, add_squares, compiled

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"inputs/pairs": "520a6917b340714f"}
# Rows of the counts.
WITHIN, BETWEEN = range(2)
# How far rounding may carry a distance in units of a bin, for up to a million bins.
ROUNDING = 1e-9


@compiled
def _bin_of(distance: Any, edges: Any) -> Any:
    """The bin between two neighbouring edges, the last closed at both ends; -1 beyond it."""
    last = edges.size - 2
    if not distance <= edges[last + 1]:
        return -1
    index = min(np.int64(distance * ((last + 1) / edges[last + 1])), last)
    # The product may round across an edge; the edges themselves decide.
    while distance < edges[index]:
        index -= 1
    while index < last and distance >= edges[index + 1]:
        index += 1
    return index


@compiled
def _place(squares: Any, slack: Any, per_unit: Any, bins: Any, places: Any) -> Any:
    """Write 1 + the bin of each squared distance, 0 where rounding may decide it or it is beyond.

    Arguments:
        squares: (b,) squared distances.
        slack: (b,) by how much each may be off.
        per_unit: bins in a unit of distance.
        bins: how many.
        places: (b,) uint32, written.

    Returns:
        How many are 0.
    """
    unsure = 0
    for t in range(places.size):
        low, high = squares[t] - slack[t], squares[t] + slack[t]
        low = np.sqrt(low if low > 0.0 else 0.0) * per_unit - ROUNDING
        high = np.sqrt(high if high > 0.0 else 0.0) * per_unit + ROUNDING
        low = low if low > 0.0 else 0.0
        high = high if high < 2e9 else 2e9
        place = np.int32(high)
        sure = (np.int32(low if low < 2e9 else 2e9) == place) & (place < bins)
        places[t] = place + 1 if sure else 0
        unsure += 0 if sure else 1
    return unsure


@compiled
def _tally(places: Any, counts: Any) -> None:
    for t in range(places.size):
        counts[places[t]] += 1


@compiled
def _add_distance(square: Any, edges: Any, counts: Any) -> Any:
    """Count one squared distance by comparison with the edges; return 1 if it is beyond them."""
    index = _bin_of(np.sqrt(square), edges)
    if index < 0:
        return 1
    counts[index + 1] += 1
    return 0


@compiled
def count_by_differences(
    columns: Any, ends: Any, edges: Any, begin: Any, end: Any, counts: Any
) -> Any:
    """Count the pairs of samples begin..end with every later sample.

    Arguments:
        columns: (d, n) float64 samples, sorted by label, d a multiple of 4.
        ends: (n,) where the label of each sample ends.
        edges: (bins + 1,) ascending from 0, equally spaced.
        begin: the first sample.
        end: the sample after the last.
        counts: (2, 1 + bins) int64, to which is added: pairs within a label, and between two.
            What is in the first column has no meaning.

    Returns:
        The number of pairs further apart than the last edge, which are not counted.
    """
    d, n = columns.shape
    bins, beyond = edges.size - 1, 0
    per_unit = bins / edges[-1]
    space, exact = np.empty(BLOCK), np.zeros(BLOCK)
    numbers = np.empty(BLOCK, np.uint32)
    for start in range(begin, n, BLOCK):
        stop = min(start + BLOCK, n)
        for i in range(begin, min(end, stop - 1)):
            first = max(start, i + 1)
            squares, places = space[: stop - first], numbers[: stop - first]
            squares[:] = 0.0
            for axis in range(0, d, 4):
                add_squares(columns, axis, i, first, stop, squares)
            unsure = _place(squares, exact, per_unit, bins, places)
            own = min(max(ends[i] - first, 0), squares.size)
            _tally(places[:own], counts[WITHIN])
            _tally(places[own:], counts[BETWEEN])
            if unsure:
                for t in range(places.size):
                    if places[t] == 0:
                        row = WITHIN if t < own else BETWEEN
                        beyond += _add_distance(squares[t], edges, counts[row])
    return beyond


@compiled
def count_by_products(
    rows: Any, products: Any, norms: Any, ends: Any, edges: Any, at: Any, to: Any, counts: Any
) -> Any:
    """Count the pairs of two blocks of samples, given the products of their centred rows.

    A product rounds its distance; where that may decide the bin, differences are taken.

    Arguments:
        rows: (n, d) float32 or float64 samples, sorted by label.
        products: (a, b) float64 inner products of the centred samples of both blocks; written.
        norms: (n,) squared lengths of the centred samples.
        ends: (n,) where the label of each sample ends.
        edges: (bins + 1,) ascending from 0, equally spaced.
        at: where the first block begins.
        to: where the second begins; not before the first.
        counts: (2, 1 + bins) int64, as for `count_by_differences`.

    Returns:
        The number of pairs further apart than the last edge, which are not counted.
    """
    d, bins, beyond = rows.shape[1], edges.size - 1, 0
    per_unit = bins / edges[-1]
    # Twice the usual bound of a sum's rounding, of the product, both lengths and the centring.
    unit = 2.0**-52 * (2 * d + 16)
    numbers, space = np.empty(products.shape[1], np.uint32), np.empty(products.shape[1])
    for i in range(products.shape[0]):
        sample = at + i
        first = max(to, sample + 1)
        squares, others = products[i, first - to :], norms[first : to + products.shape[1]]
        places, slack = numbers[: squares.size], space[: squares.size]
        for t in range(squares.size):
            total = others[t] + norms[sample]
            squares[t] = total - 2.0 * squares[t]
            slack[t] = unit * total
        unsure = _place(squares, slack, per_unit, bins, places)
        own = min(max(ends[sample] - first, 0), squares.size)
        _tally(places[:own], counts[WITHIN])
        _tally(places[own:], counts[BETWEEN])
        if unsure:
            for t in range(places.size):
                if places[t] == 0:
                    square = 0.0
                    for axis in range(d):
                        gap = np.float64(rows[sample, axis]) - np.float64(rows[first + t, axis])
                        square += gap * gap
                    row = WITHIN if t < own else BETWEEN
                    beyond += _add_distance(square, edges, counts[row])
    return beyond
