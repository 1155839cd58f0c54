import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import entr
from scipy.stats import norm

from ib_mlflow.information import mixture_entropy
from ib_mlflow.information.mixture.toward import softplus, softplus_mean


def line_entropy(centres, beta, weights):
    """Entropy of a mixture on a line by the trapezoidal rule, which errs by less than 1e-10."""
    step = beta / 12
    t = np.arange(centres.min() - 10 * beta, centres.max() + 10 * beta, step)
    return entr(norm.pdf(t[:, None], centres, beta) @ weights).sum() * step


def test_softplus_is_that_of_numpy_to_rounding():
    x = np.concatenate([np.linspace(-590, 700, 4001), np.linspace(-3, 3, 601)])
    np.testing.assert_allclose([softplus(v) for v in x], np.logaddexp(0.0, x), rtol=2e-14)
    assert softplus(-1e4) < 1e-260


@pytest.mark.parametrize("s", [0.0, 0.3, 2.0, 2.49, 2.51, 6.0, 20.0, 300.0])
@pytest.mark.parametrize("tilt", [0.0, 3.0, -3.0, 40.0, 600.0])
def test_the_mean_of_two_that_overlap_is_that_of_quadrature(s, tilt):
    a = tilt - s * s / 2

    def integrand(u):
        return np.logaddexp(0.0, a + s * u) * norm.pdf(u)

    corner = [point for point in (-a / s if s else 0.0,) if -12 < point < 12]
    known = quad(integrand, -12, 12, points=corner or None, epsabs=1e-14, limit=500)[0]
    assert softplus_mean(a, s) == pytest.approx(known, rel=1e-11, abs=2e-12)


@pytest.mark.parametrize("beta", [0.1, 0.2, 10**-0.5, 0.4, 0.7, 1.0, 2.0])
@pytest.mark.parametrize("share", [0.5, 0.1, 1e-3])
def test_two_centres_have_no_error_left(beta, share):
    weights = np.array([share, 1 - share])
    truth = line_entropy(np.array([-1.0, 1.0]), beta, weights)
    estimate = mixture_entropy([-1.0, 1.0], beta=beta, weights=weights, n_queries=4000, seed=573)
    assert estimate.value == pytest.approx(truth, abs=1e-9)
    assert estimate.standard_error < 1e-3
    assert estimate.diagnostics["reliable"]


@pytest.mark.parametrize("d", [3, 10])
@pytest.mark.parametrize("beta", [0.2, 0.3, 0.4])
def test_corners_of_a_cube_have_next_to_no_error_left(d, beta):
    """Beyond pairs, whose means are known, a corner's neighbours see nothing of each other."""
    corners = 2.0 * ((np.arange(2**d)[:, None] >> np.arange(d)) & 1) - 1
    truth = d * line_entropy(np.array([-1.0, 1.0]), beta, np.full(2, 0.5))
    for seed in range(4):
        estimate = mixture_entropy(corners, beta=beta, seed=seed, n_queries=4000)
        assert estimate.value == pytest.approx(truth, abs=1e-4)
        assert estimate.standard_error < 1.001 / 4000


CENTRES = np.random.default_rng(0).normal(size=6)
LINES = {
    "six": (CENTRES, np.full(6, 1 / 6)),
    "near pairs": (np.array([0.0, 0.05, 1.0, 1.02, 2.0]), np.full(5, 0.2)),
    "unequal": (np.array([0.0, 0.4, 1.0, 1.5]), np.array([0.9, 0.004, 0.09, 0.006])),
}


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("beta", [0.05, 0.1, 0.15])
def test_standard_errors_cover_where_overlaps_are_rare(name, beta):
    """Of 100 intervals with 95 % each, 86 at least hold the truth: four standard errors fewer."""
    centres, weights = LINES[name]
    truth = line_entropy(centres, beta, weights)
    runs = [
        mixture_entropy(centres, beta=beta, weights=weights, n_queries=2000, seed=seed)
        for seed in range(100)
    ]
    misses = np.array([(run.value - truth) / run.standard_error for run in runs])
    assert np.mean(np.abs(misses) < 1.96) >= 0.86
    assert np.abs(misses).max() < 4.5


def test_what_rests_on_few_draws_is_not_reliable():
    """Two tight clusters, near enough that some draws see the other one and most do not."""
    random = np.random.default_rng(3)
    centres = np.repeat([[-1.0], [1.0]], 60, axis=0) + 0.05 * random.normal(size=(120, 1))
    truth = line_entropy(centres[:, 0], 0.3, np.full(120, 1 / 120))
    for seed in range(40):
        estimate = mixture_entropy(centres, beta=0.3, n_queries=1000, seed=seed)
        if estimate.diagnostics["reliable"]:
            assert abs(estimate.value - truth) < 5 * estimate.standard_error


def test_rare_overlaps_depend_on_the_seed_alone():
    centres = np.random.default_rng(1).normal(size=(40, 3))
    given = {"beta": 0.1, "n_queries": 2000}
    first, again, other = (mixture_entropy(centres, seed=seed, **given) for seed in (1, 1, 2))
    assert first.value == again.value != other.value
    assert first.value == pytest.approx(
        other.value, abs=4 * math.hypot(first.standard_error, other.standard_error)
    )
