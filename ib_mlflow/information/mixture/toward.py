"""Compiled draws towards a component's neighbours, and what is known of their overlaps.

Between components i and j of a mixture the ratio of the two kernels is exp(a + s u), u standard
normal around i, so that the mean of ln(1 + ratio) is an integral over a line.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.information.mixture.sums import compiled, exponential, summing

if TYPE_CHECKING:
    from numpy.typing import NDArray

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"mixture/sums": "e7802b367cd521b8"}
# Up to this slope the logarithm is smooth enough for the trapezoidal rule in u; then its corner is
# integrated by itself, in the exponent, up to where nothing is left. Nodes are by eights.
SMOOTH, BEYOND = 2.5, 40.0
NODES = np.arange(-8.875, 9.0, 0.25)
MASSES = 0.25 * np.exp(-0.5 * NODES**2) / math.sqrt(2.0 * math.pi)


def _corner(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and masses of Gauss's rule for the weight ln(1 + exp(-c)) of c from 0 to BEYOND.

    Reference:
        Golub & Welsch (1969), "Calculation of Gauss quadrature rules", Mathematics of Computation
        23, 221-230. The weight is that of a rule of 64 nodes.
    """
    at, share = np.polynomial.legendre.leggauss(64)
    nodes = 0.5 * BEYOND * (at + 1.0)
    masses = 0.5 * BEYOND * share * np.log1p(np.exp(-nodes))
    polynomials = np.polynomial.legendre.legvander(at, count - 1)
    basis = np.linalg.qr(np.sqrt(masses)[:, None] * polynomials)[0]
    places, turn = np.linalg.eigh(basis.T @ (nodes[:, None] * basis))
    return places, masses.sum() * turn[0] ** 2


CORNER, CORNER_MASSES = _corner(24)
# Half of the draws stay: no weight passes 2.
STAY = 0.5
# Neighbours count that have this share of the largest overlap, and that no nearer one hides: is as
# likely as both, up to rounding, where both are equally likely.
SHARE, HIDDEN = 1e-3, 1e-6
# Rows of what is known of each draw: its weight, the pairs' overlaps that it sees, their mean, and
# a bound of the mean overlap with all components that nothing was drawn towards.
WEIGHT, SEEN, MEAN, UNSEEN = range(4)
LEVEL, PLACE, PAIR, ODDS = range(4)


@summing
def softplus(x: Any) -> Any:
    """The number ln(1 + exp(x)), to 1e-14 of it.

    Written out, because a loop over a library's logarithm is not turned into vector instructions:
    ln(1 + y) is 2 artanh(y / (2 + y)), and of that a Taylor series of y ≤ 1 leaves 2e-15.
    """
    y = exponential(-abs(x))
    z = y / (2.0 + y)
    w = z * z
    p = 1 / 21 + w * (1 / 23 + w * (1 / 25 + w * (1 / 27)))
    p = 1 / 13 + w * (1 / 15 + w * (1 / 17 + w * (1 / 19 + w * p)))
    p = 1 / 5 + w * (1 / 7 + w * (1 / 9 + w * (1 / 11 + w * p)))
    return max(x, 0.0) + 2.0 * z * (1.0 + w * (1 / 3 + w * p))


@summing
def softplus_mean(a: Any, s: Any) -> Any:
    """Mean of ln(1 + exp(a + s u)) over a standard normal u, to 1e-12.

    Arguments:
        a: any number.
        s: not negative.

    Example:
        >>> round(softplus_mean(0.0, 0.0), 6), round(softplus_mean(-18.0, 6.0), 6)
        (0.693147, 0.003849)
    """
    if 0.5 * a + 0.125 * s * s < -BEYOND:  # ln(1 + r) is at most the root of r
        return 0.0
    mean = 0.0
    if s <= SMOOTH:
        for i in range(NODES.size):
            mean += MASSES[i] * softplus(a + s * NODES[i])
        return mean
    at, root = a / s, math.sqrt(2.0 * math.pi)
    mean = 0.5 * a * math.erfc(-at / math.sqrt(2.0)) + s * np.exp(-0.5 * at * at) / root
    corner = 0.0
    for i in range(CORNER.size):
        above, below = (CORNER[i] - a) / s, (CORNER[i] + a) / s
        both = exponential(-0.5 * above * above) + exponential(-0.5 * below * below)
        corner += CORNER_MASSES[i] * both
    return mean + corner / (s * root)


def reaches(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distances (k,) in units of β from which on components overlap with nothing.

    There `softplus_mean` is 0, even between a component and the heaviest.

    Arguments:
        logs: (k,) logarithms of the components' weights.

    Example:
        >>> reaches(np.log([0.5, 0.5])).tolist()
        [320.0, 320.0]
    """
    return np.asarray(8.0 * BEYOND + 4.0 * (logs.max() - logs))


@compiled
def _choose(points: Any, logs: Any, heaviest: Any, near: Any, steps: Any, facts: Any) -> Any:
    """Write the steps to the neighbours that count, and their LEVEL, PLACE, PAIR and ODDS.

    Where a nearer one is as likely as both at the place where the two are equally likely, their
    pair is not what a draw sees, and the draw goes on to where the farther one is the likeliest.

    Returns:
        How many they are, and a bound of the mean overlap with all others.
    """
    d, k = points.shape
    own, count, largest, unseen, square = near[0], 0, 0.0, 0.0, 0.0
    for j in range(1, near.size):
        other, square = near[j], 0.0
        if other < 0:
            break
        for axis in range(d):
            step = points[axis, other] - points[axis, own]
            steps[count, axis] = step
            square += step * step
        level = logs[other] - logs[own] - 0.5 * square
        mean = softplus_mean(level, np.sqrt(square))
        place, odds, hidden = -level / square, mean, False
        for m in range(count):
            along = 0.0
            for axis in range(d):
                along += steps[m, axis] * steps[count, axis]
            if facts[LEVEL, m] + max(place, 0.0) * along >= -HIDDEN and along < square:
                hidden = True
                place = max(place, (facts[LEVEL, m] - level) / (square - along))
            elif facts[LEVEL, m] + max(place, 0.0) * along >= -HIDDEN:
                hidden, odds = True, 0.0  # it is nowhere the likeliest
        place = min(max(place, 0.0), 1.0)
        if hidden:
            odds = min(odds, np.exp(-0.5 * place * place * square))
        largest = max(largest, odds)
        if odds <= SHARE * largest:
            unseen += odds
            continue
        facts[LEVEL, count], facts[PLACE, count], facts[ODDS, count] = level, place, np.sqrt(odds)
        facts[PAIR, count] = 0.0 if hidden else mean
        count += 1
    if near.size < k and near[-1] >= 0:  # those farther away; no heavier than the heaviest
        level = heaviest - logs[own] - 0.5 * square
        unseen += (k - near.size) * softplus_mean(level, np.sqrt(square))
    return count, unseen


@compiled
def draw_toward(points: Any, logs: Any, heaviest: Any, near: Any, owner: Any, noise: Any,
                uniform: Any, known: Any, first: Any, end: Any) -> None:  # fmt: skip
    """Move half of the noise towards neighbours, and write what is known of each draw.

    Draws do not depend on those before them, so that threads can share them.

    Arguments:
        points: (d, k) the components' centres, in units of β.
        logs: (k,) logarithms of their weights.
        heaviest: the largest of them.
        near: (u, q + 1) components, each before its nearest neighbours, or -1 where what is left
            is as far as `reaches` says.
        owner: (n,) rows of `near`, ascending.
        noise: (n, d) standard normal; moved in place.
        uniform: (n,) uniform on [0, 1).
        known: (4, n), written; see WEIGHT.
        first: of the draws that are moved.
        end: behind the last of them.
    """
    d, q = points.shape[0], near.shape[1] - 1
    steps, facts = np.empty((q, d)), np.empty((4, q))
    odds = facts[ODDS]
    last, count, unseen, mean = -1, 0, 0.0, 0.0
    for i in range(first, end):
        if owner[i] != last:
            last = owner[i]
            count, unseen = _choose(points, logs, heaviest, near[last], steps, facts)
            mean, total = 0.0, 0.0
            for j in range(count):
                mean += facts[PAIR, j]
                total += odds[j]
            for j in range(count):
                odds[j] = odds[j] / total if total > 0.0 else 1.0 / count
        place = (uniform[i] - STAY) / (1.0 - STAY)
        for j in range(count if place >= 0.0 else 0):
            if place < odds[j] or j == count - 1:
                for axis in range(d):
                    noise[i, axis] += facts[PLACE, j] * steps[j, axis]
                break
            place -= odds[j]
        density, seen = STAY if count else 1.0, 0.0
        for j in range(count):
            along, square = 0.0, 0.0
            for axis in range(d):
                along += steps[j, axis] * noise[i, axis]
                square += steps[j, axis] * steps[j, axis]
            if facts[PAIR, j] > 0.0:
                seen += softplus(facts[LEVEL, j] + along)
            at = facts[PLACE, j]
            exponent = min(at * along - 0.5 * at * at * square, 600.0)
            density += (1.0 - STAY) * odds[j] * np.exp(exponent)
        known[WEIGHT, i], known[SEEN, i] = 1.0 / density, seen
        known[MEAN, i], known[UNSEEN, i] = mean, unseen
