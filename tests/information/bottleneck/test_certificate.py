import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import rel_entr

from ib_mlflow.information.bottleneck.certificate import highest
from ib_mlflow.information.bottleneck.clusters import Problem
from ib_mlflow.information.bottleneck.joint import read_joint
from ib_mlflow.information.bottleneck.search import random_start


def problem_of(seed, n, c, beta):
    joint = np.random.default_rng(seed).random((n, c)) ** 3
    return Problem(read_joint(joint / joint.sum()), beta)


def gain(problem, fit, r):
    """Ln G(r), (k, c) -> (k,), from its definition."""
    joint = problem.joint
    divergences = rel_entr(joint.conditionals[:, None], r).sum(axis=2)
    sums = np.exp(
        -problem.tradeoff * rel_entr(joint.conditionals[:, None], np.exp(fit.logs)).sum(axis=2)
    )
    sums = sums @ fit.weights
    return np.log((joint.weights / sums) @ np.exp(-problem.tradeoff * divergences) + 1e-300)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(2, 8),
    c=st.integers(2, 4),
    beta=st.floats(0.5, 40),
)
def test_no_distribution_passes_the_bound(seed, n, c, beta):
    problem = problem_of(seed, n, c, beta)
    rng = np.random.default_rng(seed)
    fit = random_start(problem, rng)
    centre, value, bound = highest(problem, fit)
    assert centre.sum() == pytest.approx(1, abs=1e-14)
    assert gain(problem, fit, centre[None])[0] == pytest.approx(value, abs=1e-9)
    assert bound - max(value, 0.0) < 1e-6 or value > 1e-6
    spread = np.concatenate([rng.dirichlet(np.ones(c), 3000), rng.dirichlet(np.full(c, 0.1), 1000)])
    near = np.abs(centre + 0.02 * rng.normal(size=(1000, c)))
    near /= near.sum(axis=1, keepdims=True)
    for r in (spread, near, problem.joint.conditionals):
        assert gain(problem, fit, np.maximum(r, 1e-300)).max() <= bound + 1e-12


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 8), beta=st.floats(0.5, 100))
def test_of_two_values_the_bound_is_that_of_a_fine_grid(seed, n, beta):
    problem = problem_of(seed, n, 2, beta)
    fit = random_start(problem, np.random.default_rng(seed))
    _, value, bound = highest(problem, fit)
    share = 1 / (1 + np.exp(-np.linspace(-25, 25, 20001)))
    finest = gain(problem, fit, np.stack([share, 1 - share], axis=1)).max()
    assert finest <= bound
    assert finest == pytest.approx(value, abs=1e-4 * (1 + beta))


def test_a_bound_that_was_cut_short_still_holds(monkeypatch):
    from ib_mlflow.information.bottleneck import certificate

    problem = problem_of(0, 8, 4, 20.0)
    fit = random_start(problem, np.random.default_rng(0))
    _, value, bound = highest(problem, fit)
    monkeypatch.setattr(certificate, "EFFORT", 0)
    _, early_value, early_bound = highest(problem, fit)
    assert early_value <= value + 1e-12
    assert early_bound >= bound - 1e-12
