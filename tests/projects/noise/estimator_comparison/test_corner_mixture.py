import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import entr
from scipy.stats import norm

from ib_mlflow.information import mixture_entropy
from projects.noise.estimator_comparison.corner_mixture import CornerMixture


@pytest.mark.parametrize("spread", [0.02, 0.5, 3.0])
def test_samples_are_gaussians_at_the_corners_cut_to_the_cube(spread):
    samples = CornerMixture(2, spread).draw(40_000, np.random.default_rng(0))
    assert np.abs(samples).max() <= 1
    # One coordinate, by rejection from the untruncated mixture.
    random = np.random.default_rng(1)
    free = random.choice([-1, 1], 400_000) + spread * random.normal(size=400_000)
    kept = free[np.abs(free) <= 1]
    grid = np.linspace(-0.99, 0.99, 9)
    expected = [(kept <= level).mean() for level in grid]
    for column in samples.T:
        shares = [(column <= level).mean() for level in grid]
        assert shares == pytest.approx(expected, abs=5 * 0.5 / math.sqrt(40_000))
    assert np.corrcoef(samples.T)[0, 1] == pytest.approx(0, abs=5 / math.sqrt(40_000))


@pytest.mark.parametrize(("spread", "beta"), [(0.02, 0.1), (0.5, 0.3), (3.0, 0.5)])
def test_the_entropy_of_a_coordinate_by_another_quadrature(spread, beta):
    mass = quad(lambda s: norm.pdf(s, 1, spread) + norm.pdf(s, -1, spread), -1, 1, limit=200,
                points=(-1 + 3 * spread, 1 - 3 * spread) if spread < 0.3 else None)[0]  # fmt: skip

    def density(t):
        # The convolution of a Gaussian with a truncated one, in closed form.
        total = 0.0
        for corner in (-1, 1):
            variance = spread**2 + beta**2
            middle = (corner * beta**2 + t * spread**2) / variance
            width = spread * beta / math.sqrt(variance)
            inside = norm.cdf((1 - middle) / width) - norm.cdf((-1 - middle) / width)
            total += norm.pdf(t, corner, math.sqrt(variance)) * inside
        return total / mass

    expected = quad(lambda t: float(entr(density(t))), -1 - 10 * beta, 1 + 10 * beta, limit=400)[0]
    for d in (1, 7):
        entropy = CornerMixture(d, spread).noisy_entropy(beta)
        assert entropy == pytest.approx(d * expected, abs=1e-6 * d)


def test_many_samples_come_to_the_same():
    mixture = CornerMixture(3, 0.1)
    samples = mixture.draw(100_000, np.random.default_rng(0))
    estimate = mixture_entropy(samples, beta=0.3, seed=0, n_queries=20_000)
    assert estimate.value == pytest.approx(
        mixture.noisy_entropy(0.3), abs=5 * estimate.standard_error
    )
