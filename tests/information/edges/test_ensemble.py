import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from ib_mlflow.information.edges.cells import Variable, joint_counts
from ib_mlflow.information.edges.ensemble import (
    RATIOS,
    ensemble_information,
    ensemble_weights,
    least_occupancy,
    narrowest_width,
)


@settings(max_examples=50, deadline=None)
@given(order=st.integers(0, 5), powers=st.lists(st.floats(-3, 3), min_size=6, max_size=6))
def test_a_bias_of_the_cancelled_powers_is_gone(order, powers):
    weights = ensemble_weights(RATIOS, order)
    powers_of_width = RATIOS ** np.arange(1, order + 1)[:, None]
    polynomial = 0.7 + powers[:order] @ powers_of_width
    scale = np.abs(weights).sum() * np.abs(polynomial).max()
    assert weights @ polynomial == pytest.approx(0.7, abs=1e-9 * max(1, scale))


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_the_weights_are_the_smallest(order):
    conditions = [{"type": "eq", "fun": lambda w: w.sum() - 1}] + [
        {"type": "eq", "fun": lambda w, i=i: w @ (RATIOS / 3) ** i} for i in range(1, order + 1)
    ]
    best = minimize(
        lambda w: w @ w,
        np.full(RATIOS.size, 1 / RATIOS.size),
        jac=lambda w: 2 * w,
        constraints=conditions,
        options={"ftol": 1e-14, "maxiter": 500},
    )
    np.testing.assert_allclose(ensemble_weights(RATIOS, order), best.x, atol=1e-4)


def test_the_narrowest_width_leaves_enough_samples_to_a_cell():
    x, y = (Variable(rows) for rows in np.random.default_rng(0).random((2, 3000, 1)))
    width = narrowest_width(x, y, 3000)
    assert 3000 / joint_counts(x, y, width).size >= least_occupancy(3000)
    assert 3000 / joint_counts(x, y, 0.9 * width).size < least_occupancy(3000)


def test_few_places_get_the_least_width_and_too_many_units_the_whole_range():
    generator = np.random.default_rng(0)
    places = Variable(generator.integers(3, size=(500, 1)) / 4)
    assert narrowest_width(places, Variable(symbols=generator.integers(2, size=500)), 500) == 2**-20
    crowded = Variable(generator.random((500, 12)))
    assert narrowest_width(crowded, crowded, 500) == 1.0


def test_an_ensemble_has_a_row_for_each_width():
    x, y = (Variable(rows) for rows in np.random.default_rng(0).random((2, 50, 1)))
    plug_in, pseudo = ensemble_information(x, y, 0.2)
    assert (plug_in.shape, pseudo.shape) == ((RATIOS.size,), (RATIOS.size, 50))
