"""How far any clusters can be better than given ones: a proof by branch and bound.

For clusters with sums Z(x) = Σ_t w_t exp(-β D[p(y|x) ‖ r_t]) let G(r) be
Σ_x p(x) exp(-β D[p(y|x) ‖ r]) / Z(x). By Jensen's inequality any other sums Z' have
-Σ_x p(x) ln(Z'(x) / Z(x)) ≥ -ln Σ_x p(x) Z'(x) / Z(x) ≥ -ln max_r G(r), so that ln max_r G(r)
bounds how much lower the objective can get. With λ(x) = ln p(x) - ln Z(x) - β Σ_y p(y|x) ln p(y|x)
this is the dual of the bottleneck's Lagrangian, and at the optimum it is 0.

In the natural parameters θ, r_y ∝ exp θ_y, ln G is a difference of convex functions: a log-sum-exp
of linear ones, at most its chord over a simplex, and β ln Σ_y exp θ_y, at least its tangents. A
simplex is cut in two until it cannot hold more than the largest value seen, but for a tolerance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from ib_mlflow.information.bottleneck.clusters import SMALLEST

if TYPE_CHECKING:
    from ib_mlflow.information.bottleneck.clusters import Array, Fit, Problem

compiled = njit(cache=True, nogil=True, error_model="numpy")

MOST_VALUES = 4
"""Values of y up to which the certificate is computed."""
TOLERANCE = {1: 1e-10, 2: 1e-9, 3: 1e-8}
"""By how much a simplex may hold more than the largest value seen, nats, by its dimension."""
# The clusters are not the best where a value is worth a cluster: no proof is looked for then.
WORTH, FEW_CUTS = 1e-6, 2000
EFFORT = 40_000_000  # exponentials after which the bound stays as it is
# Simplices that are kept at once; more of them are a reason to tolerate more, up to a limit.
CELLS, LOOSEST = 100_000, 2e-7
# Conditionals of less weight could make G large without lowering the objective; see `highest`.
FAINT = 1e-13


def highest(problem: Problem, fit: Fit) -> tuple[Array, float, float]:
    """The distribution r of the largest G(r) seen, its ln G, and how much lower f can be at most.

    Conditionals of next to no weight are left out of G. Since no Z is above 1, their part of the
    objective, -Σ p(x) ln Z(x), is at least 0 for any clusters, so that what it is here is the most
    by which they can lower it; the others have the weight 1 - ε in all, and lower the objective by
    ln (max G / (1 - ε)) at most.

    Returns:
        (c,) a distribution; ln G there; the bound, rounding included.
    """
    beta, weights = problem.tradeoff, problem.joint.weights
    kept = weights >= FAINT
    conditionals = problem.joint.conditionals[kept]
    n, c = conditionals.shape
    spared = np.log1p(-weights[~kept].sum()) + weights[~kept] @ fit.log_sums[~kept]
    constants = np.log(weights) - fit.log_sums - beta * problem.joint.negentropies
    constants = constants[kept]
    # the largest G lies among mixtures of the conditionals: a step of expectation and maximisation
    # leads there, and never lowers G
    least = np.maximum(conditionals.min(axis=0), SMALLEST)
    most = np.maximum(conditionals.max(axis=0), SMALLEST)
    low = np.log(least[:-1]) - np.log(most[-1])
    high = np.log(most[:-1]) - np.log(least[-1])
    slopes = np.ascontiguousarray(beta * conditionals[:, :-1])
    most_cuts = max(1000, EFFORT // n)
    place, value, bound = _search(
        _simplices(low, high), constants, slopes, beta, (TOLERANCE[c - 1], most_cuts)
    )
    logs = np.append(place, 0.0) - place.max(initial=0.0)
    size = np.abs(constants).max() + beta * max(np.abs(low).max(), np.abs(high).max())
    slack = 8 * np.finfo(np.float64).eps * size + beta * c * SMALLEST
    bound = max(bound, 0.0) - float(spared) + float(slack)
    return np.exp(logs) / np.exp(logs).sum(), value, bound


def _simplices(low: Array, high: Array) -> Array:
    """A box, divided into simplices (d!, d + 1, d) along its diagonal (Kuhn)."""
    from itertools import permutations

    d = low.size
    simplices = []
    for order in permutations(range(d)):
        corner = low.copy()
        corners = [corner.copy()]
        for axis in order:
            corner[axis] = high[axis]
            corners.append(corner.copy())
        simplices.append(corners)
    return np.array(simplices)


@compiled
def _log_sum(constants: Any, slopes: Any, place: Any, work: Any, gradient: Any) -> Any:
    """Ln Σ_x exp(constant + slope · place), and its gradient."""
    n, d = slopes.shape
    most = -np.inf
    for x in range(n):
        exponent = constants[x]
        for i in range(d):
            exponent += slopes[x, i] * place[i]
        work[x] = exponent
        most = max(most, exponent)
    total = 0.0
    gradient[:] = 0.0
    for x in range(n):
        if work[x] > most - 45.0:
            term = np.exp(work[x] - most)
            total += term
            for i in range(d):
                gradient[i] += term * slopes[x, i]
    for i in range(d):
        gradient[i] /= total
    return most + np.log(total)


@compiled
def _partition(place: Any, shares: Any) -> Any:
    """Ln(1 + Σ exp place), and its gradient in `shares`."""
    most = 0.0
    for i in range(place.size):
        most = max(most, place[i])
    total = np.exp(-most)
    for i in range(place.size):
        shares[i] = np.exp(place[i] - most)
        total += shares[i]
    for i in range(place.size):
        shares[i] /= total
    return most + np.log(total)


@compiled
def _most_under_tangent(corners: Any, chords: Any, beta: Any, touch: Any, shares: Any) -> Any:
    """The largest value of the chords less β times the tangent of the partition at `touch`."""
    constant = _partition(touch, shares)
    most = -np.inf
    for j in range(chords.size):
        tangent = constant
        for i in range(touch.size):
            tangent += shares[i] * (corners[j, i] - touch[i])
        most = max(most, chords[j] - beta * tangent)
    return most


@compiled
def _upper_bound(corners: Any, chords: Any, beta: Any, touch: Any, shares: Any) -> Any:
    """What ln G cannot pass in a simplex."""
    d = touch.size
    if d == 1:
        # the tangent where a chord less β times the partition is largest
        width = corners[1, 0] - corners[0, 0]
        touch[0] = 0.5 * (corners[0, 0] + corners[1, 0])
        if width > 0.0:
            share = (chords[1] - chords[0]) / width / beta
            low, high = min(corners[0, 0], corners[1, 0]), max(corners[0, 0], corners[1, 0])
            if share <= 0.0:
                touch[0] = low
            elif share >= 1.0:
                touch[0] = high
            else:
                touch[0] = min(max(np.log(share) - np.log1p(-share), low), high)
        return _most_under_tangent(corners, chords, beta, touch, shares)
    # the better of two tangents: in the middle, and where the bound by that is largest
    for i in range(d):
        touch[i] = corners[:, i].mean()
    bound = _most_under_tangent(corners, chords, beta, touch, shares)
    best, most = 0, -np.inf
    for j in range(d + 1):
        height = chords[j] - beta * _partition(corners[j], shares)
        if height > most:
            best, most = j, height
    touch[:] = 0.5 * (touch + corners[best])
    return min(bound, _most_under_tangent(corners, chords, beta, touch, shares))


@compiled
def _bent_edge(corners: Any, bends: Any) -> Any:
    """The edge along which the two convex functions bend most: cutting it gains most."""
    largest, first, second = -1.0, 0, 1
    for j in range(corners.shape[0]):
        for k in range(j):
            bend = 0.0
            for i in range(corners.shape[1]):
                bend += (bends[j, i] - bends[k, i]) * (corners[j, i] - corners[k, i])
            if bend > largest:
                largest, first, second = bend, k, j
    return first, second


@compiled
def _search(start: Any, constants: Any, slopes: Any, beta: Any, limits: Any) -> Any:
    """Cut simplices (s, d + 1, d) in two, all of a generation, until none may hold more.

    Returns:
        The place of the largest ln G seen, the value, and its upper bound.
    """
    tolerance, most_cuts = limits
    d = start.shape[2]
    shares, touch, work = np.empty(d), np.empty(d), np.empty(constants.size)
    gradient = np.empty(d)
    place, value = start[0, 0].copy(), -np.inf
    # of each corner: where it is, its log-sum-exp, the gradients of both functions together
    cells, chords, bends = start, np.empty(start.shape[:2]), np.empty(start.shape)
    for s in range(start.shape[0]):
        for j in range(d + 1):
            chords[s, j] = _log_sum(constants, slopes, start[s, j], work, gradient)
            height = chords[s, j] - beta * _partition(start[s, j], shares)
            bends[s, j] = gradient + beta * shares
            if height > value:
                value, place = height, start[s, j].copy()
    bound, cuts = -np.inf, 0
    while True:
        bounds = np.empty(cells.shape[0])
        for s in range(cells.shape[0]):
            bounds[s] = _upper_bound(cells[s], chords[s], beta, touch, shares)
        open_cells = bounds > max(value, 0.0) + tolerance
        while open_cells.sum() > CELLS and tolerance < LOOSEST:
            tolerance *= 4.0
            open_cells = bounds > max(value, 0.0) + tolerance
        for s in range(cells.shape[0]):
            if not open_cells[s]:
                bound = max(bound, bounds[s])
        count = open_cells.sum()
        if count == 0:
            return place, value, max(bound, value)
        enough = value > WORTH and cuts > FEW_CUTS
        if enough or cuts + count > most_cuts or count > 10 * CELLS:
            return place, value, max(max(bound, value), bounds.max())
        cuts += count
        halves, heights = np.empty((2 * count, d + 1, d)), np.empty((2 * count, d + 1))
        slants = np.empty((2 * count, d + 1, d))
        h = 0
        for s in range(cells.shape[0]):
            if not open_cells[s]:
                continue
            first, second = _bent_edge(cells[s], bends[s])
            for i in range(d):
                touch[i] = 0.5 * (cells[s, first, i] + cells[s, second, i])
            chord = _log_sum(constants, slopes, touch, work, gradient)
            height = chord - beta * _partition(touch, shares)
            if height > value:
                value, place = height, touch.copy()
            for replaced in (first, second):
                halves[h], heights[h], slants[h] = cells[s], chords[s], bends[s]
                halves[h, replaced] = touch
                heights[h, replaced] = chord
                slants[h, replaced] = gradient + beta * shares
                h += 1
        cells, chords, bends = halves, heights, slants
