import numpy as np
import pytest
from scipy.special import logsumexp

from ib_mlflow.information.mixture import sums


def test_the_exponential_is_exact_to_rounding_and_never_denormal():
    x = -np.concatenate([np.linspace(0, 50, 2001), np.geomspace(1e-300, 599, 500)])
    values = np.array([sums.exponential(value) for value in x])
    np.testing.assert_allclose(values, np.exp(x), rtol=2e-14)
    assert sums.exponential(-1e200) == sums.exponential(sums.LOWEST) > 1e-300
    assert sums.exponential(sums.HIGHEST) == pytest.approx(np.exp(sums.HIGHEST), rel=2e-14)


def test_a_bound_of_a_logarithm_is_near_it():
    x = np.concatenate([np.geomspace(1e-300, 1e300, 4001), 2.0 ** np.arange(-9, 9)])
    above = np.array([sums.log_above(value) for value in x]) - np.log(x)
    assert (above > 0).all()
    assert (above < np.log(2) + 1e-12).all()
    assert np.isfinite(sums.log_above(0.0))


@pytest.mark.parametrize("d", [1, 2, 3, 7])
@pytest.mark.parametrize("k", [1, 5, sums.LENGTH, 2 * sums.LENGTH + 3])
def test_the_sums_are_those_of_scipy(d, k):
    random = np.random.default_rng(k)
    points, weights = 3 * random.normal(size=(d, k)), random.dirichlet(np.ones(k))
    queries = random.normal(size=(2 * sums.TOGETHER + 1, d))
    values, bounds = np.full((2, len(queries)), np.nan)
    sums.log_sums(points, weights, queries, 1, len(queries), values, bounds)
    squares = np.square(queries[:, :, None] - points).sum(axis=1)
    expected = logsumexp(-0.5 * squares, b=weights, axis=1)
    assert np.isnan([values[0], bounds[0]]).all()
    np.testing.assert_allclose(values[1:], expected[1:], rtol=0, atol=1e-12)
    assert (bounds[1:] < 1e-200).all()


@pytest.mark.parametrize("d", [2, sums.NEAR_DIMENSIONS, sums.NEAR_DIMENSIONS + 1, 1500])
def test_what_is_far_from_all_is_summed_as_what_is_near(d):
    random = np.random.default_rng(d)
    points, weights = 30 * random.normal(size=(d, 700)), random.dirichlet(np.ones(700))
    queries = 10.0 ** np.arange(5)[:, None] * random.normal(size=(5, d))
    values, bounds = np.empty((2, 5))
    sums.log_sums(points, weights, queries, 0, 5, values, bounds)
    squares = np.square(queries[:, :, None] - points).sum(axis=1)
    expected = logsumexp(-0.5 * squares, b=weights, axis=1)
    np.testing.assert_allclose(values, expected, rtol=1e-13)
    assert (bounds < 1e-100).all()


def test_what_the_smallest_exponent_may_add_is_counted():
    points, weights = np.array([[0.0, 60.0]]), np.array([1.0, 1e-290])
    values, bounds = np.empty((2, 1))
    sums.log_sums(points, weights, np.array([[60.0]]), 0, 1, values, bounds)
    truth = logsumexp([-1800.0, 0.0], b=weights)
    assert abs(values[0] - truth) <= bounds[0]
    assert bounds[0] > 1
