import numpy as np
import pytest
import torch
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import GaussianNoise, noise

SEEDS = st.integers(0, 2**32 - 1)


def test_evaluation_is_without_noise():
    inputs = torch.randn(5, 3)
    assert GaussianNoise(0.5).eval()(inputs) is inputs


def test_outside_ensembles_noise_is_torchs_and_of_the_given_size():
    torch.manual_seed(0)
    noisy = GaussianNoise(0.3)(torch.zeros(100_000))
    torch.manual_seed(0)
    torch.testing.assert_close(noisy, 0.3 * torch.randn(100_000))


def test_given_draws_are_added_once_and_let_go():
    layer, draws = GaussianNoise(2), torch.arange(8.0).reshape(2, 4)
    with noise.given([layer], [draws]):
        noisy = layer(torch.zeros(2, 2, 2))
    assert torch.equal(noisy, 2 * draws.reshape(2, 2, 2))
    assert layer.draws is None


def test_beta_is_kept_in_double_precision_and_moves_with_the_network():
    network = nn.Sequential(nn.Linear(2, 2), GaussianNoise(0.1))
    assert float(network[1].beta) == 0.1
    assert "1.beta" in network.state_dict()
    assert network[1](torch.zeros(3, 2)).dtype == torch.float32


@pytest.mark.parametrize("wrong", [-1e-9, np.nan, np.inf, "loud", None, [0.1, 0.2]])
def test_beta_out_of_range_is_refused(wrong):
    with pytest.raises(InvalidInputError, match="beta must be at least 0 and finite"):
        noise.checked_beta(wrong, 3)


def test_one_beta_serves_all_members():
    assert noise.checked_beta(0.1, 2).tolist() == [0.1, 0.1]
    assert noise.checked_beta([0, 0.1], 2).tolist() == [0, 0.1]


@settings(max_examples=50)
@given_by(st.lists(SEEDS, min_size=1, max_size=6), SEEDS, st.integers(1, 10**6))
def test_no_two_uses_share_a_stream(seeds, seed, epoch):
    """Members with different seeds, training and propagation, and twins when they are measured."""
    training = {tuple(row) for row in noise.training_streams(seeds, epoch).tolist()}
    propagation = {tuple(row) for row in noise.propagation_streams(seeds, seed).tolist()}
    assert len(training) == len(set(seeds))
    assert len(propagation) == len(seeds)
    assert not training & propagation


@settings(max_examples=20)
@given_by(st.lists(SEEDS, min_size=1, max_size=4), st.integers(0, 1000), st.integers(1, 9))
def test_draws_do_not_depend_on_the_other_members(seeds, start, units):
    streams = noise.propagation_streams(seeds, 5)
    asked = {"layer": 2, "start": start, "rows": 3, "units": units}
    together = noise.standard_normals(streams, **asked)
    for row, draws in zip(streams, together, strict=True):
        assert np.array_equal(draws, noise.standard_normals(row[None], **asked)[0])


def test_noise_layers_are_found_in_order():
    network = nn.Sequential(nn.Sequential(nn.Tanh(), GaussianNoise(1)), GaussianNoise(0))
    assert list(noise.noise_layers(network)) == ["0.1", "1"]


def test_dropout_keeps_a_share_and_divides_by_it():
    layer, n = noise.Dropout(0.2), 100_000
    with noise.given([layer], [torch.from_numpy(draw(n))]):
        outputs = layer(torch.full((n, 1), 3.0))
    assert set(outputs.flatten().tolist()) == {0.0, 3.75}
    dropped = int((outputs == 0).sum())
    assert abs(dropped - 0.2 * n) < 4 * np.sqrt(0.2 * 0.8 * n)


def draw(n):
    streams = noise.training_streams([0], epoch=1)
    return noise.standard_normals(streams, layer=1, start=0, rows=n, units=1)[0]


def test_dropout_has_the_gradient_of_torchs():
    """Given the same mask."""
    layer, inputs = noise.Dropout(0.5), torch.randn(7, 3, requires_grad=True)
    with noise.given([layer], [torch.from_numpy(draw(21)).reshape(7, 3)]):
        outputs = layer(inputs)
    (slope,) = torch.autograd.grad(outputs.sum(), inputs)
    assert torch.equal(slope, 2.0 * (outputs != 0))


def test_dropout_is_the_identity_in_evaluation_and_where_nothing_is_dropped():
    inputs = torch.randn(7, 3)
    assert noise.Dropout(0.5).eval()(inputs) is inputs
    assert torch.equal(noise.Dropout(0)(inputs), inputs)


def test_dropout_is_told_apart_by_its_probability():
    assert repr(noise.Dropout(0.2)) != repr(noise.Dropout(0.3))


def test_random_layers_are_found_in_order():
    network = nn.Sequential(noise.Dropout(0.1), nn.Dropout(0.1), GaussianNoise(0))
    assert list(noise.random_layers(network)) == ["0", "2"]
    assert list(noise.noise_layers(network)) == ["2"]
