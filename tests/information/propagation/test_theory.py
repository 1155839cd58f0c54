import math

import numpy as np
import pytest

from ib_mlflow.information.propagation import risk as theorems
from ib_mlflow.information.propagation.monte_carlo import mse_random
from ib_mlflow.information.propagation.theory import guarantees

RANDOM = np.random.default_rng(0)


def test_bounded_activations_have_theorem_4():
    centres = np.tanh(RANDOM.normal(size=(50, 8, 3)))
    bounds = guarantees(centres, beta=0.3, repeats=8, draws=1000)
    assert bounds["risk"] == sum(theorems.risk_bounded(n, 3, beta=0.3) for n in (400, 8))
    assert bounds["bias_floor"] == theorems.bias_floor(400, 3, beta=0.3)
    assert bounds["monte_carlo"] == math.sqrt(mse_random(400, 1000, 3))


def test_others_have_theorem_5_with_the_norm_that_they_show():
    centres = 3 * RANDOM.normal(size=(500, 80, 2)) * np.array([1.0, 0.1])
    bounds = guarantees(centres, beta=0.5, repeats=80, draws=1000)
    norm = 3 * math.sqrt(2 / math.pi)
    expected = [theorems.risk_subgaussian(n, 2, beta=0.5, norm=norm) for n in (40_000, 80)]
    assert bounds["risk"] == pytest.approx(sum(expected), rel=0.05)


def test_an_exact_layer_has_no_risk_but_that_of_its_draws():
    bounds = guarantees(np.zeros((50, 1, 3)), beta=0.3, repeats=0, draws=1000)
    assert bounds == {
        "risk": 0.0,
        "bias_floor": 0.0,
        "monte_carlo": math.sqrt(mse_random(50, 1000, 3)),
    }
