import numpy as np
import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.training.engines.descent import Descent, DescentSettings

PER_MEMBER = ["learning_rate", "final_learning_rate", "momentum", "weight_decay", "orthonormality"]


def descent_of(members, *, last=9, **changed):
    return Descent.of(members, DescentSettings(**{"learning_rate": 0.2, **changed}), last=last)


def test_scalars_are_repeated_and_arrays_kept():
    descent = descent_of(3, momentum=[0, 0.5, 0.9], orthonormality=0.1)
    expected = [[0.2, 0, 0, 0.1], [0.2, 0.5, 0, 0.1], [0.2, 0.9, 0, 0.1]]
    for epoch in (1, 5, 9):
        rates = descent.rates(epoch, torch.float64)
        assert torch.equal(rates, torch.tensor(expected, dtype=torch.float64))


def test_the_learning_rate_falls_by_the_same_factor_from_each_epoch_to_the_next():
    descent = descent_of(2, learning_rate=[5e-3, 1], final_learning_rate=5e-4)
    rates = np.stack([descent.rates(epoch, torch.float64)[:, 0] for epoch in range(1, 10)])
    np.testing.assert_allclose(rates[0], [5e-3, 1], rtol=1e-15)
    np.testing.assert_allclose(rates[-1], [5e-4, 5e-4], rtol=1e-12)
    factors = rates[1:] / rates[:-1]
    np.testing.assert_allclose(factors, np.broadcast_to(factors[0], (8, 2)), rtol=1e-12)


def test_an_only_epoch_has_the_first_learning_rate():
    descent = descent_of(1, final_learning_rate=0.1, last=1)
    assert descent.rates(1, torch.float64)[0, 0] == 0.2


@pytest.mark.parametrize("first", [0, [0.1, 0, 0.1]])
def test_a_learning_rate_falls_from_and_to_a_positive_number(first):
    for rates in (
        {"learning_rate": first, "final_learning_rate": 0.1},
        {"final_learning_rate": first},
    ):
        with pytest.raises(InvalidInputError, match="must be positive from the first to the last"):
            descent_of(3, **rates)


@pytest.mark.parametrize("name", PER_MEMBER)
@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf, [0.1, 0.2], "fast", [[0.1]] * 2])
def test_rates_out_of_range_are_refused(name, value):
    with pytest.raises(InvalidInputError, match=f"{name} must be at least 0"):
        descent_of(3, **{name: value})


def test_momentum_stays_below_one():
    with pytest.raises(InvalidInputError, match="momentum must be at least 0 and below 1"):
        descent_of(3, momentum=1)


@pytest.mark.parametrize("size", [0, -1, 2.5, "all"])
def test_batches_have_at_least_one_sample(size):
    with pytest.raises(InvalidInputError, match="batch_size must be a positive integer"):
        descent_of(3, batch_size=size)
