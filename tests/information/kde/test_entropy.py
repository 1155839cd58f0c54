import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import kde_entropy

RANDOM = np.random.default_rng(0)


def formula(points, width):
    """The leave-one-out estimate, term by term."""
    n, d = points.shape
    squares = np.square(points[:, None] - points).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    logs = logsumexp(-squares / (2 * width**2), axis=1) - math.log(n - 1)
    return float(np.mean(d / 2 * math.log(2 * math.pi * width**2) - logs))


@settings(max_examples=12)
@example(seed=0, d=1, width=0.125)  # one sample stands far from all others
@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 12), width=st.floats(0.03, 3))
def test_the_value_is_that_of_its_formula(seed, d, width):
    points = np.random.default_rng(seed).normal(size=(60, d))
    value = kde_entropy(points, width=width).value
    assert value == pytest.approx(formula(points, width), rel=1e-6, abs=1e-5)


@pytest.mark.parametrize("d", [1, 3])
def test_the_width_is_the_one_of_greatest_likelihood(d):
    points = RANDOM.normal(size=(300, d)) * np.array([1.0, 3.0, 0.5])[:d]
    estimate = kde_entropy(points)
    width = estimate.diagnostics["width"]
    others = [formula(points, width * factor) for factor in (0.5, 0.9, 1.1, 2.0)]
    assert estimate.value == pytest.approx(formula(points, width), abs=1e-5)
    assert min(others) > estimate.value
    assert kde_entropy(points, width=width).value == pytest.approx(estimate.value, abs=1e-9)


@pytest.mark.parametrize(("n", "d", "most"), [(4000, 1, 0.02), (4000, 2, 0.05)])
def test_the_entropy_of_gaussians(n, d, most):
    estimate = kde_entropy(RANDOM.normal(size=(n, d)))
    truth = d / 2 * math.log(2 * math.pi * math.e)
    assert estimate.value == pytest.approx(truth, abs=4 * estimate.standard_error + most)
    assert estimate.diagnostics["reliable"]


def test_the_standard_error_is_that_of_repetitions():
    estimates = [kde_entropy(RANDOM.exponential(size=(200, 1))) for _ in range(40)]
    spread = np.std([estimate.value for estimate in estimates], ddof=1)
    # The width is fitted to the samples, which the standard error does not know.
    assert spread == pytest.approx(
        np.mean([estimate.standard_error for estimate in estimates]), rel=0.4
    )


def test_in_many_dimensions_it_is_far_too_high_and_says_so():
    estimate = kde_entropy(RANDOM.normal(size=(1000, 10)))
    assert estimate.value > 5 * math.log(2 * math.pi * math.e) + 0.3
    assert not estimate.diagnostics["reliable"]


def test_scale_and_place_act_as_on_the_truth():
    points = RANDOM.normal(size=(200, 2))
    moved = kde_entropy(1000 * points + 7)
    assert moved.value == pytest.approx(kde_entropy(points).value + 2 * math.log(1000), abs=1e-3)


def test_atoms_leave_no_best_width():
    estimate = kde_entropy(np.repeat(RANDOM.normal(size=(50, 1)), 4, axis=0))
    assert not estimate.diagnostics["reliable"]


@pytest.mark.parametrize(
    ("points", "width"),
    [
        (np.ones((10, 2)), None),
        (np.ones((3, 1)), None),
        ([0.0, 1.0, np.nan, 2.0], None),
        (np.zeros((4, 2, 2)), None),
        ([0.0, 1.0, 2.0, 3.0], 0.0),
        ([0.0, 1.0, 2.0, 3.0], math.inf),
        ([0.0, 1.0, 2.0, 3.0], 1e-200),
        ([0.0, 1.0, 2.0, 3e300], None),
    ],
    ids=["equal", "few", "nan", "shape", "width 0", "infinite width", "tiny width", "huge"],
)
def test_what_cannot_be_measured_is_refused(points, width):
    with pytest.raises(InvalidInputError):
        kde_entropy(points, width=width)
