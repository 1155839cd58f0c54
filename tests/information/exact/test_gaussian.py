import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, random_correlation

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.exact.gaussian import (
    gaussian_entropy,
    gaussian_information,
    gaussian_noise_information,
)


def covariance_of(seed, d):
    factor = np.random.default_rng(seed).normal(size=(d, d))
    return factor @ factor.T + 0.1 * np.eye(d)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), d=st.integers(1, 6))
def test_entropy_is_scipys(seed, d):
    covariance = covariance_of(seed, d)
    truth = multivariate_normal(np.zeros(d), covariance).entropy()
    assert gaussian_entropy(covariance) == pytest.approx(truth, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), d=st.integers(1, 4), other=st.integers(1, 4))
def test_information_is_that_of_the_canonical_correlations(seed, d, other):
    covariance = covariance_of(seed, d + other)
    within = [
        np.linalg.inv(np.linalg.cholesky(c)) for c in (covariance[:d, :d], covariance[d:, d:])
    ]
    correlations = np.linalg.svd(within[0] @ covariance[:d, d:] @ within[1].T, compute_uv=False)
    truth = -np.log1p(-(correlations**2)).sum() / 2
    assert gaussian_information(covariance, d) == pytest.approx(truth, abs=1e-8)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), d=st.integers(1, 4), variance=st.floats(0.01, 10))
def test_noise_information_is_the_joint_covariances(seed, d, variance):
    own = covariance_of(seed, d)
    joint = np.block([[own, own], [own, own + variance * np.eye(d)]])
    truth = gaussian_information(joint, d)
    assert gaussian_noise_information(own, variance=variance) == pytest.approx(truth, abs=1e-6)


def test_one_coordinate_may_be_a_number():
    assert gaussian_entropy(4.0) == pytest.approx(np.log(2 * np.pi * np.e * 4) / 2)
    assert gaussian_noise_information(0.0, variance=1.0) == 0.0


@pytest.mark.parametrize(
    "covariance",
    [
        -1.0,
        np.nan,
        np.inf,
        "x",
        [],
        [[1, 2], [3, 4]],
        [[1, 2], [2, 1]],
        np.ones((2, 2, 2)),
        [[1, 2, 3]],
    ],
)
def test_what_is_no_covariance_is_refused(covariance):
    with pytest.raises(InvalidInputError, match="must be a finite, symmetric matrix"):
        gaussian_entropy(covariance)


def test_singular_covariances_have_no_entropy_but_share_with_noise():
    singular = np.ones((2, 2))
    with pytest.raises(InvalidInputError, match="full rank"):
        gaussian_entropy(singular)
    with pytest.raises(InvalidInputError, match="full rank"):
        gaussian_information(singular, 1)
    shared = gaussian_noise_information(singular, variance=1.0)
    assert shared == pytest.approx(np.log(3) / 2)


def test_each_variable_needs_a_coordinate():
    correlation = random_correlation.rvs((0.5, 1.5), random_state=0)
    for d in (0, 2):
        with pytest.raises(InvalidInputError, match="d must be a whole number"):
            gaussian_information(correlation, d)
