"""Compiled products of small matrices with a batch, the parts of every pass through a network.

Activations are held as `(d, b)`, the batch last, so that every product and every activation runs
along contiguous rows that stay in cache. A layer's parameters are the matrix `[weight | bias]` of
shape `(outputs, inputs + 1)`; a row of ones under the activations answers to the bias.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ib_mlflow.networks.compiled.elementwise import SOFTMAX, activate, compiled, softmax

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TILE = 16  # rows of a product that are computed together


@compiled(cache=False)
def load(rows: NDArray[Any], indices: NDArray[np.uint32], a: NDArray[Any]) -> None:
    """Transpose some rows into a, eight at a time: what is written is then contiguous."""
    m, whole = rows.shape[1], indices.shape[0] // 8 * 8
    for j in range(0, whole, 8):
        r0, r1 = rows[indices[j]], rows[indices[j + 1]]
        r2, r3 = rows[indices[j + 2]], rows[indices[j + 3]]
        r4, r5 = rows[indices[j + 4]], rows[indices[j + 5]]
        r6, r7 = rows[indices[j + 6]], rows[indices[j + 7]]
        for i in range(m):
            out = a[i, j : j + 8]
            out[0], out[1], out[2], out[3] = r0[i], r1[i], r2[i], r3[i]
            out[4], out[5], out[6], out[7] = r4[i], r5[i], r6[i], r7[i]
    for j in range(whole, indices.shape[0]):
        a[:m, j] = rows[indices[j]]


@compiled(cache=False)
def multiply(w: NDArray[Any], a: NDArray[Any], z: NDArray[Any], b: int) -> None:
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
def outer(g: NDArray[Any], a: NDArray[Any], dw: NDArray[Any], b: int) -> None:
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
def forward(w: NDArray[Any], a: NDArray[Any], z: NDArray[Any], code: int, b: int) -> None:
    """Compute z, the activation of w a."""
    multiply(w, a, z, b)
    if code == SOFTMAX:
        softmax(z[: w.shape[0]], b)
    else:
        for o in range(w.shape[0]):
            activate(code, z[o], b)


@compiled(cache=False)
def orthonormalise(w: NDArray[Any], alpha: Any, gram: NDArray[Any], change: NDArray[Any]) -> None:
    """Compute W ← W − α (W Wᵀ − I) W, where W is all columns of w but the last, the biases.

    Reference:
        Cisse et al. (2017, arXiv:1704.08847), as Goldfeld et al. (ICLR 2019 submission,
        supplement 9.1) use it.
    """
    outputs, k, one = w.shape[0], w.shape[1] - 1, w.dtype.type(1)
    for s in range(outputs):
        for t in range(s + 1):
            total = w.dtype.type(0)
            for i in range(k):
                total += w[s, i] * w[t, i]
            gram[s, t] = gram[t, s] = total
        gram[s, s] -= one
    change[:] = w.dtype.type(0)
    for s in range(outputs):
        for t in range(outputs):
            for i in range(k):
                change[s, i] += gram[s, t] * w[t, i]
    for s in range(outputs):
        for i in range(k):
            w[s, i] -= alpha * change[s, i]
