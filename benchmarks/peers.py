"""The way of the paper's own code to the entropy of a mixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.neighbors import KernelDensity

if TYPE_CHECKING:
    from numpy.typing import NDArray

RELATIVE = 1e-3
"""The error of a density, as a share of it."""


def kernel_density(centres: NDArray[np.float32], beta: float, draws: int, *, seed: int) -> float:
    """Entropy in nats of Gaussians of width beta at centres (n, d), over so many draws."""
    rng = np.random.default_rng(seed)
    queries = centres[rng.integers(len(centres), size=draws)]
    queries = queries + beta * rng.normal(size=queries.shape)
    density = KernelDensity(bandwidth=beta, rtol=RELATIVE).fit(centres)
    return -float(density.score_samples(queries).mean())
