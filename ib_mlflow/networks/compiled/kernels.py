"""Compiled forward and backward passes of small fully connected networks.

One member at a time, whose buffers stay in cache. Members do not touch each other, so that no
result depends on how they are spread over threads.

Noise is β times standard normal draws that are functions of a stream `(3,)` of uint32 (two words of
key and one of counter), the position of the sample, the layer, from 1, and the unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.networks.compiled.elementwise import compiled, differentiate
from ib_mlflow.networks.compiled.moments import mark_weights, summarise, take
from ib_mlflow.networks.compiled.normals import GROUP, RUN, add_noise, fill
from ib_mlflow.networks.compiled.products import forward, load, multiply, orthonormalise, outer

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 256  # rows that `layer` takes at once, so that its buffers stay in cache
# numba's cache watches this file alone: a change of what it inlines must change these (tested)
INLINED_SHA256 = {
    "elementwise": "b19dc375db47db49",
    "moments": "8a32eb8c5b7ffe61",
    "normals": "de8c987bca798b29",
    "products": "a55cee8f645d0883",
}


@compiled(cache=True)
def layer(
    weights: NDArray[Any],
    inputs: NDArray[Any],
    outputs: NDArray[Any],
    code: int,
    number: int,
    beta: NDArray[Any],
    streams: NDArray[np.uint32],
    first: int,
    last: int,
) -> None:
    """One layer of blocks first..last-1, of the members' blocks counted one after another.

    Arguments:
        weights: `(e, d, inputs + 1)`.
        inputs: `(e, n, inputs)`, or `(1, n, inputs)` where all members see the same.
        outputs: `(e, n · repeats, d)`, filled; every input is taken `repeats` times in a row.
        code: the activation.
        number: the layer's, from 1.
        beta: `(e,)`, noise of the layer below, added to the inputs; 0 at the first layer.
        streams: `(e, 3)`, of the noise.
        first: the first block.
        last: one past the last block.
    """
    n, d = outputs.shape[1:]
    m, repeats, blocks = inputs.shape[2], n // inputs.shape[1], -(-n // BLOCK)
    a = np.ones((m + 1, BLOCK), outputs.dtype)
    z = np.empty((d, BLOCK), outputs.dtype)
    words, draws = np.empty((GROUP, RUN), np.uint32), np.empty((GROUP, RUN), np.float32)
    indices = np.empty(BLOCK, np.uint32)
    for block in range(first, last):
        e, start = block // blocks, block % blocks * BLOCK
        b = min(BLOCK, n - start)
        for j in range(b):
            indices[j] = (start + j) // repeats
        load(inputs[min(e, inputs.shape[0] - 1)], indices[:b], a)
        if beta[e] > 0:
            add_noise(a, a, m, beta[e], start, number - 1, streams[e], words, draws, b)
        forward(weights[e], a, z, code, b)
        for j in range(b):
            for o in range(d):
                outputs[e, start + j, o] = z[o, j]


@compiled(cache=True)
def descend(
    weights: NDArray[Any],
    velocity: NDArray[Any],
    inputs: NDArray[Any],
    labels: NDArray[np.uint32],
    orders: NDArray[np.uint32],
    batch_size: int,
    widths: NDArray[np.int64],
    codes: NDArray[np.int64],
    rates: NDArray[Any],
    beta: NDArray[Any],
    streams: NDArray[np.uint32],
    counts: NDArray[np.int64],
    along: NDArray[np.float64],
    deviation: NDArray[np.float64],
    first: int,
    last: int,
) -> None:
    """One epoch of minibatch gradient descent on the cross-entropy, for members first..last-1.

    Arguments:
        weights: `(e, p)`, a member's layers one after another; changed.
        velocity: `(e, p)`, changed.
        inputs: `(n, m)`.
        labels: `(e, n)`, below the last width.
        orders: `(e, n)`, each row a permutation of the samples.
        batch_size: samples of a step; the last step of the epoch takes what is left.
        widths: `(layers + 1,)`, from m to c.
        codes: `(layers,)`, the activations, the last one SOFTMAX.
        rates: `(e, 4)`, learning rate, momentum, weight decay and orthonormality.
        beta: `(e,)`, noise of every hidden layer.
        streams: `(e, 3)`, of the noise; a sample's position is that in the epoch's order.
        counts: `(shares,)`, minibatches of each share of the epoch whose gradients are compared;
            `(0,)` if none are.
        along: `(e, layers, shares)`, filled as `moments.summarise` says if there are shares.
        deviation: `(e, layers, shares)`, likewise.
        first: the first member.
        last: one past the last member.
    """
    n, depth, widest = inputs.shape[0], codes.shape[0], widths[1:].max()
    stride = (min(batch_size, n) // 16 + 2) * 16  # off the powers of two
    activations = np.ones((widths.sum() + depth + 1, stride), weights.dtype)
    # derivatives need the activations, products what the layer above has seen: with the noise
    noisy = np.ones((activations.shape[0] if beta[first:last].any() else 0, stride), weights.dtype)
    words, draws = np.empty((GROUP, RUN), np.uint32), np.empty((GROUP, RUN), np.float32)
    gradients = np.empty((2, widest, stride), weights.dtype)
    dw, transposed = np.empty_like(weights[0]), np.empty(widest * widest, weights.dtype)
    means = np.empty((counts.shape[0], weights.shape[1]), weights.dtype)
    within, keep = np.empty((counts.shape[0], depth), np.float64), np.empty_like(weights[0])
    mark_weights(widths, keep)
    one = weights.dtype.type(1)
    for e in range(first, last):
        w, v, part, seen = weights[e], velocity[e], 0, 0
        rate, momentum, decay, alpha = rates[e]
        entering = noisy if beta[e] > 0 else activations
        for start in range(0, n, batch_size):
            indices = orders[e, start : start + batch_size]
            b, row, at = indices.shape[0], widths[0] + 1, 0
            a = activations[:row]
            load(inputs, indices, a)
            for k in range(depth):
                i, o = widths[k] + 1, widths[k + 1]
                z = activations[row : row + o + 1]
                forward(w[at : at + o * i].reshape(o, i), a, z, codes[k], b)
                a = z
                if beta[e] > 0 and k < depth - 1:
                    a = noisy[row : row + o + 1]
                    add_noise(z, a, o, beta[e], start, k + 1, streams[e], words, draws, b)
                row, at = row + o + 1, at + o * i
            g = a[: widths[depth]]
            for j in range(b):
                g[labels[e, indices[j]], j] -= one
            for k in range(depth - 1, -1, -1):
                i, o = widths[k] + 1, widths[k + 1]
                row, at = row - o - 1, at - o * i
                a = entering[row - i : row] if k > 0 else activations[:row]
                outer(g, a, dw[at : at + o * i].reshape(o, i), b)
                if k > 0:
                    matrix = w[at : at + o * i].reshape(o, i)
                    wt = transposed[: o * (i - 1)].reshape(i - 1, o)
                    for s in range(i - 1):
                        for t in range(o):
                            wt[s, t] = matrix[t, s]
                    lower = gradients[k % 2, : i - 1]
                    multiply(wt, g, lower, b)
                    clean = activations[row - i : row]
                    for s in range(i - 1):
                        differentiate(codes[k - 1], clean[s], lower[s], b)
                    g = lower
            share = one / weights.dtype.type(b)
            if counts.shape[0] > 0:
                part, seen = (part + 1, 0) if seen == counts[part] else (part, seen)
                take(dw, b, widths, keep, seen, means[part], within[part])
                seen += 1
            for q in range(w.shape[0]):
                v[q] = momentum * v[q] + share * dw[q] + decay * w[q]
                w[q] -= rate * v[q]
            if alpha > 0:
                for k in range(depth):
                    i, o = widths[k] + 1, widths[k + 1]
                    matrix, change = w[at : at + o * i], dw[at : at + o * i]
                    gram = transposed[: o * o].reshape(o, o)
                    orthonormalise(matrix.reshape(o, i), alpha, gram, change.reshape(o, i))
                    at += o * i
        if counts.shape[0] > 0:
            summarise(means, within, counts, widths, keep, along[e], deviation[e])


@compiled(cache=True)
def draw(
    draws: NDArray[np.float32],
    start: int,
    layer: int,
    streams: NDArray[np.uint32],
    first: int,
    last: int,
) -> None:
    """Fill draws `(e, n, d)`, for members first..last-1, with those of the noise in `descend`."""
    words, z = np.empty((GROUP, RUN), np.uint32), np.empty((GROUP, RUN), np.float32)
    for e in range(first, last):
        fill(draws[e], start, layer, streams[e], words, z)
