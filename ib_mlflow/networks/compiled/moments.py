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
def take(
    dw: NDArray[Any],
    factor: Any,
    widths: NDArray[np.int64],
    seen: int,
    mean: NDArray[Any],
    within: NDArray[np.float64],
) -> None:
    """Take the gradient factor · dw into the mean `(p,)` of `seen` others of its share.

    Arguments:
        dw: `(p,)`, a member's layers one after another, each `[weight | bias]`.
        factor: what makes the gradient of the mean loss of it.
        widths: `(layers + 1,)`.
        seen: gradients of the share until now; with 0 the share begins anew.
        mean: `(p,)`, changed.
        within: `(layers,)`, sums of squared distances from the share's mean; changed.
    """
    weight = dw.dtype.type(1) / dw.dtype.type(seen + 1)
    if seen == 0:
        mean[:] = dw.dtype.type(0)
        within[:] = 0.0
    at = 0
    for k in range(within.shape[0]):
        i, total = widths[k] + 1, 0.0
        for _ in range(widths[k + 1]):
            for q in range(at, at + i - 1):
                change = factor * dw[q] - mean[q]
                mean[q] += weight * change
                total += np.float64(change) * np.float64(change)
            at += i
        within[k] += total * seen / (seen + 1)


@compiled(cache=False)
def summarise(
    means: NDArray[Any],
    within: NDArray[np.float64],
    counts: NDArray[np.int64],
    widths: NDArray[np.int64],
    along: NDArray[np.float64],
    deviation: NDArray[np.float64],
) -> None:
    """Compare each share with the mean over all minibatches.

    Arguments:
        means: `(shares, p)`.
        within: `(shares, layers)`.
        counts: `(shares,)`, minibatches of each.
        widths: `(layers + 1,)`.
        along: `(layers, shares)`, filled: the share's mean along the direction of the whole mean.
        deviation: `(layers, shares)`, filled: root mean squared distance of the share's gradients
            from the whole mean.
    """
    factors, seen, at = np.empty(counts.shape[0]), 0, 0
    for b in range(counts.shape[0]):
        seen += counts[b]
        factors[b] = counts[b] / seen
    for k in range(along.shape[0]):
        i, o = widths[k] + 1, widths[k + 1]
        squared = 0.0
        for b in range(counts.shape[0]):
            along[k, b] = deviation[k, b] = 0.0
        for row in range(at, at + o * i, i):
            for q in range(row, row + i - 1):
                whole = 0.0
                for b in range(counts.shape[0]):
                    whole += (means[b, q] - whole) * factors[b]
                squared += whole * whole
                for b in range(counts.shape[0]):
                    along[k, b] += means[b, q] * whole
                    deviation[k, b] += (means[b, q] - whole) ** 2
        for b in range(counts.shape[0]):
            # written so that NaN stays NaN, and a mean of exactly 0 has no direction
            along[k, b] = 0.0 if squared == 0 else along[k, b] / math.sqrt(squared)
            deviation[k, b] = math.sqrt(deviation[k, b] + within[b, k] / counts[b])
        at += o * i
