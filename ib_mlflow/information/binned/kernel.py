"""The compiled part of the binning estimator: bin, group equal cells, sum the entropies."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from ib_mlflow.information.binned.chance import information_by_chance, label_entropy
from ib_mlflow.information.binned.placing import (
    LARGE,
    UNNUMBERED,
    bin_by_edges,
    bin_by_size,
    bin_by_steps,
)
from ib_mlflow.information.discrete.rowhash import (
    compiled,
    digit_limit,
    group_digits,
    group_rows,
)
from ib_mlflow.information.inputs.labels import chance_information

if TYPE_CHECKING:
    from numpy.typing import NDArray

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {
    "binned/chance": "daff2ac7769fb525",
    "binned/placing": "e93aea876850de59",
    "discrete/rowhash": "bdc74e5509ff056a",
    "inputs/labels": "7a4056642586d96c",
}
# Rows of the results.
I_X, I_X_SE, I_Y, I_Y_SE, OCCUPIED, CLIPPED, CHANCE, ON_EDGES, BY_CHANCE, H_Y = range(10)
ROWS = 10
# Joint counts are kept in a table while it has at most this many places per sample.
DENSE = 16
# Terms added up before their sum joins the total, so that rounding does not grow with n.
BLOCK = 256


@lru_cache(maxsize=4)
def logarithms(n: int) -> NDArray[np.float64]:
    """Natural logarithms of 0..n, with 0 in place of log 0, shape (n + 1,)."""
    return np.log(np.maximum(np.arange(n + 1), 1))


@compiled
def label_codes(labels: Any) -> Any:
    """Labels (n,) int64 as codes (n,) from 0, and the number of samples of each code (c,)."""
    n = labels.size
    codes, count = np.empty(n, np.uint32), np.zeros(n, np.uint32)
    lowest, highest = labels[0], labels[0]
    for i in range(n):
        lowest, highest = min(lowest, labels[i]), max(highest, labels[i])
    # Unsigned, because the difference of two int64 may not fit.
    if np.uint64(highest) - np.uint64(lowest) < np.uint64(n):
        for i in range(n):
            codes[i] = labels[i] - lowest
            count[codes[i]] += np.uint32(1)
        return codes, count[: highest - lowest + 1]
    words = labels.view(np.int32).reshape(n, 2)
    classes = group_rows(words, codes, np.empty(n, np.uint32), count)
    return codes, count[:classes]


@compiled
def count_pairs(cell: Any, groups: Any, codes: Any, classes: Any) -> Any:
    """Number the pairs of cell and label (n,), and count the samples of each number."""
    n = cell.size
    pair = np.empty(n, np.uint32)
    if groups * classes <= DENSE * n:
        joint = np.zeros(groups * classes, np.uint32)
        for i in range(n):
            pair[i] = cell[i] * classes + codes[i]
            joint[pair[i]] += np.uint32(1)
        return pair, joint
    rows = np.empty((n, 2), np.int32)
    rows[:, 0], rows[:, 1] = cell, codes
    joint = np.empty(n, np.uint32)
    group_rows(rows, pair, np.empty(n, np.uint32), joint)
    return pair, joint


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc"})  # sums in vectors
def sum_pointwise(
    cell: Any, count: Any, codes: Any, label_count: Any, pair: Any, joint: Any, logs: Any
) -> Any:
    """Entropy of the cells and information between cell and label, each with its standard error.

    They are the means over the samples of -ln p(t) and of ln p(t, y) / p(t) p(y).
    """
    n = cell.size
    surprise = np.empty(label_count.size)
    for label in range(label_count.size):
        surprise[label] = logs[n] - logs[label_count[label]]
    # Terms are taken relative to the first sample's: where all are equal the error is exactly 0.
    base_x = logs[count[cell[0]]]
    base_y = logs[joint[pair[0]]] - base_x + surprise[codes[0]]
    x, xx, y, yy = 0.0, 0.0, 0.0, 0.0
    for start in range(0, n, BLOCK):
        sum_x, sum_xx, sum_y, sum_yy = 0.0, 0.0, 0.0, 0.0
        for i in range(start, min(start + BLOCK, n)):
            term_x = logs[count[cell[i]]]
            term_y = logs[joint[pair[i]]] - term_x + surprise[codes[i]] - base_y
            term_x -= base_x
            sum_x += term_x
            sum_xx += term_x * term_x
            sum_y += term_y
            sum_yy += term_y * term_y
        x, xx, y, yy = x + sum_x, xx + sum_xx, y + sum_y, yy + sum_yy
    x, xx, y, yy = x / n, xx / n, y / n, yy / n
    x_se, y_se = np.sqrt(max(xx - x * x, 0.0) / n), np.sqrt(max(yy - y * y, 0.0) / n)
    return logs[n] - base_x - x, x_se, base_y + y, y_se


@compiled
def measure_cells(
    words: Any,
    status: Any,
    codes: Any,
    label_count: Any,
    logs: Any,
    of_size: Any,
    layer: Any,
    results: Any,
) -> None:
    """Measure one layer from its bin indices, and write its column of the results.

    Arguments:
        words: (n, d) int32, a row per cell.
        status: with LARGE where an index may be too large for `group_digits`.
        codes: (n,) label of each sample, from 0.
        label_count: (c,) samples of each label.
        logs: from `logarithms(n)`.
        of_size: as `information_by_chance` fills it, the same for all layers.
        layer: the column.
        results: (ROWS, batch) float64, written.
    """
    n = words.shape[0]
    cell, first, count = np.empty(n, np.uint32), np.empty(n, np.uint32), np.empty(n, np.uint32)
    if status & LARGE:
        groups = group_rows(words, cell, first, count)
    else:
        groups = group_digits(words, cell, first, count)
    pair, joint = count_pairs(cell, groups, codes, label_count.size)
    sums = sum_pointwise(cell, count, codes, label_count, pair, joint, logs)
    results[I_X, layer], results[I_X_SE, layer] = sums[0], sums[1]
    results[I_Y, layer], results[I_Y_SE, layer] = sums[2], sums[3]
    results[OCCUPIED, layer] = groups
    h_y = label_entropy(label_count, logs)
    results[H_Y, layer] = h_y
    results[BY_CHANCE, layer] = information_by_chance(
        count[:groups], label_count, h_y, logs, of_size
    )


@compiled
def measure_layers(
    activations: Any,
    labels: Any,
    bin_size: Any,
    edges: Any,
    logs: Any,
    begin: Any,
    end: Any,
    results: Any,
) -> Any:
    """Measure layers begin..end of (batch, n, d) activations, a column of results each.

    Arguments:
        activations: (batch, n, d) float32 or float64, C order.
        labels: (n,) int64.
        bin_size: the width of the bins; 0 where all their edges are given.
        edges: (bins + 1,) float64; or, of bins of a size, the outer borders (2,), or empty.
        logs: from `logarithms(n)`.
        begin: the first layer.
        end: the layer after the last.
        results: (ROWS, batch) float64, written.

    Returns:
        UNNUMBERED and OUTSIDE, added where both were found; where UNNUMBERED was, the results
        from that layer on are not written.
    """
    _, n, d = activations.shape
    codes, label_count = label_codes(labels)
    results[CHANCE, begin:end] = chance_information(label_count)
    limit, large = 2.0**31, float(digit_limit(n, d))
    words, of_size = np.empty((n, d), np.int32), np.full(n + 1, np.nan)
    problems = 0
    for layer in range(begin, end):
        values, indices = activations[layer].reshape(n * d), words.reshape(n * d)
        if edges.size and bin_size:
            clipped, on_edges, status = bin_by_steps(values, bin_size, edges, large, indices)
        elif edges.size:
            clipped, on_edges, status = bin_by_edges(values, edges, large, indices)
        else:
            clipped = 0
            on_edges, status = bin_by_size(values, bin_size, limit, large, indices)
        results[CLIPPED, layer], results[ON_EDGES, layer] = clipped, on_edges
        problems |= status & ~LARGE
        if status & UNNUMBERED:
            break
        measure_cells(words, status, codes, label_count, logs, of_size, layer, results)
    return problems
