"""Gaussians at the corners of a cube, truncated to it: samples whose noisy entropy is known."""

from dataclasses import dataclass

import numpy as np
from scipy.special import roots_legendre
from scipy.stats import norm, truncnorm

from ib_mlflow.information.exact.quadrature import LineRule, gaussians
from ib_mlflow.trajectory.members import Numbers

NODES = 200
# Half of a Gaussian has nothing left beyond so many deviations.
REACH = 10.0


@dataclass(frozen=True)
class CornerMixture:
    """S of equally likely Gaussians N(corner, spread² I) at the corners of [-1, 1]^d, cut to it.

    Its coordinates are independent, so that the entropy of S + Z is d times that of one of them,
    which is an integral over the line.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, supplement, remark 6 and Fig. 14.

    Arguments:
        dimension: d.
        spread: standard deviation of a component before truncation.
    """

    dimension: int
    spread: float

    def draw(self, n: int, random: np.random.Generator) -> Numbers:
        """Samples (n, d).

        Example:
            >>> samples = CornerMixture(2, 0.1).draw(1000, np.random.default_rng(0))
            >>> samples.shape, float(np.abs(samples).max()) <= 1
            ((1000, 2), True)
        """
        shape = n, self.dimension
        cut = truncnorm(0, 2 / self.spread)
        inwards = self.spread * np.asarray(cut.rvs(size=shape, random_state=random))
        return np.asarray(random.choice([-1.0, 1.0], size=shape) * (1 - inwards))

    def noisy_entropy(self, beta: float) -> float:
        """Entropy of S + N(0, beta² I) by quadrature, in nats.

        Example:
            >>> narrow = CornerMixture(3, 1e-6).noisy_entropy(0.01)
            >>> distant = 3 * (np.log(2) + 0.5 * np.log(2 * np.pi * np.e * 0.01**2))
            >>> round(narrow - float(distant), 6)
            0.0
        """
        at, weights = roots_legendre(NODES)
        inwards = min(2 / self.spread, REACH) * (1 + at) / 2
        masses = norm.pdf(inwards) * weights
        ends = np.concatenate([1 - self.spread * inwards, self.spread * inwards - 1])
        halves = np.concatenate([masses, masses]) / (2 * masses.sum())
        rule = LineRule.around(ends, smallest=beta, largest=beta)
        density = halves @ gaussians(rule.nodes, ends, beta)
        return self.dimension * float(rule.entropy(density))
