"""Descent to a point where the self-consistent equations hold.

Steps of Blahut and Arimoto crawl near a phase transition, so that each is followed by a damped
Newton step on the weights and the natural parameters of the clusters, which is taken only if it
lowers the objective. The damping is in the metric in which a step of Blahut and Arimoto is a
gradient step. With too many parameters for that, steps are extrapolated instead.

Reference:
    Varadhan & Roland (2008), "Simple and globally convergent methods for accelerating the
    convergence of any EM algorithm", Scandinavian Journal of Statistics 35, scheme S3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

if TYPE_CHECKING:
    from ib_mlflow.information.bottleneck.clusters import Array, Fit, Problem

# Residuals are squares: these equations hold to ten digits.
CONVERGED = 1e-20
LARGEST_NEWTON = 400  # parameters
LARGEST_STEP = 4.0  # of a logarithm
ROUNDING = 1e-15
TINY = 1e-290  # of a metric, for a cluster of next to no weight
PATIENCE = 2000  # steps after which a descent says that it has not converged


def descend(problem: Problem, fit: Fit) -> Fit:
    """Lower the objective until the self-consistent equations hold, or nothing lowers it."""
    damping, best = 0.0, fit
    for _ in range(PATIENCE):
        after = problem.fit(*best.step())
        if after.residual <= CONVERGED:
            return after
        best = after
        if best.logs.size > LARGEST_NEWTON:
            candidate = _extrapolated(problem, fit, best)
            fit = best
        else:
            candidate = _newton(problem, best, damping)
        if candidate is not None and _is_better(candidate, best):
            best, damping = candidate, damping / 3 if damping > 1e-6 else 0.0
        else:
            damping = max(4 * damping, 1e-4)
            if damping > 1e12:
                # only rounding is left of the Newton steps
                damping = 1.0
    return best


def _is_better(candidate: Fit, fit: Fit) -> bool:
    change = candidate.objective - fit.objective
    rounding = ROUNDING * (1 + abs(fit.objective))
    return change < -rounding or (change <= 4 * rounding and candidate.residual < fit.residual)


def _newton(problem: Problem, fit: Fit, damping: float) -> Fit | None:
    """A Newton step in ln w_t and ln r_t(y) - ln r_t(last y), damped; None if it leads upwards."""
    k, c = fit.logs.shape
    beta, p = problem.tradeoff, problem.joint.weights
    r = np.exp(fit.logs)[:, :-1]
    scores = np.empty((p.size, k, c))  # derivatives of ln(w_t exp(-β D)), ln w_t first
    scores[:, :, 0] = 1.0
    scores[:, :, 1:] = beta * (problem.joint.conditionals[:, None, :-1] - r)
    shares = p[:, None] * fit.encoder
    products = fit.encoder[:, :, None] * scores
    flat = products.reshape(p.size, k * c)
    hessian = (flat.T * p) @ flat
    blocks = -np.einsum("xti,xtj->tij", shares[:, :, None] * scores, scores)
    metric = np.zeros((k, c, c))
    metric[:, 0, 0] = fit.weights
    metric[:, 1:, 1:] = beta * fit.masses[:, None, None] * -(r[:, :, None] * r[:, None, :])
    index = np.arange(c - 1)
    metric[:, index + 1, index + 1] += beta * fit.masses[:, None] * r
    blocks += metric
    for t in range(k):
        part = slice(t * c, (t + 1) * c)
        hessian[part, part] += blocks[t] + damping * metric[t]
    gradient = -(p @ flat).reshape(k, c)
    gradient[:, 0] += fit.weights
    scale = 1 / np.sqrt(np.maximum(np.einsum("tii->ti", metric).reshape(-1), TINY))
    hessian *= scale[:, None] * scale
    hessian[np.diag_indices(k * c)] += 1e-12
    step = (scale * _solved(hessian, -scale * gradient.reshape(-1))).reshape(k, c)
    longest = np.abs(step).max()
    if not longest < np.inf:
        return None
    step *= min(1.0, LARGEST_STEP / max(longest, 1e-300))
    logs = fit.logs.copy()
    logs[:, :-1] += step[:, 1:]
    return problem.fit(*_normalised(np.log(fit.weights) + step[:, 0], logs))


def _solved(hessian: Array, downwards: Array) -> Array:
    """The Newton step; where the objective curves downwards, away from the saddle."""
    if not np.isfinite(hessian).all():
        return np.full(downwards.size, np.nan)
    factor, failed = dpotrf(hessian, lower=1)
    if not failed:
        return np.asarray(dpotrs(factor, downwards, lower=1)[0])
    values, vectors = np.linalg.eigh(hessian)
    return np.asarray(vectors @ (vectors.T @ downwards / np.maximum(np.abs(values), 1e-6)))


def _extrapolated(problem: Problem, before: Fit, fit: Fit) -> Fit | None:
    """Where three points of the iteration lead, in logarithms."""
    following = problem.fit(*fit.step())
    if not before.logs.shape == fit.logs.shape == following.logs.shape:
        return None
    first, second, third = (_parameters(each) for each in (before, fit, following))
    change, bend = second - first, third - 2 * second + first
    length = np.linalg.norm(bend)
    if length == 0:
        return following
    stretch = max(1.0, min(float(np.linalg.norm(change) / length), 1e4))
    parameters = first + 2 * stretch * change + stretch**2 * bend
    candidate = problem.fit(*_normalised(parameters[:, 0], parameters[:, 1:]))
    return candidate if _is_better(candidate, following) else following


def _parameters(fit: Fit) -> Array:
    return np.concatenate([np.log(fit.weights)[:, None], fit.logs], axis=1)


def _normalised(log_weights: Array, logs: Array) -> tuple[Array, Array]:
    weights = np.exp(log_weights - log_weights.max())
    centres = np.exp(logs - logs.max(axis=1, keepdims=True))
    return weights, centres / centres.sum(axis=1, keepdims=True)
