import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.mixture import mixture_entropy, mixture_entropy_bounds
from ib_mlflow.information.mixture import tree as tree_module


def formula(centres, beta, weights, factor):
    squares = np.square(centres[:, None] - centres[None]).sum(axis=-1)
    inner = logsumexp(-squares / (factor * beta**2), b=weights, axis=1)
    return 0.5 * centres.shape[1] * math.log(2 * math.pi * math.e * beta**2) - weights @ inner


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    d=st.integers(1, 6),
    k=st.integers(1, 60),
    log_beta=st.floats(-6, 1),
)
def test_the_bounds_are_their_formulas_and_bracket(seed, d, k, log_beta):
    random = np.random.default_rng(seed)
    centres, weights = random.normal(size=(k, d)), random.dirichlet(np.ones(k))
    beta = math.exp(log_beta)
    lower, upper = mixture_entropy_bounds(centres, beta=beta, weights=weights)
    assert lower.value == pytest.approx(formula(centres, beta, weights, 8), abs=1e-9)
    assert upper.value == pytest.approx(formula(centres, beta, weights, 2), abs=1e-9)
    assert (lower.kind, upper.kind) == ("lower", "upper")
    inside = mixture_entropy(centres, beta=beta, weights=weights, seed=seed, n_queries=400)
    allowed = 5 * inside.standard_error + 1e-9
    assert lower.value - allowed <= inside.value <= upper.value + allowed


@pytest.mark.parametrize("spread", [0.001, 0.3])
def test_the_tree_widens_them_by_no_more_than_the_certificate(monkeypatch, spread):
    random = np.random.default_rng(0)
    corners = np.sign(random.normal(size=(8, 3)))
    centres = corners[random.integers(0, 8, 3000)] + spread * random.normal(size=(3000, 3))
    weights = np.full(3000, 1 / 3000)
    monkeypatch.setattr(tree_module, "LEAF", 16)
    bounds = mixture_entropy_bounds(centres, beta=0.02)
    for bound, factor, side in zip(bounds, (8, 2), (-1, 1), strict=True):
        certificate = bound.diagnostics["certificate"]
        assert bound.diagnostics["method"] == "tree"
        excess = side * (bound.value - formula(centres, 0.02, weights, factor))
        assert -1e-12 <= excess <= 2 * certificate <= 2.1e-4


def test_equal_and_far_components_are_exact():
    gaussian = math.log(2 * math.pi * math.e * 0.01)
    for bound in mixture_entropy_bounds(np.zeros((5, 2)), beta=0.1):
        assert bound.value == pytest.approx(gaussian, abs=1e-10)
        assert bound.diagnostics["components_merged"] == 1
    for bound in mixture_entropy_bounds([[0.0, 0.0], [100.0, 0.0]], beta=0.1):
        assert bound.value == pytest.approx(gaussian + math.log(2), abs=1e-10)


@pytest.mark.parametrize("beta", [1e-310, 1e-200, 1e300])
def test_no_noise_is_too_small_or_large(beta):
    for bound in mixture_entropy_bounds([[0.0, 1e-320], [0.0, 1e-320]], beta=beta):
        gaussian = math.log(2 * math.pi * math.e) + 2 * math.log(beta)
        assert bound.value == pytest.approx(gaussian, rel=1e-14)


def test_bad_input_is_refused():
    with pytest.raises(InvalidInputError, match="beta must be positive"):
        mixture_entropy_bounds([[0.0]], beta=0)
    with pytest.raises(InvalidInputError, match="sum to 1"):
        mixture_entropy_bounds([[0.0]], beta=1, weights=[0.5])
