import math

import numpy as np
import pytest

from ib_mlflow.information import mixture_entropy
from ib_mlflow.information.propagation import layer
from ib_mlflow.information.propagation.layer import layer_information

CODES = np.arange(6) % 2


def measure(centres, fresh, beta=0.2, seed=0):
    rng = np.random.default_rng(seed)
    return layer_information(centres, fresh, CODES, beta=beta, n=4000, rng=rng)


def propagations(seed):
    random = np.random.default_rng(seed)
    middle = np.random.default_rng(0).normal(size=(6, 1, 2))
    return [np.tanh(middle + 0.3 * random.normal(size=(6, 400, 2))) for _ in range(2)]


def test_a_layer_without_noise_below_is_one_mixture():
    centres = np.random.default_rng(0).normal(size=(6, 1, 3))
    i_x, i_y, entropy = measure(centres, None)
    expected = mixture_entropy(centres[:, 0], beta=0.2, seed=1)
    unit = 1.5 * math.log(2 * math.pi * 0.2**2)
    error = math.hypot(i_x.standard_error, expected.standard_error)
    assert entropy.value + unit == pytest.approx(expected.value, abs=4 * error)
    assert i_x.value == entropy.value - 1.5
    assert (i_x.half, i_x.below) == (i_x.value, i_x.value)
    assert (i_y.half, i_y.below) == (i_y.value, i_y.value)


def test_only_differences_in_units_of_the_noise_count():
    first, second = propagations(1)
    expected = measure(first, second)
    moved = measure(8 * first + 4.0, 8 * second + 4.0, beta=1.6)
    for information, reference in zip(moved, expected, strict=True):
        assert information.value == pytest.approx(reference.value, abs=1e-9)
        assert information.half == pytest.approx(reference.half, abs=1e-9)


def test_trees_and_all_pairs_agree_on_the_entropy_given_the_input(monkeypatch):
    first, second = propagations(1)
    pairs, _, _ = measure(first, second)
    monkeypatch.setattr(layer, "MANY", 100)
    trees, _, _ = measure(first, second)
    error = math.hypot(pairs.standard_error, trees.standard_error)
    assert trees.value == pytest.approx(pairs.value, abs=4 * error)
    assert trees.below == pytest.approx(pairs.below, abs=6 * error)


def test_bounds_lie_on_both_sides_of_what_many_propagations_say():
    """Means over repetitions with few propagations, against one with many."""
    repetitions = []
    for seed in range(40):
        first, second = propagations(seed)
        repetitions.append(measure(first[:, :8], second[:, :8], seed=seed)[:2])
    many = measure(*propagations(100))
    for which in range(2):
        value, half, below = (
            np.mean([getattr(repetition[which], name) for repetition in repetitions])
            for name in ("value", "half", "below")
        )
        assert below < many[which].value < value < half


def test_the_standard_error_is_that_of_repetitions():
    for which in range(2):
        repetitions = []
        for seed in range(60):
            first, second = propagations(seed)
            repetitions.append(measure(first[:, :16], second[:, :16], seed=seed)[which])
        spread = np.std([repetition.value for repetition in repetitions], ddof=1)
        assert spread == pytest.approx(
            np.mean([repetition.standard_error for repetition in repetitions]), rel=0.3
        )


@pytest.mark.parametrize("r", [4, 16])
@pytest.mark.parametrize("many", [layer.MANY, 1])
def test_the_standard_error_of_the_lower_bound_is_that_of_repetitions(monkeypatch, r, many):
    monkeypatch.setattr(layer, "MANY", many)
    repetitions = []
    for seed in range(60):
        first, second = propagations(seed)
        repetitions.append(measure(first[:, :r], second[:, :r], seed=seed)[:2])
    for which in range(2):
        spread = np.std([repetition[which].below for repetition in repetitions], ddof=1)
        error = np.sqrt(np.mean([repetition[which].below_error ** 2 for repetition in repetitions]))
        # That they share propagations is not taken off; 60 repetitions know the spread to 10 %.
        assert 0.5 < spread / error < 1.5
