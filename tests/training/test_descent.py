import numpy as np
import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.training.descent import Descent

RIGHT = {"learning_rate": 0.2, "momentum": 0, "weight_decay": 0, "batch_size": 256}


def test_scalars_are_repeated_and_arrays_kept():
    descent = Descent.of(3, **{**RIGHT, "momentum": [0, 0.5, 0.9]})
    expected = torch.tensor([[0.2, 0, 0], [0.2, 0.5, 0], [0.2, 0.9, 0]], dtype=torch.float64)
    assert torch.equal(descent.rates(torch.float64), expected)


@pytest.mark.parametrize("name", ["learning_rate", "momentum", "weight_decay"])
@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf, [0.1, 0.2], "fast", None, [[0.1]] * 2])
def test_rates_out_of_range_are_refused(name, value):
    with pytest.raises(InvalidInputError, match=f"{name} must be at least 0"):
        Descent.of(3, **{**RIGHT, name: value})


def test_momentum_stays_below_one():
    with pytest.raises(InvalidInputError, match="momentum must be at least 0 and below 1"):
        Descent.of(3, **{**RIGHT, "momentum": 1})


@pytest.mark.parametrize("size", [0, -1, 2.5, "all"])
def test_batches_have_at_least_one_sample(size):
    with pytest.raises(InvalidInputError, match="batch_size must be a positive integer"):
        Descent.of(3, **{**RIGHT, "batch_size": size})
