"""The clusters that are best at a tradeoff, and what proves it.

Clusters descend; where some distribution has ln G above 0, it becomes one more cluster, which
always lowers the objective, and they descend again. Up to four values of y the largest ln G is
certified, and what this ends with is the global optimum; above that it is looked for from the
conditionals alone, and the optimum is local.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import nnls
from scipy.special import rel_entr

from ib_mlflow.information.bottleneck.certificate import MOST_VALUES, highest
from ib_mlflow.information.bottleneck.clusters import SMALLEST
from ib_mlflow.information.bottleneck.descent import descend

if TYPE_CHECKING:
    from ib_mlflow.information.bottleneck.clusters import Array, Fit, Problem

NOTHING_GAINED = 1e-10  # ln G that is not worth a cluster, nats
UNCHANGED, UNCHANGED_LOCAL = 1e-13, 1e-8  # of the objective, with a certificate or without, nats
NEGLIGIBLE = 1e-8  # of a cluster's weight, and of the divergence between two clusters
PROVED = 1e-6  # certificate that needs no other start, nats
ASCENTS = 30
FEW = 64  # conditionals that are tried as clusters
WEIGHINGS = 3
SUM_ROW = 1e3  # how strictly weights sum to 1 within a step
APART = 0.05  # β D below which two new clusters start as one, nats


@dataclass(frozen=True, eq=False)
class Point:
    """The best clusters found at a tradeoff.

    Arguments:
        fit: the clusters.
        i_x: I(X;T) of their encoder, nats.
        i_y: I(T;Y), nats.
        certificate: how much lower the Lagrangian can be at most, nats; NaN: not known.
    """

    fit: Fit
    i_x: float
    i_y: float
    certificate: float


def settle(problem: Problem, fit: Fit) -> Point:
    """Lower the objective from clusters on, with more clusters where they lower it further."""
    fit = _simplified(problem, descend(problem, fit))
    certified = problem.joint.conditionals.shape[1] <= MOST_VALUES
    enough = UNCHANGED if certified else UNCHANGED_LOCAL
    while True:
        centre, gain, bound = _where_more_helps(problem, fit)
        if gain <= NOTHING_GAINED:
            break
        lower = fit
        for start in (_reweighed, _with_cluster):
            if lower.objective > fit.objective - enough:
                lower = _simplified(problem, descend(problem, start(problem, fit, centre)))
        if lower.objective > fit.objective - enough:
            break
        fit = lower
    i_x, i_y = problem.informations(fit)
    certificate = np.nan
    if np.isfinite(bound):
        least = fit.objective - bound - problem.tradeoff * problem.joint.information
        certificate = max(i_x - problem.tradeoff * i_y - least, 0.0)
    return Point(fit, i_x, i_y, certificate)


def better(problem: Problem, first: Point, second: Point) -> Point:
    """The one of two points whose Lagrangian, computed from its encoder, is lower."""
    lagrangians = [point.i_x - problem.tradeoff * point.i_y for point in (first, second)]
    return second if lagrangians[1] < lagrangians[0] - UNCHANGED else first


def is_proved(point: Point) -> bool:
    """Whether no other start can lead further down."""
    return point.certificate <= PROVED


def random_start(problem: Problem, rng: np.random.Generator) -> Fit:
    """Clusters of random weights around random mixtures of the conditionals."""
    n = problem.joint.weights.size
    count = int(rng.integers(2, min(n, 64) + 1))
    encoder = rng.dirichlet(np.full(count, rng.choice([0.1, 0.3, 1.0])), size=n)
    shares = problem.joint.weights[:, None] * encoder
    masses = shares.sum(axis=0)
    kept = masses > 1e-12
    centres = shares.T[kept] @ problem.joint.conditionals / masses[kept, None]
    return problem.fit(masses[kept], centres)


def _where_more_helps(problem: Problem, fit: Fit) -> tuple[Array, float, float]:
    """A distribution of large G, its ln G, and the upper bound of ln G, or NaN."""
    conditionals, p = problem.joint.conditionals, problem.joint.weights
    if conditionals.shape[1] <= MOST_VALUES:
        return highest(problem, fit)
    centres = conditionals
    for _ in range(ASCENTS):
        terms = p[:, None] * problem.likelihoods(fit, centres)
        centres = (terms / terms.sum(axis=0)).T @ conditionals
    sums = p @ problem.likelihoods(fit, centres)
    best = int(sums.argmax())
    return centres[best], float(np.log(sums[best])), np.nan


def _with_cluster(problem: Problem, fit: Fit, centre: Array) -> Fit:
    """One more cluster, of the weight that lowers the objective most."""
    excess = problem.likelihoods(fit, centre[None])[:, 0] - 1
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        if problem.joint.weights @ (excess / (1 + middle * excess)) > 0:
            low = middle
        else:
            high = middle
    weight = min(max(low, 1e-9), 1 - 1e-9)
    centres = np.concatenate([np.exp(fit.logs), centre[None]])
    return problem.fit(np.append((1 - weight) * fit.weights, weight), centres)


def _reweighed(problem: Problem, fit: Fit, centre: Array) -> Fit:
    """The best weights of the clusters, one more, and some of the conditionals.

    The objective is convex in the weights of fixed distributions; each step solves its quadratic
    approximation over weights that are not negative, which drops most of them.

    Reference:
        Wang (2007), "On fast computation of the non-parametric maximum likelihood estimate of a
        mixing distribution", Journal of the Royal Statistical Society B 69.
    """
    p, n = problem.joint.weights, problem.joint.weights.size
    some = np.unique(np.linspace(0, n - 1, min(n, FEW)).astype(np.int64))
    added = np.concatenate([centre[None], problem.joint.conditionals[some]])
    centres = np.concatenate([np.exp(fit.logs), added])
    weights = np.append(fit.weights, np.zeros(len(added)))
    likelihoods, root = problem.likelihoods(fit, centres), np.sqrt(p)
    for _ in range(WEIGHINGS):
        sums = likelihoods @ weights
        rows = np.vstack([(root / sums)[:, None] * likelihoods, np.full(weights.size, SUM_ROW)])
        step = nnls(rows, np.append(2 * root, SUM_ROW))[0]
        step = step / step.sum() - weights
        before, length = p @ np.log(sums), 1.0
        while p @ np.log(likelihoods @ (weights + length * step)) < before and length > 1e-3:
            length /= 2
        weights = np.maximum(weights + length * step, 0.0)
    kept = np.flatnonzero(weights > 1e-10)
    return _merged(problem, weights[kept], centres[kept])


def _merged(problem: Problem, weights: Array, centres: Array) -> Fit:
    """Clusters, those that lie close to each other as one."""
    while weights.size > 1:
        first, second, divergence = _closest(centres, np.maximum(centres, SMALLEST))
        if problem.tradeoff * divergence > APART:
            break
        weights, centres = _united(weights, centres, first, second)
    return problem.fit(weights, centres)


def _closest(centres: Array, others: Array) -> tuple[int, int, float]:
    """The two clusters of the least divergence."""
    divergences = rel_entr(centres[:, None], others).sum(axis=2)
    np.fill_diagonal(divergences, np.inf)
    first, second = np.unravel_index(int(divergences.argmin()), divergences.shape)
    return int(first), int(second), float(divergences[first, second])


def _united(masses: Array, centres: Array, first: int, second: int) -> tuple[Array, Array]:
    """The clusters with two of them as one."""
    kept = np.arange(masses.size) != second
    masses, centres, both = masses.copy(), centres.copy(), masses[[first, second]]
    centres[first] = both @ centres[[first, second]] / both.sum()
    masses[first] = both.sum()
    return masses[kept], centres[kept]


def _simplified(problem: Problem, fit: Fit) -> Fit:
    """The same without clusters that change nothing: of next to no weight, or met by another."""
    before = fit
    while fit.masses.size > 1:
        smallest = int(fit.masses.argmin())
        candidates = []
        if fit.masses[smallest] < NEGLIGIBLE:
            kept = np.arange(fit.masses.size) != smallest
            candidates.append((fit.masses[kept], fit.centres[kept]))
        first, second, divergence = _closest(fit.centres, np.exp(fit.logs))
        if divergence < NEGLIGIBLE:
            candidates.append(_united(fit.masses, fit.centres, first, second))
        for masses, centres in candidates:
            after = problem.fit(*problem.fit(masses, centres).step())
            if after.objective <= fit.objective + UNCHANGED / 10:
                fit = after
                break
        else:
            break
    return fit if fit is before else descend(problem, fit)
