"""Compiled activations, their derivatives and the softmax, along contiguous rows of a batch.

float64 is exact to rounding. In float32, where speed counts, the hyperbolic tangent is off by at
most 4e-7 (it reaches ±1 exactly and never passes it), the logistic function and the exponential by
4e-7 of their value, and exponents are clamped at -60: products with denormal numbers are slow.
Nothing assumes finite numbers: a member that diverges turns into NaN and stays so.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numba import njit, types
from numba.extending import overload

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

TANH, RELU, LEAKY_RELU, LINEAR, SIGMOID, SOFTMAX = range(6)
LEAK = 0.01  # torch.nn.LeakyReLU's default slope

_F = TypeVar("_F", bound="Callable[..., Any]")
_MATH: Any = {"fastmath": {"reassoc", "contract", "nsz"}, "error_model": "numpy"}


def compiled(*, cache: bool, inline: bool = False) -> Callable[[_F], _F]:
    """Compile without the interpreter's lock; sums may be reordered, NaN and inf are respected.

    A loop that calls a large function is vectorised only if that is asked to be inlined.
    """

    def decorate(function: _F) -> _F:
        return cast("_F", njit(nogil=True, cache=cache, forceinline=inline, **_MATH)(function))

    return decorate


def _float32(*numbers: float) -> tuple[Any, ...]:
    return tuple(np.float32(number) for number in numbers)


def _tanh(x: Any) -> Any:
    return math.tanh(x)


def _exp(x: Any) -> Any:
    return math.exp(x)


@overload(_tanh, jit_options=_MATH)
def _tanh_of(x: Any) -> Any:
    if x is not types.float32:
        return _tanh
    one, bound = _float32(1, 9.02)
    # Minimax rational function of x² for tanh(x)/x on [0, 9.02], relative error 1e-8, found by
    # linear programming; at the bound it is 1 + 4e-7, so that saturation survives rounding.
    p = _float32(0.134195566, 0.00354160415, 2.13796266e-05, 1.44573926e-08)
    q = _float32(0.467528760, 0.0260513630, 0.000336141267, 8.21984031e-07)

    def fast(x: Any) -> Any:
        x = bound if x > bound else x  # written so that NaN passes
        x = -bound if x < -bound else x
        s = x * x
        y = x * ((((p[3] * s + p[2]) * s + p[1]) * s + p[0]) * s + one)
        y /= (((q[3] * s + q[2]) * s + q[1]) * s + q[0]) * s + one
        y = one if y > one else y
        return -one if y < -one else y

    return fast


@overload(_exp, jit_options=_MATH)
def _exp_of(x: Any) -> Any:
    if x is not types.float32:
        return _exp
    one, half, low = _float32(1, 0.5, -60)
    per_ln2, ln2_high, ln2_low = _float32(1.44269504, 0.693359375, -2.1219444e-4)
    c = _float32(1 / 6, 1 / 24, 1 / 120, 1 / 720)
    bias, mantissa = np.int32(127), np.int32(23)

    def fast(x: Any) -> Any:  # x ≤ 0: 2^k times the Taylor series of the rest, |rest| ≤ ln(2)/2
        x = low if x < low else x
        k = np.floor(x * per_ln2 + half)
        r = x - k * ln2_high - k * ln2_low
        y = (((((c[3] * r + c[2]) * r + c[1]) * r + c[0]) * r + half) * r + one) * r + one
        return y * np.int32((np.int32(k) + bias) << mantissa).view(np.float32)

    return fast


@compiled(cache=False)
def activate(code: int, z: NDArray[Any], b: int) -> None:
    """Replace z[:b] by its activation."""
    zero, one, leak = z.dtype.type(0), z.dtype.type(1), z.dtype.type(LEAK)
    if code == TANH:
        for j in range(b):
            z[j] = _tanh(z[j])
    elif code == RELU:
        for j in range(b):
            z[j] = zero if z[j] < zero else z[j]
    elif code == LEAKY_RELU:
        for j in range(b):
            z[j] = leak * z[j] if z[j] < zero else z[j]
    elif code == SIGMOID:
        for j in range(b):
            e = _exp(-abs(z[j]))
            z[j] = (e if z[j] < zero else one) / (one + e)


@compiled(cache=False)
def differentiate(code: int, a: NDArray[Any], g: NDArray[Any], b: int) -> None:
    """Multiply the gradient g[:b] by the activation's derivative, where it came to a[:b]."""
    zero, one, leak = a.dtype.type(0), a.dtype.type(1), a.dtype.type(LEAK)
    if code == TANH:
        for j in range(b):
            g[j] *= one - a[j] * a[j]
    elif code == RELU:
        for j in range(b):
            g[j] = g[j] if a[j] > zero else zero
    elif code == LEAKY_RELU:
        for j in range(b):
            g[j] = g[j] if a[j] > zero else leak * g[j]
    elif code == SIGMOID:
        for j in range(b):
            g[j] *= a[j] * (one - a[j])


@compiled(cache=False)
def softmax(z: NDArray[Any], b: int) -> None:
    """Replace the columns of z[:, :b], shape (c, b), by their softmax."""
    top, total = z[0, :b].copy(), np.zeros(b, z.dtype)
    for c in range(1, z.shape[0]):
        for j in range(b):
            top[j] = z[c, j] if z[c, j] > top[j] else top[j]
    for c in range(z.shape[0]):
        for j in range(b):
            z[c, j] = _exp(z[c, j] - top[j])
            total[j] += z[c, j]
    for c in range(z.shape[0]):
        for j in range(b):
            z[c, j] /= total[j]
