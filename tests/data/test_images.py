import numpy as np
import pytest
import torch

from ib_mlflow.data import binarise, load, shrink
from ib_mlflow.errors import InvalidInputError


@pytest.fixture(scope="module")
def digits():
    return load("digits")


@pytest.mark.parametrize("factor", [1, 2, 4, 8])
def test_blocks_are_averaged(digits, factor):
    pooled = torch.nn.functional.avg_pool2d(torch.tensor(digits.inputs).double(), factor)
    small = shrink(digits, factor=factor)
    np.testing.assert_array_equal(small.inputs, pooled.round().numpy().astype(np.uint8))
    assert small.labels is digits.labels or (small.labels == digits.labels).all()
    assert small.levels == digits.levels
    assert f"{factor} × {factor}" in small.source


@pytest.mark.parametrize("threshold", [0.25, 0.5, 1.0])
def test_bits_say_which_inputs_are_high(digits, threshold):
    bits = binarise(digits, threshold=threshold)
    np.testing.assert_array_equal(bits.inputs, digits.features().reshape(-1, 1, 8, 8) >= threshold)
    assert bits.levels == 2
    assert bits.inputs.dtype == np.uint8
    assert bits.digest != digits.digest


@pytest.mark.parametrize("factor", [0, 3, -1, 2.0])
def test_blocks_must_fit(digits, factor):
    with pytest.raises(InvalidInputError, match="factor must divide"):
        shrink(digits, factor=factor)


def test_rows_are_no_images():
    with pytest.raises(InvalidInputError, match="factor must divide"):
        shrink(load("szt"), factor=1)


@pytest.mark.parametrize("threshold", [0.0, 1.1, float("nan")])
def test_a_threshold_out_of_range_is_refused(digits, threshold):
    with pytest.raises(InvalidInputError, match="threshold"):
        binarise(digits, threshold=threshold)


def test_real_inputs_have_no_levels_to_be_made_binary():
    with pytest.raises(InvalidInputError, match="inputs must have levels"):
        binarise(load("spiral"))
