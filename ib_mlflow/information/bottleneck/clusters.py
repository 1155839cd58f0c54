"""Clusters of a bottleneck, their objective, and its descent.

With weights w_t and distributions r_t(y), the objective is

    f(w, r) = - Σ_x p(x) ln Σ_t w_t exp(-β D[p(y|x) ‖ r_t]),

whose minimum is that of I(X;T) + β (I(X;Y) - I(T;Y)): a mixture is fitted to the conditionals. A
step of Blahut and Arimoto is one of expectation and maximisation here, and never raises f.

Reference:
    Tishby, Pereira & Bialek (1999), "The information bottleneck method", arXiv:physics/0004057,
    equations 28 to 31.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import rel_entr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information.bottleneck.joint import Joint

    Array = NDArray[np.float64]

# No r_t(y) is smaller: what that costs in f is at most β c times this (c values of y).
SMALLEST = 1e-20


@dataclass(frozen=True, eq=False)
class Fit:
    """Clusters (w, r) at a tradeoff, and the encoder that they imply.

    Arguments:
        weights: (k,) w_t.
        logs: (k, c) ln r_t(y).
        objective: f in nats.
        log_sums: (n,) ln Σ_t w_t exp(-β D).
        encoder: (n, k) q(t | x).
        masses: (k,) q(t), the next weights.
        centres: (k, c) q(y | t), the next distributions.
        residual: how far the self-consistent equations are from holding, nats: the chi-square
            divergences of the next weights and distributions from these. 0 where they hold.
    """

    weights: Array
    logs: Array
    objective: float
    log_sums: Array
    encoder: Array
    masses: Array
    centres: Array
    residual: float

    def step(self) -> tuple[Array, Array]:
        """The weights and distributions after one step of Blahut and Arimoto."""
        return self.masses, self.centres


@dataclass(frozen=True, eq=False)
class Problem:
    """A joint distribution at one tradeoff.

    Arguments:
        joint: the distribution.
        tradeoff: β, the weight of I(T;Y).
    """

    joint: Joint
    tradeoff: float

    def fit(self, weights: Array, centres: Array) -> Fit:
        """The objective of clusters, and the encoder that is best for them.

        Arguments:
            weights: (k,) positive.
            centres: (k, c) distributions of y.
        """
        p, conditionals = self.joint.weights, self.joint.conditionals
        weights = weights / weights.sum()
        centres = np.maximum(centres, SMALLEST)
        centres = centres / centres.sum(axis=1, keepdims=True)
        logs = np.log(centres)
        exponents = self.tradeoff * (conditionals @ logs.T - self.joint.negentropies[:, None])
        exponents += np.log(weights)
        highest = exponents.max(axis=1, keepdims=True)
        encoder = np.exp(exponents - highest)
        sums = encoder.sum(axis=1, keepdims=True)
        encoder /= sums
        log_sums = (highest + np.log(sums))[:, 0]
        shares = p[:, None] * encoder
        masses = shares.sum(axis=0)
        kept = masses > 0
        if not kept.all():
            return self.fit(masses[kept], centres[kept])
        updated = (shares.T @ conditionals) / masses[:, None]
        allowed = np.maximum(updated, SMALLEST)
        off = ((allowed - centres) ** 2 / allowed).sum(axis=1)
        residual = ((masses - weights) ** 2 / masses).sum() + self.tradeoff * masses @ off
        return Fit(
            weights, logs, -float(p @ log_sums), log_sums, encoder, masses, updated, float(residual)
        )

    def informations(self, fit: Fit) -> tuple[float, float]:
        """I(X;T) and I(T;Y) in nats of a fit's encoder, from nothing else."""
        joint, encoder = self.joint, fit.encoder
        i_x = joint.weights @ rel_entr(encoder, fit.masses).sum(axis=1)
        i_y = fit.masses @ rel_entr(fit.centres, joint.marginal).sum(axis=1)
        return float(i_x), float(i_y)

    def nothing(self) -> Fit:
        """The one cluster that knows nothing."""
        return self.fit(np.ones(1), self.joint.marginal[None])

    def everything(self) -> Fit:
        """A cluster for every conditional."""
        return self.fit(self.joint.weights, self.joint.conditionals)

    def likelihoods(self, fit: Fit, centres: Array) -> Array:
        """exp(-β D) of distributions (k, c), relative to a fit's sums: (n, k)."""
        logs = np.log(np.maximum(centres, SMALLEST))
        exponents = self.joint.conditionals @ logs.T - self.joint.negentropies[:, None]
        return np.asarray(np.exp(self.tradeoff * exponents - fit.log_sums[:, None]))
