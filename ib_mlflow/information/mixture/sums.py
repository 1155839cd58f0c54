"""Compiled sums of Gaussian kernels, every pair evaluated, in units of the kernel's deviation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba.extending
import numpy as np
from numba import njit, types

if TYPE_CHECKING:
    from collections.abc import Callable

# Called with numbers and arrays where compiled, while here they take their types.
intrinsic: Callable[[Any], Any] = numba.extending.intrinsic

LENGTH = 512  # terms of a sum that are taken at once, so that their buffer stays in cache
TOGETHER = 16  # queries that share a run of LENGTH points while it is in cache
# Exponents are taken relative to one that is near the largest. Below LOWEST they add nothing to the
# sum, and their exponentials would near the denormal numbers, which processors handle slowly. None
# may be above HIGHEST, and those that are added above LARGE, so that sums are numbers, too.
LOWEST, LARGE, HIGHEST = -600.0, 300.0, 600.0
# Up to so many dimensions a draw is near its centre, and the largest exponent is not looked for
# before the sum turns out to be small.
NEAR_DIMENSIONS = 16

# Said, because a function that does not say inherits it from the first caller that compiles it.
compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath=False)
# Sums may be taken in any order, several terms at a time; there are no NaN.
summing = njit(
    cache=True,
    nogil=True,
    error_model="numpy",
    fastmath={"reassoc", "contract", "nsz", "nnan"},
)

_ROUND = 6755399441055744.0  # 1.5 · 2^52: adding it leaves a rounded integer in the low bits
_LOG2_E = 1.4426950408889634
_LN_2_HIGH, _LN_2_LOW = 0.6931471803691238, 1.9082149292705877e-10


def _reinterpret(given: Any, wanted: Any) -> Any:
    """Compile to the number of another type that has the same 64 bits."""

    def typed(_typing: Any, _number: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], context.get_value_type(wanted))

        return wanted(given), generate

    return intrinsic(typed)


_bits = _reinterpret(types.float64, types.int64)
_from_bits = _reinterpret(types.int64, types.float64)


@intrinsic
def borrowed(_: Any, arrays: Any) -> Any:
    """The same tuple of arrays, of which no references are counted: the caller keeps them.

    Each view of an array counts a reference to it, safely between threads, which takes as long as
    a sum over some numbers. Only for arrays that Python gave, since others may be let go of.
    """

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        parts = []
        for number, kind in enumerate(signature.args[0]):
            value = builder.extract_value(given[0], number)
            part = context.make_array(kind)(context, builder, value)
            part.meminfo = part.meminfo.type(None)
            parts.append(part._getvalue())
        return context.make_tuple(builder, signature.return_type, parts)

    return arrays(arrays), generate


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def exponential(x: Any) -> Any:
    """Exponential of x ≤ HIGHEST, relative error 1e-14; exponents below LOWEST count as LOWEST.

    Written out, because a loop over a library's `exp` is not turned into vector instructions. It
    must not be compiled with sums in any order: the rounding by addition would be lost.
    """
    x = max(x, LOWEST)
    shifted = x * _LOG2_E + _ROUND
    whole = shifted - _ROUND
    r = x - whole * _LN_2_HIGH - whole * _LN_2_LOW
    # Taylor: |r| ≤ ln 2 / 2 leaves a remainder below 2e-15.
    p = 1 / 362880 + r * (1 / 3628800 + r * (1 / 39916800))
    p = 1 / 720 + r * (1 / 5040 + r * (1 / 40320 + r * p))
    p = 1 / 6 + r * (1 / 24 + r * (1 / 120 + r * p))
    p = 1.0 + r * (1.0 + r * (0.5 + r * p))
    return p * _from_bits((_bits(shifted) + 1023) << 52)


@compiled
def log_above(x: Any) -> Any:
    """A number that ln of x ≥ 0 is below, by at most ln 2, but for x next to 0; at once."""
    return ((_bits(x) >> 52) - 1022) * (_LN_2_HIGH + _LN_2_LOW)


@compiled
def log_error(total: Any, error: Any) -> Any:
    """The largest error of ln of a sum that errs by so much, and by what LOWEST adds to it."""
    return -np.log1p(-min((error + exponential(LOWEST)) / total, 1.0))


@summing
def kernel_sum(points: Any, weights: Any, start: Any, end: Any, query: Any, sums: Any,
               buffer: Any) -> Any:  # fmt: skip
    """Add exp(-|x - μ|² / 2), weighted, for the points (d, k) from start to end.

    Arguments:
        points: (d, k), the batch last, so that every step runs along contiguous rows.
        weights: (k,).
        start: the first point.
        end: the point after the last.
        query: (d,), x.
        sums: s, which is 0 or the smallest |x - μ|² so far, and the sum so far times exp(s / 2).
        buffer: (LENGTH,) to work in; end - start must not be larger.

    Returns:
        The sums with these points.
    """
    # Slices, because an index `start + i` is checked for a negative sign and is not vectorised.
    row, x = points[0, start:end], query[0]
    terms = row.size
    for i in range(terms):
        step = row[i] - x
        buffer[i] = step * step
    for axis in range(1, points.shape[0]):
        row, x = points[axis, start:end], query[axis]
        for i in range(terms):
            step = row[i] - x
            buffer[i] += step * step
    nearest, total = sums
    if nearest > 0.0:
        before = nearest
        for i in range(terms):
            nearest = min(nearest, buffer[i])
        total *= exponential(0.5 * (nearest - before))
    weight, half = weights[start:end], 0.5 * nearest
    for i in range(terms):
        total += weight[i] * exponential(half - 0.5 * buffer[i])
    return nearest, total


@compiled
def log_sums(points: Any, weights: Any, queries: Any, begin: Any, end: Any, values: Any,
             bounds: Any) -> None:  # fmt: skip
    """Write ln of the weighted kernel sum over all points, for the queries from begin to end.

    Arguments:
        points: (d, k).
        weights: (k,).
        queries: (n, d).
        begin: the first query.
        end: the query after the last.
        values: (n,), receives the logarithms.
        bounds: (n,), receives the largest errors of the logarithms, but for rounding.
    """
    d, k = points.shape
    buffer = np.empty(LENGTH)
    nearest, totals = np.empty(TOGETHER), np.empty(TOGETHER)
    for group in range(begin, end, TOGETHER):
        size = min(TOGETHER, end - group)
        nearest[:], totals[:] = np.inf if d > NEAR_DIMENSIONS else 0.0, 0.0
        for start in range(0, k, LENGTH):
            stop = min(start + LENGTH, k)
            for j in range(size):
                x, sums = queries[group + j], (nearest[j], totals[j])
                nearest[j], totals[j] = kernel_sum(points, weights, start, stop, x, sums, buffer)
        for j in range(size):
            if totals[j] < exponential(-LARGE):
                x, sums = queries[group + j], (np.inf, 0.0)
                for start in range(0, k, LENGTH):
                    stop = min(start + LENGTH, k)
                    sums = kernel_sum(points, weights, start, stop, x, sums, buffer)
                nearest[j], totals[j] = sums
            values[group + j] = np.log(totals[j]) - 0.5 * nearest[j]
            bounds[group + j] = log_error(totals[j], 0.0)
