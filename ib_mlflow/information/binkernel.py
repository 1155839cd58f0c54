"""The compiled part of the binning estimator: bin, group equal cells, sum the entropies."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from ib_mlflow.information.rowhash import compiled, group_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Columns of the results.
I_X, I_X_SE, I_Y, I_Y_SE, OCCUPIED, CLIPPED, OUTSIDE, REFUSED = range(8)
# How far past a range rounding may carry an activation, in units of the range's width.
ROUNDING = 1e-6
# Joint counts are kept in a table while it has at most this many places per row.
DENSE = 16

# Sums may be taken in any order, eight at a time; divisions into bins may not be touched.
summed = njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc"})


@lru_cache(maxsize=16)
def logarithms(n: int) -> NDArray[np.float64]:
    """Natural logarithms of 0..n, with 0 in place of log 0, shape (n + 1,)."""
    return np.log(np.maximum(np.arange(n + 1), 1))


@compiled
def label_codes(labels: Any) -> Any:
    """Labels (n,) int64 as codes from 0, and the number of rows of each code.

    The second is empty where the labels are spread too far to be counted in a table of n places.
    """
    n = labels.size
    lowest, highest = labels.min(), labels.max()
    codes = np.empty(n, np.int32)
    if np.uint64(highest) - np.uint64(lowest) >= np.uint64(n):
        return codes, np.empty(0, np.int32)
    count = np.zeros(highest - lowest + 1, np.int32)
    for i in range(n):
        codes[i] = labels[i] - lowest
        count[codes[i]] += 1
    return codes, count


@compiled
def bin_by_size(values: Any, size: Any, limit: Any, indices: Any) -> Any:
    """Write floor(value / size); return whether all indices are finite and within the limit."""
    wide = False
    for i in range(values.size):
        index = np.floor(values[i] / size)
        wide |= not (abs(index) < limit)
        indices[i] = index
    return not wide


@compiled
def bin_by_edges(values: Any, edges: Any, indices: Any) -> Any:
    """Write each value's bin between the edges; count those clipped and those truly outside.

    Returns:
        How many values were moved into the first or last bin, and how many of these lay further
        out than rounding explains; the second is -1 where a value is NaN or infinite.
    """
    last = edges.size - 2
    low, high = edges[0], edges[last + 1]
    per_unit = (last + 1) / (high - low)
    slack = ROUNDING * (high - low)
    clipped, outside = 0, 0
    for i in range(values.size):
        value = np.float64(values[i])
        if not abs(value) < np.inf:
            return clipped, -1
        if value < low or value > high:
            clipped += 1
            outside += value < low - slack or value > high + slack
            indices[i] = 0 if value < low else last
            continue
        index = min(np.int64((value - low) * per_unit), last)
        # The product may round across an edge; the edges themselves decide.
        while value < edges[index]:
            index -= 1
        while index < last and value >= edges[index + 1]:
            index += 1
        indices[i] = index
    return clipped, outside


@summed
def cell_entropy(count: Any, groups: Any, logs: Any) -> Any:
    """Entropy of the cells and its standard error, from their counts."""
    n = logs.size - 1
    mean = 0.0
    for cell in range(groups):
        mean += count[cell] * logs[count[cell]]
    mean /= n
    variance = 0.0
    for cell in range(groups):
        variance += count[cell] * (logs[count[cell]] - mean) ** 2
    return logs[n] - mean, np.sqrt(variance) / n


@compiled
def count_pairs(cell: Any, groups: Any, codes: Any, classes: Any, constants: Any) -> Any:
    """Number the pairs of cell and label (n,), and count the rows of each number."""
    n = cell.size
    pair = np.empty(n, np.int32)
    if groups * classes <= DENSE * n:
        joint = np.zeros(groups * classes, np.int32)
        for i in range(n):
            pair[i] = cell[i] * classes + codes[i]
            joint[pair[i]] += 1
        return pair, joint
    rows = np.empty((n, 2), np.int32)
    rows[:, 0], rows[:, 1] = cell, codes
    joint = np.empty(n, np.int32)
    group_rows(rows, constants, pair, np.empty(n, np.int32), joint)
    return pair, joint


@summed
def label_information(
    cell: Any, count: Any, codes: Any, label_count: Any, pair: Any, joint: Any, logs: Any
) -> Any:
    """Information between cell and label, and its standard error, from all counts."""
    n = cell.size
    surprise = np.empty(label_count.size)
    for label in range(label_count.size):
        surprise[label] = logs[n] - logs[label_count[label]]
    pointwise = np.empty(n)
    mean = 0.0
    for i in range(n):
        pointwise[i] = logs[joint[pair[i]]] - logs[count[cell[i]]] + surprise[codes[i]]
        mean += pointwise[i]
    mean /= n
    variance = 0.0
    for i in range(n):
        variance += (pointwise[i] - mean) ** 2
    return mean, np.sqrt(variance) / n


@compiled
def measure_layers(
    activations: Any,
    size: Any,
    limit: Any,
    edges: Any,
    codes: Any,
    label_count: Any,
    logs: Any,
    constants: Any,
    indices: Any,
    words: Any,
    begin: Any,
    end: Any,
    results: Any,
) -> None:
    """Measure layers begin..end of (batch, n, d) activations, a row of results each.

    Arguments:
        activations: (batch, n, d) float32 or float64, C order.
        size: the bin size, in the activations' own type; used where there are no edges.
        limit: the first index, in the same type, that `indices` cannot hold.
        edges: (bins + 1,) float64, or empty.
        codes: (n,) int32 label of each sample, from 0.
        label_count: (c,) int32 samples of each label.
        logs: from `logarithms(n)`.
        constants: from `hash_constants`, as many as `words` has columns and at least 2.
        indices: (n * d,) int32 or int64, to work in.
        words: the same memory as int32, (n, d) or (n, 2d).
        begin: the first layer.
        end: the layer after the last.
        results: (batch, 8) float64, written.
    """
    _, n, d = activations.shape
    cell, first, count = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    for layer in range(begin, end):
        values = activations[layer].reshape(n * d)
        row = results[layer]
        if edges.size:
            row[CLIPPED], row[OUTSIDE] = bin_by_edges(values, edges, indices)
            row[REFUSED] = row[OUTSIDE] < 0
        else:
            row[REFUSED] = not bin_by_size(values, size, limit, indices)
        if row[REFUSED]:
            continue
        groups = group_rows(words, constants, cell, first, count)
        pair, joint = count_pairs(cell, groups, codes, label_count.size, constants)
        row[OCCUPIED] = groups
        row[I_X], row[I_X_SE] = cell_entropy(count, groups, logs)
        row[I_Y], row[I_Y_SE] = label_information(
            cell, count, codes, label_count, pair, joint, logs
        )
