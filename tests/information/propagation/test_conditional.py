import math

import numpy as np
import pytest

from ib_mlflow.information import mixture_entropy
from ib_mlflow.information.propagation import conditional
from ib_mlflow.information.propagation.conditional import entropy_given_input


def test_the_entropy_is_the_mean_over_the_inputs():
    random = np.random.default_rng(0)
    centres = random.exponential(size=(6, 1, 3)) * random.normal(size=(6, 400, 3))
    entropy = entropy_given_input(centres, random)
    parts = [mixture_entropy(rows, beta=1.0, seed=2, n_queries=40_000) for rows in centres]
    expected = np.mean([part.value for part in parts]) - 1.5 * math.log(2 * math.pi)
    # The variance is also that of the propagations, and so more than that of the draws.
    assert entropy.value == pytest.approx(expected, abs=4 * math.sqrt(entropy.variance))
    assert entropy.above > entropy.value - 4 * math.sqrt(entropy.variance)


def test_one_gaussian_has_no_error():
    entropy = entropy_given_input(np.full((5, 8, 4), 3.0), np.random.default_rng(0))
    assert entropy.value == pytest.approx(2.0, abs=1e-12)
    assert entropy.half == pytest.approx(2.0, abs=1e-12)
    assert entropy.above == pytest.approx(2.0, abs=1e-12)
    assert entropy.variance < 1e-25


def test_the_work_may_be_cut_into_pieces(monkeypatch):
    centres = np.random.default_rng(0).normal(size=(50, 8, 2))
    whole = entropy_given_input(centres, np.random.default_rng(1))
    monkeypatch.setattr(conditional, "CHUNK", 100)
    assert entropy_given_input(centres, np.random.default_rng(1)) == whole


@pytest.mark.parametrize("spread", [0.3, 2.0])
def test_the_variance_is_that_of_repetitions_and_bounds_lie_on_both_sides(spread):
    """S given the input is N(x, spread² I), so that T is Gaussian."""
    truth = 1 + math.log(1 + spread**2)  # of two dimensions, less ln(2 pi)
    repetitions = []
    for seed in range(200):
        random = np.random.default_rng(seed)
        centres = random.normal(size=(10, 1, 2)) + spread * random.normal(size=(10, 32, 2))
        repetitions.append(entropy_given_input(centres, random))
    values = np.array([[part.value, part.half, part.above] for part in repetitions])
    ratio = values[:, 0].var(ddof=1) / np.mean([part.variance for part in repetitions])
    assert 0.7 < ratio < 1.4
    value, half, above = values.mean(axis=0)
    assert half < value < truth < above
