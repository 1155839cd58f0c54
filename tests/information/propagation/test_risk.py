import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import entr
from scipy.stats import binom, norm

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.propagation.risk import (
    bias_floor,
    least_samples,
    risk_bounded,
    risk_subgaussian,
)


def convolved_entropy(weights, centres, beta):
    """Entropies (r,) of mixtures on a line with weights (r, k), by the trapezoidal rule."""
    step = beta / 12
    t = np.arange(centres.min() - 9 * beta, centres.max() + 9 * beta, step)
    density = np.atleast_2d(weights) @ norm.pdf(t, centres[:, None], beta)
    return entr(density).sum(axis=1) * step


@pytest.mark.parametrize("beta", [0.05, 0.3, 1.0, 4.0])
@pytest.mark.parametrize("n", [1, 10, 100, 1000])
def test_the_risk_of_two_points_stays_below_the_bound(n, beta):
    # Every sample that n throws can give, with its probability: the risk without sampling.
    ones = np.arange(n + 1)
    weights = np.stack([ones, n - ones], axis=1) / n
    centres = np.array([-1.0, 1.0])
    for p in (0.5, 0.9):
        truth = convolved_entropy([p, 1 - p], centres, beta)
        errors = np.abs(convolved_entropy(weights, centres, beta) - truth)
        assert binom.pmf(ones, n, p) @ errors <= risk_bounded(n, 1, beta=beta)


@pytest.mark.parametrize("beta", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("n", [3, 30, 300])
def test_the_risk_of_a_lattice_stays_between_floor_and_bound(n, beta):
    generator = np.random.default_rng(n)
    k = max(2, int(1 / beta))
    centres = np.linspace(-1, 1, k)
    estimates = convolved_entropy(
        generator.multinomial(n, np.full(k, 1 / k), 200) / n, centres, beta
    )
    errors = convolved_entropy(np.full(k, 1 / k), centres, beta) - estimates
    assert np.abs(errors).mean() <= risk_bounded(n, 1, beta=beta)
    assert bias_floor(n, 1, beta=beta) <= risk_bounded(n, 1, beta=beta)


@pytest.mark.parametrize("beta", [0.2, 1.0])
@pytest.mark.parametrize("n", [10, 300])
def test_the_risk_of_a_gaussian_stays_below_the_bound(n, beta):
    generator = np.random.default_rng(n)
    truth = np.log(2 * np.pi * np.e * (1 + beta**2)) / 2
    errors = [
        abs(convolved_entropy(np.full(n, 1 / n), generator.normal(size=n), beta) - truth)
        for _ in range(30)
    ]
    assert np.mean(errors) <= risk_subgaussian(n, 1, beta=beta, norm=np.sqrt(2 / np.pi))


def test_the_leading_term_is_the_printed_one():
    # Remark 1: at beta = 0.005 (layer 5 of 3 units), an error of 0.4 asks for 4e9 samples.
    n, d, beta, epsilon = 4 * 10**9, 3, 0.005, 1e-3
    width = 2 + 2 * beta * np.sqrt((2 + epsilon) * np.log(n))
    leading = (
        (1 / (4 * np.pi * beta**2)) ** (d / 4)
        * np.log(n * width**d / (np.pi * beta**2) ** (d / 2))
        * width ** (d / 2)
        / np.sqrt(n)
        / 2
    )
    assert leading == pytest.approx(0.4, abs=0.03)
    assert risk_bounded(n, d, beta=beta) == pytest.approx(leading, rel=0.05)


@settings(max_examples=80, deadline=None)
@given(
    n=st.integers(1, 10**9), d=st.integers(1, 40), beta=st.floats(1e-3, 10), norm=st.floats(0.01, 9)
)
def test_bounds_fall_with_samples_and_rise_with_dimension_and_norm(n, d, beta, norm):
    bounded, subgaussian = (
        risk_bounded(n, d, beta=beta),
        risk_subgaussian(n, d, beta=beta, norm=norm),
    )
    assert 0 < risk_bounded(4 * n, d, beta=beta) <= bounded
    assert 0 < risk_subgaussian(4 * n, d, beta=beta, norm=norm) <= subgaussian
    assert subgaussian <= risk_subgaussian(n, d, beta=beta, norm=2 * norm)
    floor = bias_floor(n, d, beta=beta)
    assert 0 <= bias_floor(4 * n, d, beta=beta) <= floor <= bias_floor(n, d + 1, beta=beta) + 1e-9
    # Between what the entropy can be at least and at most, and never above the risk.
    assert floor <= d / 2 * np.log1p(1 / beta**2)
    assert floor <= bounded


def test_huge_dimensions_overflow_to_infinity_and_not_to_an_error():
    assert risk_bounded(10, 10**5, beta=1e-3) == np.inf
    assert risk_subgaussian(10, 10**5, beta=1e-3, norm=1.0) == np.inf
    assert least_samples(10**5, beta=0.1, bias=0.1) == np.inf
    assert np.isfinite(bias_floor(10, 10**5, beta=0.1))


def printed_floor(n, d, beta, epsilon):
    k = np.floor(1 / (beta * norm.isf((1 - (1 - epsilon) ** (1 / d)) / 2)))
    return k, (1 - epsilon) * d * np.log(k) - entr(epsilon) - entr(1 - epsilon) - np.log(n)


@pytest.mark.parametrize("d", [1, 3, 11, 12, 1000, 10_000])
def test_the_floor_is_at_least_the_printed_one(d):
    # The paper's own numbers: k* = 3 up to 11 dimensions and 2 beyond, at beta 0.1 and 1 %.
    k, floor = printed_floor(1, d, 0.1, 0.01)
    assert k == (3 if d <= 11 else 2)
    assert bias_floor(1, d, beta=0.1) >= floor
    for beta, epsilon in ((0.1, 0.1), (0.05, 0.01), (0.02, 0.3)):
        assert bias_floor(1, d, beta=beta) >= printed_floor(1, d, beta, epsilon)[1] - 1e-9


@pytest.mark.parametrize(("n", "beta"), [(2, 0.02), (5, 0.01), (10, 0.003)])
def test_the_floor_is_met_by_a_lattice(n, beta):
    generator = np.random.default_rng(0)
    biases = []
    for k in (10, 30, 60, 100, 150):
        centres = np.linspace(-1 + 1 / k, 1 - 1 / k, k)
        samples = generator.multinomial(n, np.full(k, 1 / k), 30) / n
        lost = convolved_entropy(np.full(k, 1 / k), centres, beta)
        biases.append((lost - convolved_entropy(samples, centres, beta)).mean())
    assert 0 < bias_floor(n, 1, beta=beta) <= max(biases)


@pytest.mark.parametrize(("d", "beta", "bias"), [(3, 0.1, 0.1), (5, 0.005, 1.0), (1, 0.02, 0.5)])
def test_the_least_samples_are_where_the_floor_is_the_bias(d, beta, bias):
    least = least_samples(d, beta=beta, bias=bias)
    assert bias_floor(int(least), d, beta=beta) >= bias
    assert bias_floor(int(least) + 1, d, beta=beta) <= bias


def test_bad_input_is_refused():
    for bound in (risk_bounded, bias_floor):
        with pytest.raises(InvalidInputError, match="n must be a whole number"):
            bound(0, 1, beta=1)
        with pytest.raises(InvalidInputError, match="d must be a whole number"):
            bound(1, 0, beta=1)
        with pytest.raises(InvalidInputError, match="beta must be positive"):
            bound(1, 1, beta=-1)
    with pytest.raises(InvalidInputError, match="norm must be positive"):
        risk_subgaussian(1, 1, beta=1, norm=0)
    with pytest.raises(InvalidInputError, match="bias must be positive"):
        least_samples(1, beta=1, bias=0)
