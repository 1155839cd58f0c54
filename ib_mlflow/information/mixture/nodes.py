"""What a node of the tree contributes to kernel sums: bounds, and an expansion with its error."""

from __future__ import annotations

from typing import Any

import numpy as np

from ib_mlflow.information.mixture.sums import LARGE, exponential, summing

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"mixture/sums": "e7802b367cd521b8"}
# An expansion of exponents that vary by more than this over a node is not worth a try.
VARIATION = 0.7


@summing
def box_distance(fact: Any, low: Any, high: Any) -> Any:
    """Squared distance of a node's box from the box between two corners (d,)."""
    d = low.size
    total = 0.0
    for k in range(d):
        gap = max(max(fact[k] - high[k], low[k] - fact[d + k]), 0.0)
        total += gap * gap
    return total


@summing
def add_jensen(fact: Any, x: Any, n: Any, squares: Any, nearest: Any, totals: Any) -> None:
    """Add to each of n sums the least that a node contributes, by Jensen's inequality.

    The mean of exp(-|x - μ|²/2) is at least exp of the mean of the exponents, which is
    -(|x - c|² + trace)/2 for the centroid c. `nearest` keeps the smallest mean of |x - μ|², and
    the sums are relative to exp of minus half of it.
    """
    d, width = x.shape[0], fact.size
    for j in range(n):
        squares[j] = fact[width - 1]
    for k in range(d):
        row, centre = x[k], fact[2 * d + k]
        for j in range(n):
            step = row[j] - centre
            squares[j] += step * step
    for j in range(n):
        before = nearest[j]
        least = min(before, squares[j])
        nearest[j] = least
        totals[j] = totals[j] * exponential(0.5 * (least - before)) + fact[width - 3] * exponential(
            0.5 * (least - squares[j])
        )


@summing
def expand(fact: Any, x: Any, n: Any, u: Any, nearest: Any, work: Any) -> None:
    """Mean kernel of a node by its second moments, and a bound of that mean's error.

    With u = x - c for the centroid c and s = μ - c, f(t) = exp(-|u - t s|²/2) goes from the kernel
    at c to the kernel at μ. To second order in t its mean over the node is
    exp(-|u|²/2) (1 + (uᵀC u - tr C)/2), C the second moments; the first order vanishes. The
    remainder is at most a sixth of the mean of the largest
    |f'''| = |(s·v)³ - 3|s|²(s·v)| exp(-|v|²/2), v = u - t s. There |s·v| ≤ |s·u| + |s|² and
    |v| ≥ |u| - r; |s·u| is at most a = min(r |u|, that of the box), its mean square is
    q = uᵀC u, and the mean of |s|⁴ at most m² = r² tr C. So the mean of |f'''| is at most
    ((a + r²)(√q + m)² + 3 m √q + 3 m²) exp(-max(|u| - r, 0)²/2).

    Arguments:
        fact: the node's row of `Tree.facts`.
        x: (d, n) queries.
        n: how many of them.
        u: (d, n) to work in.
        nearest: (n,) squared distances; all is relative to exp of minus half of them.
        work: (4, n); receives the means in row 0 and the bounds in row 1, which are infinite where
            the node is so much nearer that they would be no numbers.
    """
    d, width = x.shape[0], fact.size
    radius, trace = fact[width - 2], fact[width - 1]
    value, bound, square, quadratic = work
    for j in range(n):
        bound[j] = square[j] = quadratic[j] = 0.0
    at = 3 * d
    for k in range(d):
        centre = fact[2 * d + k]
        half = max(centre - fact[k], fact[d + k] - centre)
        row, moved = x[k], u[k]
        for j in range(n):
            moved[j] = row[j] - centre
            square[j] += moved[j] * moved[j]
            bound[j] += abs(moved[j]) * half
            value[j] = 0.0
        for m in range(k):
            other, twice = u[m], 2.0 * fact[at]
            at += 1
            for j in range(n):
                value[j] += twice * other[j]
        own = fact[at]
        at += 1
        for j in range(n):
            quadratic[j] += moved[j] * (value[j] + own * moved[j])
    mean = radius * np.sqrt(trace)
    for j in range(n):
        q, size = max(quadratic[j], 0.0), np.sqrt(square[j])
        root, most = np.sqrt(q), min(bound[j], radius * size) + radius * radius
        near = max(size - radius, 0.0)
        third = most * (root + mean) * (root + mean) + 3.0 * mean * (root + mean)
        exponent = 0.5 * (nearest[j] - near * near)
        bound[j] = third / 6.0 * exponential(min(exponent, LARGE))
        bound[j] = bound[j] if exponent <= LARGE else np.inf
        value[j] = exponential(min(0.5 * (nearest[j] - square[j]), LARGE))
        value[j] *= 1.0 + 0.5 * (q - trace)


@summing
def promising(fact: Any, x: Any, nearest: Any, allowed: Any, own: Any) -> Any:
    """Whether `expand` at one query (d,) errs by at most `allowed` plus a share of its value.

    Arguments:
        fact: the node's row of `Tree.facts`.
        x: (d,) the query.
        nearest: squared distance, as for `expand`.
        allowed: error that is allowed in any case.
        own: share of the mean kernel that is allowed besides.
    """
    d, width = x.size, fact.size
    radius, trace = fact[width - 2], fact[width - 1]
    square, box, at = 0.0, 0.0, 3 * d
    if at + 3 == width or radius * radius > VARIATION:
        return False
    for k in range(d):
        u = x[k] - fact[2 * d + k]
        square += u * u
        box += abs(u) * max(fact[2 * d + k] - fact[k], fact[d + k] - fact[2 * d + k])
    size = np.sqrt(square)
    most = min(box, radius * size) + radius * radius
    if most > VARIATION:
        return False
    quadratic = 0.0
    for k in range(d):
        u, total = x[k] - fact[2 * d + k], 0.0
        for m in range(k):
            total += fact[at] * (x[m] - fact[2 * d + m])
            at += 1
        quadratic += u * (2.0 * total + fact[at] * u)
        at += 1
    root, mean, near = (
        np.sqrt(max(quadratic, 0.0)),
        radius * np.sqrt(trace),
        max(size - radius, 0.0),
    )
    third = most * (root + mean) * (root + mean) + 3.0 * mean * (root + mean)
    error = third / 6.0 * exponential(min(0.5 * (nearest - near * near), LARGE))
    return error <= allowed + own * exponential(min(0.5 * (nearest - square), LARGE))
