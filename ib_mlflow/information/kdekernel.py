"""The compiled part of the kernel estimator: every pair once, both kernels from one exponential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.information.search import add_squares, compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows of the sums: the kernel exp(-4 g) or exp(-g) of the scaled squared distance g, over all
# samples or over those of the same label.
NARROW, WIDE, NARROW_SAME, WIDE_SAME = range(4)
GROUPS = 16
BLOCK = 512
# A sample's kernel with itself is 1, beside which exp(-48) is nothing even a million times over.
FARTHEST = 48.0


def arrange(
    codes: NDArray[np.int64], classes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """An order of the samples in random groups, by label within each.

    Arguments:
        codes: (n,) labels from 0.
        classes: how many labels there are.

    Returns:
        The order (n,); where the groups begin in it, (groups + 1,); and where the labels begin in
        each group, (groups, classes + 1).
    """
    n = codes.size
    groups = min(GROUPS, n)
    starts = np.arange(groups + 1) * n // groups
    group = np.empty(n, np.int64)
    # A fixed shuffle: the result is a function of the samples alone, in whatever order.
    group[np.random.default_rng(0).permutation(n)] = np.repeat(np.arange(groups), np.diff(starts))
    order = np.lexsort((codes, group))
    cell = group[order] * (classes + 1) + codes[order]
    corners = np.arange(groups * (classes + 1)).reshape(groups, classes + 1)
    return order, starts, np.searchsorted(cell, corners)


@compiled
def _kernels(gaps: Any, narrow: Any, sum_narrow: Any, sum_wide: Any) -> Any:
    """Turn squared distances into both kernels, and add them to the columns' sums."""
    total_narrow, total_wide = 0.0, 0.0
    for t in range(gaps.size):
        gap = gaps[t] if gaps[t] < FARTHEST else FARTHEST
        # exp(-y) on [0, 3/8] within 2.3e-16, by interpolation at Chebyshev's points, and then
        # squared seven times: only products, which run four at a time.
        y = gap / 128
        wide = 0.0000244396396916822 - y * 0.00000228640806820063
        wide = 0.00138884739058101 + y * (y * wide - 0.000198255572547758)
        wide = 0.0416666659856689 + y * (y * wide - 0.00833332652682144)
        wide = 0.499999999998854 + y * (y * wide - 0.166666666627481)
        wide = 1.0 + y * (y * wide - 0.999999999999987)
        wide *= wide
        wide *= wide
        wide *= wide
        wide *= wide
        wide *= wide
        wide *= wide
        wide *= wide
        gaps[t] = wide
        total_wide += wide
        sum_wide[t] += wide
        wide *= wide
        wide *= wide
        narrow[t] = wide
        total_narrow += wide
        sum_narrow[t] += wide
    return total_narrow, total_wide


@compiled
def _add(narrow: Any, wide: Any, sum_narrow: Any, sum_wide: Any) -> Any:
    total_narrow, total_wide = 0.0, 0.0
    for t in range(wide.size):
        total_narrow += narrow[t]
        sum_narrow[t] += narrow[t]
        total_wide += wide[t]
        sum_wide[t] += wide[t]
    return total_narrow, total_wide


@compiled
def _add_pairs(columns: Any, starts: Any, labels: Any, codes: Any, sums: Any) -> None:
    """Add each pair of samples to both of its rows in `sums` (4, groups, n)."""
    d, _ = columns.shape
    space, other = np.empty(BLOCK), np.empty(BLOCK)
    for g in range(starts.size - 1):
        for h in range(g, starts.size - 1):
            for block in range(starts[h], starts[h + 1], BLOCK):
                stop = min(block + BLOCK, starts[h + 1])
                for i in range(starts[g], starts[g + 1]):
                    begin = max(block, i + 1)
                    if begin >= stop:
                        continue
                    wide, narrow = space[: stop - begin], other[: stop - begin]
                    wide[:] = 0.0
                    for axis in range(0, d, 4):
                        add_squares(columns, axis, i, begin, stop, wide)
                    into = sums[NARROW, g, begin:stop], sums[WIDE, g, begin:stop]
                    total_narrow, total_wide = _kernels(wide, narrow, *into)
                    sums[NARROW, h, i] += total_narrow
                    sums[WIDE, h, i] += total_wide
                    first = max(begin, labels[h, codes[i]])
                    last = max(first, min(stop, labels[h, codes[i] + 1]))
                    same = narrow[first - begin : last - begin], wide[first - begin : last - begin]
                    into = sums[NARROW_SAME, g, first:last], sums[WIDE_SAME, g, first:last]
                    total_narrow, total_wide = _add(*same, *into)
                    sums[NARROW_SAME, h, i] += total_narrow
                    sums[WIDE_SAME, h, i] += total_wide


@compiled
def kernel_entropies(
    columns: Any,
    starts: Any,
    labels: Any,
    codes: Any,
    label_count: Any,
    entropies: Any,
    groups: Any,
) -> None:
    """Mean of -ln of the mean kernel, for the four rows of the sums.

    Arguments:
        columns: (d, n) scaled samples in the order of `arrange`, d a multiple of 4.
        starts: (groups + 1,), from `arrange`.
        labels: (groups, classes + 1), from `arrange`.
        codes: (n,) labels in that order.
        label_count: (classes,).
        entropies: (4,), written.
        groups: (4, groups), written: mean influence of each group's samples, up to a constant.
    """
    n = codes.size
    count = starts.size - 1
    sums = np.zeros((4, count, n))
    for g in range(count):
        sums[:, g, starts[g] : starts[g + 1]] = 1.0
    _add_pairs(columns, starts, labels, codes, sums)
    inverse, surprise = np.empty(n), np.empty(n)
    for row in range(4):
        inverse[:] = 0.0
        for g in range(count):
            inverse += sums[row, g]
        for i in range(n):
            among = n if row in (NARROW, WIDE) else label_count[codes[i]]
            surprise[i] = np.log(among / inverse[i])
        inverse[:] = 1 / inverse
        entropies[row] = surprise.mean()
        for g in range(count):
            # A sample counts by its own term, and by its part in the terms of the others.
            own = surprise[starts[g] : starts[g + 1]].sum()
            groups[row, g] = (own - (sums[row, g] * inverse).sum()) / (starts[g + 1] - starts[g])
