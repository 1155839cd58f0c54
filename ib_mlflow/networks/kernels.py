"""Compiled forward and backward passes of small fully connected networks.

One member at a time, the batch last: activations are held as `(d, b)`, so that every product and
every activation runs along contiguous rows that stay in cache. A layer's parameters are the matrix
`[weight | bias]` of shape `(outputs, inputs + 1)`; a row of ones under the activations answers to
the bias. Members do not touch each other, so that no result depends on how they are spread over
threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.networks.elementwise import SOFTMAX, activate, compiled, differentiate, softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILE = 16  # rows of a product that are computed together
BLOCK = 256  # rows that `layer` takes at once, so that its buffers stay in cache
# numba's cache watches this file alone: a change of elementwise.py must change this line (tested)
ELEMENTWISE_SHA256 = "b2eb783a2a743a3c"


@compiled(cache=False)
def _load(rows: NDArray[Any], chosen: NDArray[np.uint32], a: NDArray[Any]) -> None:
    """Transpose the chosen rows into a, eight at a time: what is written is then contiguous."""
    m, whole = rows.shape[1], chosen.shape[0] // 8 * 8
    for j in range(0, whole, 8):
        r0, r1, r2, r3 = (
            rows[chosen[j]],
            rows[chosen[j + 1]],
            rows[chosen[j + 2]],
            rows[chosen[j + 3]],
        )
        r4, r5, r6, r7 = (
            rows[chosen[j + 4]],
            rows[chosen[j + 5]],
            rows[chosen[j + 6]],
            rows[chosen[j + 7]],
        )
        for i in range(m):
            out = a[i, j : j + 8]
            out[0], out[1], out[2], out[3] = r0[i], r1[i], r2[i], r3[i]
            out[4], out[5], out[6], out[7] = r4[i], r5[i], r6[i], r7[i]
    for j in range(whole, chosen.shape[0]):
        a[:m, j] = rows[chosen[j]]


@compiled(cache=False)
def _multiply(w: NDArray[Any], a: NDArray[Any], z: NDArray[Any], b: int) -> None:
    """Compute z = w a, four rows of a at a time; past the last, one is read with weight 0."""
    k, outputs, zero = a.shape[0] - 1, w.shape[0], w.dtype.type(0)
    z[:outputs, :b] = zero
    for above in range(0, outputs, TILE):  # few rows of z at a time, so that they stay in cache
        for i in range(0, k + 1, 4):
            i1, i2, i3 = min(i + 1, k), min(i + 2, k), min(i + 3, k)
            a0, a1, a2, a3 = a[i], a[i1], a[i2], a[i3]
            for o in range(above, min(above + TILE, outputs)):
                w0 = w[o, i]
                w1 = w[o, i1] if i1 > i else zero
                w2 = w[o, i2] if i2 > i1 else zero
                w3 = w[o, i3] if i3 > i2 else zero
                out = z[o]
                for j in range(b):
                    out[j] += w0 * a0[j] + w1 * a1[j] + w2 * a2[j] + w3 * a3[j]


@compiled(cache=False)
def _outer(g: NDArray[Any], a: NDArray[Any], dw: NDArray[Any], b: int) -> None:
    """Compute dw = g aᵀ in tiles of two by four; past the last row a row is computed again."""
    k, outputs, zero = a.shape[0] - 1, g.shape[0], a.dtype.type(0)
    for above in range(0, outputs, TILE):
        for i in range(0, k + 1, 4):
            i1, i2, i3 = min(i + 1, k), min(i + 2, k), min(i + 3, k)
            a0, a1, a2, a3 = a[i], a[i1], a[i2], a[i3]
            for o in range(above, min(above + TILE, outputs), 2):
                o1 = min(o + 1, outputs - 1)
                g0, g1 = g[o], g[o1]
                s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = zero
                for j in range(b):
                    s0 += g0[j] * a0[j]
                    s1 += g0[j] * a1[j]
                    s2 += g0[j] * a2[j]
                    s3 += g0[j] * a3[j]
                    t0 += g1[j] * a0[j]
                    t1 += g1[j] * a1[j]
                    t2 += g1[j] * a2[j]
                    t3 += g1[j] * a3[j]
                dw[o, i3], dw[o, i2], dw[o, i1], dw[o, i] = s3, s2, s1, s0
                dw[o1, i3], dw[o1, i2], dw[o1, i1], dw[o1, i] = t3, t2, t1, t0


@compiled(cache=False)
def _forward(w: NDArray[Any], a: NDArray[Any], z: NDArray[Any], code: int, b: int) -> None:
    _multiply(w, a, z, b)
    if code == SOFTMAX:
        softmax(z[: w.shape[0]], b)
    else:
        for o in range(w.shape[0]):
            activate(code, z[o], b)


@compiled(cache=True)
def layer(
    weights: NDArray[Any],
    inputs: NDArray[Any],
    outputs: NDArray[Any],
    code: int,
    first: int,
    last: int,
) -> None:
    """One layer of the members first..last-1.

    Arguments:
        weights: `(e, d, inputs + 1)`.
        inputs: `(e, n, inputs)`, or `(1, n, inputs)` where all members see the same.
        outputs: `(e, n, d)`, filled.
        code: the activation.
        first: the first member.
        last: one past the last member.
    """
    n, d = outputs.shape[1:]
    a = np.ones((inputs.shape[2] + 1, BLOCK), outputs.dtype)
    z = np.empty((d, BLOCK), outputs.dtype)
    chosen = np.arange(n).astype(np.uint32)
    for e in range(first, last):
        for start in range(0, n, BLOCK):
            b = min(BLOCK, n - start)
            _load(inputs[min(e, inputs.shape[0] - 1)], chosen[start : start + b], a)
            _forward(weights[e], a, z, code, b)
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
    first: int,
    last: int,
) -> None:
    """One epoch of minibatch gradient descent on the cross-entropy, for members first..last-1.

    Arguments:
        weights: `(e, p)`, a member's layers one after another; changed.
        velocity: `(e, p)`, changed.
        inputs: `(n, m)`.
        labels: `(n,)`, below the last width.
        orders: `(e, n)`, each row a permutation of the samples.
        batch_size: samples of a step; the last step of the epoch takes what is left.
        widths: `(layers + 1,)`, from m to c.
        codes: `(layers,)`, the activations, the last one SOFTMAX.
        rates: `(e, 3)`, learning rate, momentum and weight decay.
        first: the first member.
        last: one past the last member.
    """
    n, depth, widest = inputs.shape[0], codes.shape[0], widths[1:].max()
    stride = (min(batch_size, n) // 16 + 2) * 16  # off the powers of two
    activations = np.ones((widths.sum() + depth + 1, stride), weights.dtype)
    gradients = np.empty((2, widest, stride), weights.dtype)
    dw, transposed = np.empty_like(weights[0]), np.empty(widest * widest, weights.dtype)
    one = weights.dtype.type(1)
    for e in range(first, last):
        w, v = weights[e], velocity[e]
        rate, momentum, decay = rates[e]
        for start in range(0, n, batch_size):
            chosen = orders[e, start : start + batch_size]
            b, row, at = chosen.shape[0], widths[0] + 1, 0
            a = activations[:row]
            _load(inputs, chosen, a)
            for k in range(depth):
                i, o = widths[k] + 1, widths[k + 1]
                z = activations[row : row + o + 1]
                _forward(w[at : at + o * i].reshape(o, i), a, z, codes[k], b)
                a, row, at = z, row + o + 1, at + o * i
            g = a[: widths[depth]]
            for j in range(b):
                g[labels[chosen[j]], j] -= one
            for k in range(depth - 1, -1, -1):
                i, o = widths[k] + 1, widths[k + 1]
                row, at = row - o - 1, at - o * i
                a = activations[row - i : row]
                _outer(g, a, dw[at : at + o * i].reshape(o, i), b)
                if k > 0:
                    matrix = w[at : at + o * i].reshape(o, i)
                    wt = transposed[: o * (i - 1)].reshape(i - 1, o)
                    for s in range(i - 1):
                        for t in range(o):
                            wt[s, t] = matrix[t, s]
                    lower = gradients[k % 2, : i - 1]
                    _multiply(wt, g, lower, b)
                    for s in range(i - 1):
                        differentiate(codes[k - 1], a[s], lower[s], b)
                    g = lower
            share = one / weights.dtype.type(b)
            for q in range(w.shape[0]):
                v[q] = momentum * v[q] + share * dw[q] + decay * w[q]
                w[q] -= rate * v[q]
