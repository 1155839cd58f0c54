"""Compiled means and spreads of the gradients of an epoch's minibatches, of one member.

The minibatches of an epoch are dealt to shares that follow one another. A running mean for each
share and one sum of squares for each share and layer are all that is kept (Welford 1962), so that
nothing cancels: a single minibatch has a spread of exactly 0. Means are held in the network's
precision, sums of squares in float64. Biases are no part of a layer's weights.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.networks.compiled.elementwise import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray


@compiled(cache=False)
def mark_weights(widths: NDArray[np.int64], keep: NDArray[Any]) -> None:
    """Fill keep `(p,)` with 1 at the weights and 0 at the biases of a member's layers."""
    at = 0
    keep[:] = keep.dtype.type(1)
    for k in range(widths.shape[0] - 1):
        for _ in range(widths[k + 1]):
            at += widths[k] + 1
            keep[at - 1] = keep.dtype.type(0)


@compiled(cache=False)
def take(
    dw: NDArray[Any],
    b: int,
    widths: NDArray[np.int64],
    keep: NDArray[Any],
    seen: int,
    mean: NDArray[Any],
    within: NDArray[np.float64],
) -> None:
    """Take the gradient dw / b into the mean `(p,)` of `seen` others of its share.

    Arguments:
        dw: `(p,)`, a member's layers one after another, each `[weight | bias]`.
        b: samples of the minibatch, over which dw is a sum.
        widths: `(layers + 1,)`.
        keep: `(p,)`, from `mark_weights`.
        seen: gradients of the share until now; with 0 the share begins anew.
        mean: `(p,)`, changed.
        within: `(layers,)`, sums of squared distances from the share's mean; changed.
    """
    # not times 1 / b: a factor that the step shares would let it be compiled to other roundings
    size, weight = dw.dtype.type(b), dw.dtype.type(1) / dw.dtype.type(seen + 1)
    if seen == 0:
        mean[:] = dw.dtype.type(0)
        within[:] = 0.0
    at = 0
    for k in range(within.shape[0]):
        entries, total = (widths[k] + 1) * widths[k + 1], 0.0
        for q in range(at, at + entries):
            change = dw[q] / size - mean[q]
            mean[q] += weight * change
            change *= keep[q]
            total += np.float64(change) * np.float64(change)
        within[k] += total * seen / (seen + 1)
        at += entries


@compiled(cache=False)
def summarise(
    means: NDArray[Any],
    within: NDArray[np.float64],
    counts: NDArray[np.int64],
    widths: NDArray[np.int64],
    keep: NDArray[Any],
    along: NDArray[np.float64],
    deviation: NDArray[np.float64],
) -> None:
    """Compare each share with the mean over all minibatches.

    Arguments:
        means: `(shares, p)`.
        within: `(shares, layers)`.
        counts: `(shares,)`, minibatches of each.
        widths: `(layers + 1,)`.
        keep: `(p,)`, from `mark_weights`.
        along: `(layers, shares)`, filled: the share's mean along the direction of the whole mean.
        deviation: `(layers, shares)`, filled: root mean squared distance of the share's gradients
            from the whole mean.
    """
    whole, seen = np.zeros(means.shape[1]), 0
    for b in range(counts.shape[0]):
        seen += counts[b]
        mean, factor = means[b], counts[b] / seen
        for q in range(whole.shape[0]):
            whole[q] += (mean[q] - whole[q]) * factor
    at = 0
    for k in range(along.shape[0]):
        last, squared = at + (widths[k] + 1) * widths[k + 1], 0.0
        for q in range(at, last):
            whole[q] *= keep[q]
            squared += whole[q] * whole[q]
        length = math.sqrt(squared)
        for b in range(counts.shape[0]):
            mean, product, apart = means[b], 0.0, 0.0
            for q in range(at, last):
                entry = np.float64(mean[q]) * keep[q]
                product += entry * whole[q]
                apart += (entry - whole[q]) * (entry - whole[q])
            # written so that NaN stays NaN; a mean of exactly 0 has no direction
            along[k, b] = 0.0 if length == 0 else product / length
            deviation[k, b] = math.sqrt(apart + within[b, k] / counts[b])
        at = last
