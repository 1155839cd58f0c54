"""Through `kernels.layer` with unit weights, whose output is the activation of its input."""

import math

import numpy as np
import pytest
import torch
from scipy.special import softmax

from ib_mlflow.networks.compiled import elementwise, kernels

TORCH = {
    elementwise.TANH: torch.tanh,
    elementwise.RELU: torch.relu,
    elementwise.LEAKY_RELU: torch.nn.functional.leaky_relu,
    elementwise.LINEAR: lambda x: x,
    elementwise.SIGMOID: torch.sigmoid,
}


def apply(code, values):
    values = np.asarray(values)
    columns = values.reshape(len(values), -1)
    d = columns.shape[1]
    weights = np.zeros((1, d, d + 1), columns.dtype)
    weights[0, :, :d] = np.eye(d)
    outputs = np.empty((1, *columns.shape), columns.dtype)
    noise_free, blocks = (
        (np.zeros(1, columns.dtype), np.zeros((1, 3), np.uint32)),
        -(-len(values) // kernels.BLOCK),
    )
    kernels.layer(weights, columns[None], outputs, code, 1, *noise_free, 0, blocks)
    return outputs[0].reshape(values.shape)


def grid(dtype):
    tiny = np.logspace(-30, 0, 4001)
    wide = np.linspace(-40, 40, 200_001)
    return np.concatenate([wide, tiny, -tiny, [0.0, 1e30, -1e30]]).astype(dtype)


def test_fast_tanh_is_within_its_bound_everywhere():
    x = grid(np.float32)
    exact = np.tanh(x.astype(np.float64))
    fast = apply(elementwise.TANH, x)
    assert np.abs(fast - exact).max() < 4e-7
    some = x != 0
    assert (np.abs(fast - exact)[some] / np.abs(exact[some])).max() < 4e-7


def test_fast_tanh_saturates_at_one_and_never_passes_it():
    fast = apply(elementwise.TANH, grid(np.float32))
    assert np.abs(fast).max() == 1
    saturated = np.array([9.1, 20, 1e30, np.inf], np.float32)
    # seventeen of each, so that whole vectors and what remains of one are both used
    for sign in (1, -1):
        assert (apply(elementwise.TANH, np.repeat(sign * saturated, 17)) == sign).all()


@pytest.mark.parametrize("code", TORCH)
def test_double_precision_is_torchs(code):
    x = np.linspace(-30, 30, 2001)
    np.testing.assert_allclose(
        apply(code, x), TORCH[code](torch.from_numpy(x)).numpy(), rtol=1e-14, atol=1e-15
    )


def test_rectified_zeros_have_no_sign():
    assert not np.signbit(apply(elementwise.RELU, np.array([-1.0, -0.5], np.float32))).any()


def test_fast_sigmoid_is_within_its_bound_and_its_floor():
    x = grid(np.float32)
    exact = 1 / (1 + np.exp(-np.clip(x.astype(np.float64), -60, 60)))
    fast = apply(elementwise.SIGMOID, x)
    assert (np.abs(fast - exact) / exact).max() < 4e-7
    assert fast.min() >= math.exp(-61)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 4e-7), (np.float64, 1e-14)])
def test_softmax_sums_to_one_and_is_scipys(dtype, tolerance):
    z = np.random.default_rng(0).normal(scale=8, size=(501, 5)).astype(dtype)
    shares = apply(elementwise.SOFTMAX, z)
    np.testing.assert_allclose(shares.sum(axis=1, dtype=np.float64), 1, atol=3e-7)
    # the difference to the largest is rounded in the network's own precision, by anyone
    shifted = (z - z.max(axis=1, keepdims=True)).astype(np.float64)
    np.testing.assert_allclose(shares, softmax(shifted, axis=1), rtol=2 * tolerance)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("code", [*TORCH, elementwise.SOFTMAX])
def test_nan_stays_nan(code, dtype):
    z = np.zeros((19, 3), dtype)
    z[:, 1] = np.nan
    assert np.isnan(apply(code, z)[:, 1]).all()
