import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_mlflow.information.bottleneck.clusters import Problem
from ib_mlflow.information.bottleneck.descent import CONVERGED, _newton, descend
from ib_mlflow.information.bottleneck.joint import read_joint
from ib_mlflow.information.bottleneck.search import random_start


def problem_of(seed, n=6, c=3, beta=6.0):
    joint = np.random.default_rng(seed).random((n, c)) ** 2
    return Problem(read_joint(joint / joint.sum()), beta)


def informations(problem, encoder):
    """I(X;T) and I(T;Y) from the joint distributions, by entropies."""
    joint = problem.joint

    def entropy(p):
        p = p[p > 0]
        return -np.sum(p * np.log(p))

    xt = joint.weights[:, None] * encoder
    ty = xt.T @ joint.conditionals
    i_x = entropy(joint.weights) + entropy(xt.sum(axis=0)) - entropy(xt)
    return i_x, entropy(ty.sum(axis=1)) + entropy(ty.sum(axis=0)) - entropy(ty)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), c=st.integers(2, 5), beta=st.floats(0.5, 50))
def test_a_step_never_raises_the_objective_which_bounds_the_lagrangian(seed, c, beta):
    problem = problem_of(seed, c=c, beta=beta)
    fit = random_start(problem, np.random.default_rng(seed))
    np.testing.assert_allclose(fit.encoder.sum(axis=1), 1, atol=1e-13)
    np.testing.assert_allclose(fit.centres.sum(axis=1), 1, atol=1e-13)
    i_x, i_y = informations(problem, fit.encoder)
    assert problem.informations(fit) == pytest.approx((i_x, i_y), abs=1e-12)
    lagrangian = i_x + beta * (problem.joint.information - i_y)
    after = problem.fit(*fit.step())
    assert after.objective - 1e-12 <= lagrangian <= fit.objective + 1e-12


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), c=st.integers(2, 6), beta=st.floats(1.5, 60))
def test_descents_end_where_the_equations_hold(seed, c, beta):
    problem = problem_of(seed, c=c, beta=beta)
    start = random_start(problem, np.random.default_rng(seed))
    fit = descend(problem, start)
    assert fit.residual <= CONVERGED
    assert fit.objective <= start.objective + 1e-13
    weights, centres = fit.step()
    np.testing.assert_allclose(weights, fit.weights, rtol=1e-8)
    divergences = np.sum(
        problem.joint.conditionals[:, None] * np.log(problem.joint.conditionals[:, None] / centres),
        axis=2,
    )
    encoder = weights * np.exp(-beta * divergences)
    encoder /= encoder.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(encoder, fit.encoder, atol=1e-8)


def test_newton_steps_converge_quadratically():
    problem = problem_of(3)
    fit = descend(problem, random_start(problem, np.random.default_rng(0)))
    off = problem.fit(fit.weights * (1 + 1e-3 * np.arange(fit.weights.size)), np.exp(fit.logs))
    once = _newton(problem, problem.fit(*off.step()), 0.0)
    assert once.residual < off.residual**1.5


def test_many_parameters_descend_by_extrapolated_steps():
    problem = problem_of(0, n=40, c=12, beta=8.0)
    fit = descend(problem, problem.everything())
    plain = problem.everything()
    for _ in range(5000):
        plain = problem.fit(*plain.step())
    assert fit.objective <= plain.objective + 1e-9
