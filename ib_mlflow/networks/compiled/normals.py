"""Random numbers that are functions of where they are used, so that none is ever saved.

A draw is addressed by two key words and four counter words. Whoever asks for the draw of a seed, an
epoch, a position in the epoch, a unit and a layer gets the same number, on any thread, in any order
and beside any other members. Draws are float32 and of absolute value below 6.7, in any precision of
the network, so that its noise does not depend on it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ib_mlflow.networks.compiled.elementwise import compiled

GROUP = 4  # draws of one counter
RUN = 256  # counters that `fill` takes at once, so that their words stay in cache


@compiled(cache=False, inline=True)
def _round(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    """One round: the next counter, and the key of the round after it."""
    half = np.uint64(32)
    p = np.uint64(0xD2511F53) * np.uint64(c0)
    q = np.uint64(0xCD9E8D57) * np.uint64(c2)
    above = np.uint32(np.uint32(q >> half) ^ c1 ^ k0), np.uint32(np.uint32(p >> half) ^ c3 ^ k1)
    k0, k1 = np.uint32(k0 + np.uint32(0x9E3779B9)), np.uint32(k1 + np.uint32(0xBB67AE85))
    return above[0], np.uint32(q), above[1], np.uint32(p), k0, k1


@compiled(cache=False, inline=True)
def philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    """Four random words of a counter and a key: Philox4x32-10, all arguments uint32.

    Reference:
        Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3".
    """
    # ten rounds, written out, because a loop in a loop is not vectorised
    c0, c1, c2, c3, k0, k1 = _round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = _round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = _round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = _round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = _round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = _round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = _round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = _round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = _round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = _round(c0, c1, c2, c3, k0, k1)
    return c0, c1, c2, c3


@compiled(cache=False, inline=True)
def _log(u: Any) -> Any:
    """Natural logarithm of a positive float32, relative error 3e-8 before rounding."""
    one, half = np.float32(1), np.float32(0.5)
    bits = np.float32(u).view(np.int32)
    exponent = np.int32((bits - np.int32(0x3F3504F3)) >> np.int32(23))  # so that √½ ≤ 1 + f < √2
    f = np.int32(bits - np.int32(exponent << np.int32(23))).view(np.float32) - one
    # (ln(1 + f) - f + f²/2) / f³ by a minimax polynomial, found by linear programming
    y = np.float32(0.0870043922) * f + np.float32(-0.142674812)
    y = (y * f + np.float32(0.149147642)) * f + np.float32(-0.165775853)
    y = (y * f + np.float32(0.199630642)) * f + np.float32(-0.25001337)
    y = y * f + np.float32(0.333339107)
    s = f * f
    return f + (y * f * s - half * s) + np.float32(exponent) * np.float32(math.log(2))


@compiled(cache=False, inline=True)
def _pair(w0: Any, w1: Any) -> Any:
    """Two independent standard normal numbers: a radius from one word, an angle from the other.

    Reference:
        Box & Muller (1958), "A note on the generation of random normal deviates".
    """
    one, half = np.float32(1), np.float32(0.5)
    u = (np.float32(np.int32(w0 >> np.uint32(1))) + half) * np.float32(2**-31)
    radius = math.sqrt(np.float32(-2) * _log(u))
    # two bits choose the quarter of the circle, the others an angle within π/4 of its middle
    angle = np.float32(np.int32(np.uint32(w1 << np.uint32(2)))) * np.float32(math.pi / 4 * 2**-31)
    quarter = np.int32(w1 >> np.uint32(30))
    s = angle * angle
    # minimax polynomials, errors 4e-9 and 7e-8, found by linear programming
    sine = np.float32(-0.000195172990) * s + np.float32(0.00833217815)
    sine = angle * ((sine * s + np.float32(-0.166666549)) * s + one)
    cosine = np.float32(-0.00136524504) * s + np.float32(0.0416612786)
    cosine = (cosine * s - half) * s + one
    odd = (quarter & np.int32(1)) != 0
    x, y = (sine if odd else cosine), (cosine if odd else sine)
    x = -x if quarter == 1 or quarter == 2 else x
    return radius * x, radius * (-y if quarter > 1 else y)


@compiled(cache=False)
def normals(
    c0: Any, c1: Any, across: bool, c2: Any, c3: Any, k0: Any, k1: Any, words: Any, z: Any, b: int
) -> None:
    """Fill z[:4, :b], b ≤ RUN: column j holds the draws of counter c0 + j, or c1 + j if across."""
    one, zero = np.uint32(1), np.uint32(0)
    s0, s1 = (zero, one) if across else (one, zero)
    first, second, third, fourth = np.uint32(c0), np.uint32(c1), np.uint32(c2), np.uint32(c3)
    w0, w1, w2, w3 = words[0], words[1], words[2], words[3]
    z0, z1, z2, z3 = z[0], z[1], z[2], z[3]
    for j in range(b):
        step = np.uint32(j)
        here = np.uint32(first + step * s0), np.uint32(second + step * s1)
        w0[j], w1[j], w2[j], w3[j] = philox(here[0], here[1], third, fourth, k0, k1)
    for j in range(b):
        z0[j], z1[j] = _pair(w0[j], w1[j])
    for j in range(b):
        z2[j], z3[j] = _pair(w2[j], w3[j])


@compiled(cache=False)
def add_noise(
    a: Any,
    t: Any,
    d: int,
    beta: Any,
    start: int,
    layer: int,
    stream: Any,
    words: Any,
    z: Any,
    b: int,
) -> None:
    """Compute t[:d, :b] = a[:d, :b] + beta times fresh draws, those of positions start + j.

    Unit q + i · groups has draw i of the counters (position, q, layer, stream[2]), whose key is
    stream[:2]; a and t may be the same.
    """
    groups, number = -(-d // GROUP), t.dtype.type
    k0, k1, c3 = stream[0], stream[1], stream[2]
    for q in range(groups):
        for first in range(0, b, RUN):
            count = min(RUN, b - first)
            normals(start + first, q, False, layer, c3, k0, k1, words, z, count)
            for i in range(GROUP):
                unit = q + i * groups
                if unit < d:
                    source, target, draws = a[unit], t[unit], z[i]
                    for j in range(count):
                        target[first + j] = source[first + j] + beta * number(draws[j])


@compiled(cache=False)
def fill(out: Any, start: int, layer: int, stream: Any, words: Any, z: Any) -> None:
    """Fill out (b, d), float32, with the draws that `add_noise` adds to d units at b positions."""
    d = out.shape[1]
    groups = -(-d // GROUP)
    for j in range(out.shape[0]):
        for first in range(0, groups, RUN):
            count = min(RUN, groups - first)
            normals(start + j, first, True, layer, stream[2], stream[0], stream[1], words, z, count)
            for i in range(GROUP):
                unit = first + i * groups
                for k in range(min(count, d - unit)):
                    out[j, unit + k] = z[i, k]
