"""What cells tell of labels that were dealt out to them at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from ib_mlflow.information.discrete.rowhash import compiled

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"discrete/rowhash": "bdc74e5509ff056a"}
# Counts less likely than the likeliest by this factor are left out of a mean.
NEGLIGIBLE = 1e-12


@compiled
def label_entropy(label_count: Any, logs: Any) -> Any:
    """H(Y) of labels (c,) counted, in nats; logs from `logarithms(n)`."""
    n, entropy = logs.size - 1, 0.0
    for label in range(label_count.size):
        entropy += label_count[label] / n * (logs[n] - logs[label_count[label]])
    return entropy


@compiled
def information_of_cell(size: Any, label_count: Any, h_y: Any, logs: Any) -> Any:
    """How far the entropy of the labels in a cell lies below H(Y), in the mean over permutations.

    Of each label the cell has a hypergeometric number j, whose mean of j ln j is summed from its
    likeliest value outwards.

    Reference:
        Vinh, Epps & Bailey (2010), "Information theoretic measures for clusterings comparison",
        JMLR 11, equation 24a: the mean of the information between two random clusterings.

    Arguments:
        size: samples in the cell, at least 1.
        label_count: (c,) samples of each label.
        h_y: H(Y), nats.
        logs: from `logarithms(n)`.

    Returns:
        Nats: H(Y) of a cell of one sample, 0 of one that holds all.
    """
    n, total = logs.size - 1, 0.0
    for label in range(label_count.size):
        count = np.int64(label_count[label])
        lowest, highest = max(0, size + count - n), min(size, count)
        likeliest = (size + 1) * (count + 1) // (n + 2)
        mass, weighted = 1.0, likeliest * logs[likeliest]
        weight, j = 1.0, likeliest
        while j < highest and weight > NEGLIGIBLE:
            weight *= (count - j) * (size - j) / ((j + 1) * (n - count - size + j + 1))
            j += 1
            mass += weight
            weighted += weight * j * logs[j]
        weight, j = 1.0, likeliest
        while j > lowest and weight > NEGLIGIBLE:
            weight *= j * (n - count - size + j) / ((count - j + 1) * (size - j + 1))
            j -= 1
            mass += weight
            weighted += weight * j * logs[j]
        total += weighted / mass
    return h_y - logs[size] + total / size


@compiled
def information_by_chance(
    cell_count: Any, label_count: Any, h_y: Any, logs: Any, of_size: Any
) -> Any:
    """I(T;Y) between cells and labels in the mean over all permutations of the labels.

    Arguments:
        cell_count: (cells,) samples of each cell.
        label_count: (c,) samples of each label.
        h_y: H(Y), nats.
        logs: from `logarithms(n)`.
        of_size: (n + 1,) what `information_of_cell` says of each size, NaN where it was not asked
            yet; filled in.

    Returns:
        Nats, from 0 to H(Y); to first order (cells - 1) (c - 1) / 2n.
    """
    n, information = logs.size - 1, 0.0
    if h_y == 0.0:
        return 0.0
    for cell in range(cell_count.size):
        size = np.int64(cell_count[cell])
        if np.isnan(of_size[size]):
            of_size[size] = information_of_cell(size, label_count, h_y, logs)
        information += size / n * of_size[size]
    return information
