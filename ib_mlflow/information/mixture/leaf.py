"""What the components of a leaf of the tree add to kernel sums, pair by pair."""

from __future__ import annotations

from typing import Any

from ib_mlflow.information.mixture.nodes import box_distance
from ib_mlflow.information.mixture.sums import HIGHEST, LARGE, exponential, log_above, summing

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"mixture/nodes": "c7419da47917517d", "mixture/sums": "e7802b367cd521b8"}
# How the allowed relative error is shared: a node may err by the first part of the whole sum per
# unit of weight (the weights sum to 1), and by the second part of its own contribution.
OF_ALL, OF_OWN = 0.3, 0.7


@summing
def _approach(squares: Any, j: Any, sums: Any) -> Any:
    """Rescale a query's sums if one of some squared distances is much smaller than its s."""
    lower, totals, errors, nearest, _ = sums
    least = squares.min()
    if nearest[j] - least <= 2.0 * LARGE:
        return False
    factor = exponential(0.5 * (least - nearest[j]))
    lower[j] *= factor
    totals[j] *= factor
    errors[j] *= factor
    nearest[j] = least
    return True


@summing
def sum_leaf(points: Any, weights: Any, span: Any, fact: Any, x: Any, share: Any,
              sums: Any, scratch: Any) -> Any:  # fmt: skip
    """Add a leaf's components to the sums of those queries that it matters to.

    Returns:
        How many pairs were summed, and whether sums were rescaled.
    """
    start, end = span
    lower, totals, errors, nearest, _ = sums
    kept, query, buffer = scratch
    d, terms, mass = query.size, end - start, fact[fact.size - 3]
    count, rescaled = 0, False
    for j in range(x.shape[1]):
        for k in range(d):
            query[k] = x[k, j]
        nearer = nearest[j] - box_distance(fact, query, query)
        allowed = OF_ALL * share * max(lower[j], totals[j] - errors[j])
        if 0.5 * nearer <= log_above(2.0 * allowed):  # else it is not so far, which is seen at once
            half = 0.5 * exponential(min(0.5 * nearer, HIGHEST))
            if half <= allowed:
                totals[j] += mass * half
                errors[j] += mass * half
                continue
        kept[count] = j
        squares = buffer[count * terms : (count + 1) * terms]
        # Subtracted from the first only where it is not so large that it would round the rest.
        first = -nearest[j] if nearer <= 2.0 * LARGE else 0.0
        row, at = points[0, start:end], query[0]
        for i in range(terms):
            step = row[i] - at
            squares[i] = first + step * step
        for k in range(1, d - 1, 2):  # two at once, which reads and writes the sums half as often
            row, at = points[k, start:end], query[k]
            other, its = points[k + 1, start:end], query[k + 1]
            for i in range(terms):
                step, turn = row[i] - at, other[i] - its
                squares[i] += step * step + turn * turn
        if d % 2 == 0:
            row, at = points[d - 1, start:end], query[d - 1]
            for i in range(terms):
                step = row[i] - at
                squares[i] += step * step
        if nearer > 2.0 * LARGE:
            rescaled |= _approach(squares, j, sums)
            squares -= nearest[j]
        count += 1
    # All at once, because short rows leave most of a vector instruction empty.
    exponents = buffer[: count * terms]
    for i in range(exponents.size):
        exponents[i] = exponential(-0.5 * exponents[i])
    weight = weights[start:end]
    for c in range(count):
        total, kernel = 0.0, buffer[c * terms : (c + 1) * terms]
        for i in range(terms):
            total += weight[i] * kernel[i]
        totals[kept[c]] += total
    return count * terms, rescaled
