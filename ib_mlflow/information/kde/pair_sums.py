"""The compiled part of the kernel estimator: every pair once, both kernels from one exponential."""

from __future__ import annotations

from typing import Any

import numpy as np

from ib_mlflow.information.inputs.pairs import BLOCK, add_squares, compiled

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"inputs/pairs": "520a6917b340714f"}
# Rows of the sums: the kernel exp(-4 g) or exp(-g) of the scaled squared distance g, over all
# samples or over those of the same label.
NARROW, WIDE, NARROW_SAME, WIDE_SAME = range(4)
# A sample's kernel with itself is 1, beside which exp(-48) is nothing even a million times over.
FARTHEST = 48.0


@compiled
def _wide(gap: Any) -> Any:
    """exp(-gap), by products alone, which run four at a time."""
    # exp(-y) on [0, 3/8] within 2.3e-16, by interpolation at Chebyshev's points; then squared
    # seven times.
    y = (gap if gap < FARTHEST else FARTHEST) / 128
    square = y * y
    wide = 0.0000244396396916822 - 0.00000228640806820063 * y
    wide = 0.00138884739058101 - 0.000198255572547758 * y + square * wide
    wide = 0.0416666659856689 - 0.00833332652682144 * y + square * wide
    wide = 0.499999999998854 - 0.166666666627481 * y + square * wide
    wide = 1.0 - 0.999999999999987 * y + square * wide
    wide *= wide
    wide *= wide
    wide *= wide
    wide *= wide
    wide *= wide
    wide *= wide
    return wide * wide


@compiled
def _add_kernels(gaps: Any, sum_narrow: Any, sum_wide: Any) -> Any:
    """Add both kernels to the columns' sums; return their totals."""
    total_narrow, total_wide = 0.0, 0.0
    for t in range(gaps.size):
        wide = _wide(gaps[t])
        total_wide += wide
        sum_wide[t] += wide
        narrow = wide * wide
        narrow *= narrow
        total_narrow += narrow
        sum_narrow[t] += narrow
    return total_narrow, total_wide


@compiled
def _weigh_kernels(gaps: Any, weight_narrow: Any, weight_wide: Any) -> Any:
    """Weighted totals of both kernels."""
    total_narrow, total_wide = 0.0, 0.0
    for t in range(gaps.size):
        wide = _wide(gaps[t])
        total_wide += wide * weight_wide[t]
        narrow = wide * wide
        total_narrow += narrow * narrow * weight_narrow[t]
    return total_narrow, total_wide


@compiled
def _add_pairs(columns: Any, labels: Any, sums: Any) -> None:
    """Add each pair of samples to both of them in `sums` (4, n): the same label, or not."""
    d, _ = columns.shape
    space = np.empty(BLOCK)
    for first in range(labels.size - 1):
        for second in range(first, labels.size - 1):
            narrow, wide = (NARROW_SAME, WIDE_SAME) if first == second else (NARROW, WIDE)
            for block in range(labels[second], labels[second + 1], BLOCK):
                stop = min(block + BLOCK, labels[second + 1])
                for i in range(labels[first], min(labels[first + 1], stop - 1)):
                    begin = max(block, i + 1)
                    gaps = space[: stop - begin]
                    gaps[:] = 0.0
                    for axis in range(0, d, 4):
                        add_squares(columns, axis, i, begin, stop, gaps)
                    totals = _add_kernels(gaps, sums[narrow, begin:stop], sums[wide, begin:stop])
                    sums[narrow, i] += totals[0]
                    sums[wide, i] += totals[1]


@compiled
def kernel_entropies(
    columns: Any, labels: Any, ranks: Any, entropies: Any, influences: Any
) -> None:
    """Mean of -ln of the mean kernel, for the four rows of the sums.

    Arguments:
        columns: (d, n) scaled samples, sorted by label, d a multiple of 4.
        labels: (classes + 1,), where each label begins.
        ranks: (m,) of samples, by their term of the first row.
        entropies: (4,), written.
        influences: (4, m), written: how much the sample of each rank weighs in the means, up to a
            constant; by its own term, and by its part in the terms of all.
    """
    d, n = columns.shape
    sums = np.zeros((4, n))
    sums[NARROW_SAME:] = 1.0
    _add_pairs(columns, labels, sums)
    sums[:NARROW_SAME] += sums[NARROW_SAME:]
    terms, inverses = np.empty((4, n)), 1 / sums
    label = np.empty(n, np.int64)
    for c in range(labels.size - 1):
        label[labels[c] : labels[c + 1]] = c
    for row in range(4):
        for i in range(n):
            among = n if row < NARROW_SAME else labels[label[i] + 1] - labels[label[i]]
            terms[row, i] = np.log(among * inverses[row, i])
        entropies[row] = terms[row].mean()
    gaps = np.empty(n)
    order = np.argsort(terms[NARROW])
    for place in range(ranks.size):
        i = order[ranks[place]]
        gaps[:] = 0.0
        for axis in range(0, d, 4):
            add_squares(columns, axis, i, 0, n, gaps)
        influence, same = influences[:, place], slice(labels[label[i]], labels[label[i] + 1])
        influence[NARROW], influence[WIDE] = _weigh_kernels(gaps, inverses[NARROW], inverses[WIDE])
        influence[NARROW_SAME], influence[WIDE_SAME] = _weigh_kernels(
            gaps[same], inverses[NARROW_SAME, same], inverses[WIDE_SAME, same]
        )
        influence[:] = terms[:, i] - influence
