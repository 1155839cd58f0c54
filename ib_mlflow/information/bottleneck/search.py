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
from scipy.special import rel_entr

from ib_mlflow.information.bottleneck.certificate import MOST_VALUES, highest
from ib_mlflow.information.bottleneck.descent import descend

if TYPE_CHECKING:
    from ib_mlflow.information.bottleneck.clusters import Array, Fit, Problem

NOTHING_GAINED = 1e-11  # ln G that is not worth a cluster, nats
UNCHANGED = 1e-13  # of the objective, nats
NEGLIGIBLE = 1e-8  # of a cluster's weight, and of the divergence between two clusters
PROVED = 1e-6  # certificate that needs no other start, nats
ASCENTS = 30


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
    while True:
        centre, gain, bound = _where_more_helps(problem, fit)
        if gain <= NOTHING_GAINED:
            break
        more = _simplified(problem, descend(problem, _with_cluster(problem, fit, centre)))
        if more.objective > fit.objective - UNCHANGED:
            break
        fit = more
    i_x, i_y = problem.informations(fit)
    certificate = np.nan
    if np.isfinite(bound):
        lower = fit.objective - bound - problem.tradeoff * problem.joint.information
        certificate = max(i_x - problem.tradeoff * i_y - lower, 0.0)
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
    """A distribution of large G, its ln G, and the bound of ln G, or NaN."""
    if problem.joint.conditionals.shape[1] <= MOST_VALUES:
        return highest(problem, fit)
    conditionals, p = problem.joint.conditionals, problem.joint.weights
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
    centres = np.exp(fit.logs)
    return problem.fit(
        np.append((1 - weight) * fit.weights, weight), np.concatenate([centres, centre[None]])
    )


def _simplified(problem: Problem, fit: Fit) -> Fit:
    """The same without clusters that change nothing: of next to no weight, or met by another."""
    while fit.masses.size > 1:
        smallest = int(fit.masses.argmin())
        candidates = []
        if fit.masses[smallest] < NEGLIGIBLE:
            kept = np.arange(fit.masses.size) != smallest
            candidates.append((fit.masses[kept], fit.centres[kept]))
        divergences = rel_entr(fit.centres[:, None], np.exp(fit.logs)).sum(axis=2)
        np.fill_diagonal(divergences, np.inf)
        first, second = np.unravel_index(int(divergences.argmin()), divergences.shape)
        if divergences[first, second] < NEGLIGIBLE:
            kept = np.arange(fit.masses.size) != second
            masses, centres = fit.masses.copy(), fit.centres.copy()
            both = masses[[first, second]]
            centres[first] = both @ centres[[first, second]] / both.sum()
            masses[first] = both.sum()
            candidates.append((masses[kept], centres[kept]))
        for masses, centres in candidates:
            after = problem.fit(*problem.fit(masses, centres).step())
            if after.objective <= fit.objective + UNCHANGED / 10:
                fit = descend(problem, after)
                break
        else:
            return fit
    return fit
