import numpy as np
import pytest
from scipy.stats import kstest, norm

from ib_mlflow.information.mixture.sampling import Draws, average, draw
from ib_mlflow.information.mixture.tree import grow_tree


def test_draws_follow_the_mixture():
    points, weights = np.array([[-3.0, 0.0, 5.0]]), np.array([0.2, 0.5, 0.3])
    tree = grow_tree(points.copy(), weights)
    draws = draw(tree, 4000, np.random.default_rng(0))
    queries, noise = draws.queries, draws.noise

    def distribution(x):
        return norm.cdf(np.subtract.outer(x, points[0])) @ weights

    assert kstest(queries[:, 0], distribution).pvalue > 0.01
    centres = np.round(queries - noise, 9)
    places, count = np.unique(centres, return_counts=True)
    np.testing.assert_array_equal(places, points[0])
    np.testing.assert_allclose(count, 4000 * weights, atol=4)
    assert draws.shares.sum() == pytest.approx(1)


def test_each_of_few_components_has_strata_of_its_own():
    random = np.random.default_rng(1)
    weights = random.dirichlet(np.ones(30))
    tree = grow_tree(np.arange(30.0)[None].copy(), weights)
    draws = draw(tree, 200, random)
    owner = np.round(draws.queries - draws.noise)[:, 0].astype(int)
    np.testing.assert_array_equal(owner[0::2], owner[1::2])
    np.testing.assert_allclose(np.bincount(owner[0::2], draws.shares, 30), weights, atol=1e-12)


def independent(noise):
    return Draws(noise, noise, np.full(len(noise) // 2, 2 / len(noise)), np.empty(0, int))


def test_the_two_of_a_stratum_are_near_each_other():
    tree = grow_tree(np.random.default_rng(0).uniform(0, 1e4, (1, 1000)), np.full(1000, 1e-3))
    queries = draw(tree, 1000, np.random.default_rng(1)).queries
    # A leaf holds a tenth of the components; inside it they have no order.
    assert np.abs(queries[0::2] - queries[1::2]).mean() < 1e4 / 20


@pytest.mark.parametrize("n", [4, 80, 3000])
def test_a_quadratic_form_of_the_noise_is_known_without_error(n):
    noise = np.random.default_rng(n).normal(size=(n, 2))
    form = np.eye(2) if n < 3000 else np.array([[1.0, 0.4], [0.4, 0.2]])
    values = -3.0 - 0.5 * np.einsum("na,ab,nb->n", noise, form, noise)
    mean, error, _, _ = average(values, np.zeros(n), independent(noise))
    if n == 4:
        assert error > 0.01  # too few to fit anything
    else:
        assert mean == pytest.approx(3.0 + 0.5 * np.trace(form), abs=1e-12)
        assert error < 1e-12


def test_the_certificate_bounds_what_errors_of_the_values_do():
    random = np.random.default_rng(0)
    noise, bounds = random.normal(size=(2000, 3)), random.exponential(1e-3, 2000)
    values = -np.square(noise).sum(axis=1) + random.normal(size=2000)
    mean, _, certificate, _ = average(values, bounds, independent(noise))
    for signs in random.choice([-1, 1], (50, 2000)):
        assert (
            abs(average(values + signs * bounds, bounds, independent(noise))[0] - mean)
            <= certificate
        )
    assert certificate < 1.5 * bounds.mean()


@pytest.mark.parametrize("d", [1, 3])
def test_the_standard_error_is_that_of_repetitions(d):
    """Over 400 repetitions the spread of the mean is known to 3.5 %; four of those are allowed."""
    random = np.random.default_rng(d)
    means, errors = [], []
    for _ in range(400):
        strata = np.repeat(np.linspace(-1, 1, 200), 2)
        noise = random.normal(size=(400, d))
        values = strata + np.tanh(noise[:, 0] + strata) + 0.3 * np.square(noise).sum(axis=1)
        mean, error, _, _ = average(values, np.zeros(400), independent(noise))
        means.append(mean)
        errors.append(error)
    assert np.std(means) == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=0.14)
