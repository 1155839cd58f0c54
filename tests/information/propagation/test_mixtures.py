import numpy as np
import pytest
from scipy.special import logsumexp

from ib_mlflow.information.propagation.mixtures import TOLERANCE, Density, Mixture


def brute(centres, queries):
    rows = centres.reshape(-1, centres.shape[-1])
    squares = np.square(queries[:, None] - rows).sum(axis=2)
    return logsumexp(-squares / 2, axis=1) - np.log(len(rows))


@pytest.mark.parametrize("d", [1, 3])
def test_the_density_is_that_of_all_propagations_and_they_stay_as_they_are(d):
    random = np.random.default_rng(d)
    centres = 3 * random.normal(size=(20, 8, d))
    centres[:5] = centres[0]  # equal ones are merged
    queries, before = random.normal(size=(50, d)), centres.copy()
    mixture = Mixture(centres)
    assert mixture.count == 160
    sums = mixture.logarithms(queries, queries, Density.WHOLE)
    np.testing.assert_allclose(sums.values, brute(centres, queries), atol=TOLERANCE)
    assert (np.abs(sums.values - brute(centres, queries)) <= sums.bounds).all()
    np.testing.assert_array_equal(centres, before)


def test_the_cheap_density_and_the_ratio_make_up_the_density():
    random = np.random.default_rng(0)
    centres = random.normal(size=(16, 64, 2))
    noise = random.normal(size=(40, 2))
    queries = centres.reshape(-1, 2)[:40] + noise
    mixture = Mixture(centres)
    mixture.thin(4)
    whole, cheap, ratio = (mixture.logarithms(queries, noise, density) for density in Density)
    np.testing.assert_allclose(cheap.values + ratio.values, whole.values, atol=2 * TOLERANCE)
    assert np.abs(ratio.values).max() < 1
    own = np.exp(-np.square(noise).sum(axis=1) / 2) / (16 * 64)
    expected = np.log(np.exp(brute(centres[:, :4], queries)) + own)
    np.testing.assert_allclose(cheap.values, expected, atol=TOLERANCE)


def test_no_ratio_is_boundless():
    """Where no propagation of the cheap density is near, the query's own keeps it up."""
    centres = np.zeros((4, 10, 1))
    centres[:, 5:] = 1000.0
    noise = np.array([[0.5]])
    mixture = Mixture(centres)
    mixture.thin(5)
    (ratio,) = mixture.logarithms(1000 + noise, noise, Density.RATIO).values
    assert 0 < ratio < np.log(40)
