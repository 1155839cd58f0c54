import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.pixelcnn.checks import (
    checked_parameters,
    checked_shape,
    fraction,
    whole,
)


@pytest.mark.parametrize(
    ("shape", "levels"), [((1, 28, 28), 3), ((1, 14, 14), 2), ((3, 32, 32), 6), ((1, 40, 40), 4)]
)
def test_sizes_that_halve(shape, levels):
    assert checked_shape(shape, levels) == shape
    with pytest.raises(InvalidInputError, match=f"at most {levels} level"):
        checked_shape(shape, levels + 1)


@pytest.mark.parametrize("size", [(1, 0, 4), (1, 4), (1, 4, 2.5), "28", 28])
def test_what_is_no_shape(size):
    with pytest.raises(InvalidInputError, match="must be \\(channels, h, w\\)"):
        checked_shape(size, 1)


@pytest.mark.parametrize("value", [True, 0, -1, 2.0, "3", None])
def test_what_is_no_whole_number(value):
    with pytest.raises(InvalidInputError, match="blocks must be a whole number, at least 1"):
        whole(value, "blocks")


@pytest.mark.parametrize("value", [True, -0.1, 1, float("nan"), "half", None])
def test_what_is_no_fraction(value):
    with pytest.raises(InvalidInputError, match="dropout must lie from 0"):
        fraction(value, "dropout")


def test_integer_parameters_are_refused():
    with pytest.raises(InvalidInputError, match="floating-point"):
        checked_parameters(torch.zeros(1, 3, 2, 2, dtype=torch.int64), 3, None)
