"""Propagation with noise, by the compiled kernels and by torch.func."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import GaussianNoise, mlp, stack

WIDTHS, BETA, SEEDS = (4, 5, 3, 2, 2), [0.0, 0.1, 0.5], (3, 3, 8)


def network():
    modules: list[nn.Module] = []
    for inputs, outputs in pairwise(WIDTHS[:-1]):
        modules += [nn.Linear(inputs, outputs), nn.Identity(), GaussianNoise(0)]
    return nn.Sequential(*modules, nn.Linear(*WIDTHS[-2:]))


def perceptron(activation="linear", beta=BETA):
    return mlp(
        WIDTHS, activation=activation, initialisation="torch", beta=beta, seeds=SEEDS, device="cpu"
    )


@pytest.fixture(params=["compiled", "wide", "stacked"])
def linear(request, monkeypatch):
    """Three linear networks, of which two are twins, without noise, with little and with much."""
    if request.param == "stacked":
        return stack(network, seeds=SEEDS, layers=["1", "4", "7"], beta=BETA, device="cpu")
    if request.param == "wide":
        monkeypatch.setattr("ib_mlflow.networks.perceptrons.perceptron.LARGEST_COMPILED", 0)
    return perceptron()


def layers(ensemble, inputs, **arguments):
    return dict(ensemble.propagate(inputs, **arguments))


def weights(ensemble, member):
    """(W, b) of each layer, in float64."""
    tensors = [tensor[member].double().numpy() for tensor in ensemble.parameters.values()]
    return list(zip(tensors[::2], tensors[1::2], strict=True))


def test_beta_is_known(linear):
    assert linear.beta.dtype == np.float64
    assert linear.beta.tolist() == BETA


def test_layers_of_a_linear_network_have_their_gaussian_distribution(linear):
    """Mean W S + b and covariance W (C + β² I) Wᵀ, from layer to layer, within standard errors."""
    x, n = np.array([[0.3, -0.2, 0.9, 0.1]]), 20_000
    propagated = layers(linear, x, seed=1, repeats=n)
    assert [(number, s.shape) for number, s in propagated.items()] == [
        (1, (3, n, 5)),
        (2, (3, n, 3)),
        (3, (3, n, 2)),
    ]
    for member, beta in enumerate(BETA):
        mean, covariance = x[0], np.zeros((4, 4))
        for number, (w, b) in enumerate(weights(linear, member)[:-1], start=1):
            noise = beta**2 * np.eye(len(covariance)) if number > 1 else 0
            mean, covariance = w @ mean + b, w @ (covariance + noise) @ w.T
            s = propagated[number][member].astype(np.float64)
            error = np.sqrt(np.diag(covariance) / n)
            assert (np.abs(s.mean(axis=0) - mean) < 4.5 * error + 1e-6).all()
            variances = np.diag(covariance)
            error = np.sqrt((np.outer(variances, variances) + covariance**2) / n)
            assert (np.abs(np.cov(s.T) - covariance) < 4.5 * error + 1e-9).all()


def test_rows_members_and_layers_have_noise_of_their_own(linear):
    """Also twins, and rows with equal inputs, whether or not they are called repetitions."""
    n = 5000
    rows = layers(linear, np.zeros((n, 4)), seed=4)
    noisy = [rows[2][member] - rows[2][member].mean(axis=0) for member in (1, 2)]
    columns = [column / column.std() for part in noisy for column in part.T]
    ahead = [np.concatenate([part[1:], part[:1]]) for part in noisy]
    shifted = [column / column.std() for part in ahead for column in part.T]
    for column in columns:
        for other in shifted:
            assert abs((column * other).mean()) < 4.5 / np.sqrt(n)
    between = noisy[0].T @ noisy[1] / n / np.outer(noisy[0].std(axis=0), noisy[1].std(axis=0))
    assert np.abs(between).max() < 4.5 / np.sqrt(n)
    repeated = layers(linear, np.zeros((1, 4)), seed=4, repeats=n)
    for number, s in rows.items():
        assert np.array_equal(s, repeated[number])


def test_seeds_repeat_themselves(linear):
    inputs = np.random.default_rng(0).random((300, 4))
    once, again, other = (layers(linear, inputs, seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(once[3], again[3])
    assert np.array_equal(once[1], other[1])
    assert np.array_equal(once[3][0], other[3][0])
    assert (once[3][1:] != other[3][1:]).all()


def test_members_do_not_notice_each_other():
    inputs = np.random.default_rng(0).random((300, 4))
    both = mlp(WIDTHS, beta=[0.1, 0.2], seeds=(3, 8), device="cpu")
    alone = mlp(WIDTHS, beta=0.2, seeds=(8,), device="cpu")
    assert np.array_equal(layers(both, inputs, seed=0)[3][1], layers(alone, inputs, seed=0)[3][0])


@pytest.mark.parametrize("activation", ["tanh", "relu", "leaky_relu", "sigmoid", "linear"])
def test_compiled_and_functional_propagation_agree(monkeypatch, activation):
    ensemble = perceptron(activation)
    inputs = np.random.default_rng(0).normal(size=(600, 4))
    compiled = layers(ensemble, inputs, seed=2, repeats=2)
    monkeypatch.setattr("ib_mlflow.networks.perceptrons.perceptron.LARGEST_COMPILED", 0)
    for number, s in layers(ensemble, inputs, seed=2, repeats=2).items():
        np.testing.assert_allclose(s, compiled[number], rtol=0, atol=3e-6)


@pytest.mark.parametrize("wide", [False, True])
def test_without_noise_it_is_the_activations(monkeypatch, wide):
    if wide:
        monkeypatch.setattr("ib_mlflow.networks.perceptrons.perceptron.LARGEST_COMPILED", 0)
    ensemble = perceptron("tanh", beta=0.0)
    inputs = np.random.default_rng(0).random((300, 4)).astype(np.float32)
    expected = dict(ensemble.activations(inputs))
    propagated = layers(ensemble, inputs, seed=0, repeats=3)
    assert list(propagated) == [1, 2, 3]
    for number, s in propagated.items():
        assert np.array_equal(s, np.repeat(expected[number], 3, axis=1))


def test_networks_without_noise_layers_have_their_measured_ones():
    ensemble = stack(
        lambda: nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)), seeds=(0,), layers=["1"]
    )
    inputs = np.random.default_rng(0).random((9, 4))
    propagated, expected = layers(ensemble, inputs, seed=0), dict(ensemble.activations(inputs))
    assert list(propagated) == [1]
    assert np.array_equal(propagated[1], expected[1])


def test_layers_come_one_at_a_time():
    """The first is there before the others are computed, and whole numbers are taken as inputs."""
    ensemble = perceptron("tanh")
    bits = np.random.default_rng(0).integers(0, 2, (50, 4)).astype(np.uint8)
    number, first = next(iter(ensemble.propagate(bits, seed=0)))
    assert number == 1
    np.testing.assert_array_equal(first, layers(ensemble, bits.astype(np.float32), seed=0)[1])


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"seed": 2**32}, {"seed": 0.5}])
def test_seeds_out_of_range_are_refused(linear, wrong):
    with pytest.raises(InvalidInputError, match="seed must be an integer from 0"):
        list(linear.propagate(np.zeros((1, 4)), **wrong))


@pytest.mark.parametrize("repeats", [0, -1, 1.5])
def test_repeats_must_be_positive(linear, repeats):
    with pytest.raises(InvalidInputError, match="repeats a positive integer"):
        list(linear.propagate(np.zeros((1, 4)), seed=0, repeats=repeats))


def test_running_statistics_are_used_and_left_alone():
    """Propagation is evaluation but for the noise."""

    def normalised():
        return nn.Sequential(
            nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout(0.5), GaussianNoise(0.1), nn.Linear(3, 2)
        )

    ensemble = stack(normalised, seeds=(0, 1), layers=["1"], device="cpu")
    before = ensemble.state()
    inputs = np.random.default_rng(0).normal(size=(20, 4))
    (_, s), expected = (
        next(iter(ensemble.propagate(inputs, seed=0))),
        dict(ensemble.activations(inputs)),
    )
    np.testing.assert_allclose(s, expected[1], rtol=0, atol=1e-6)
    for name, tensor in ensemble.state().items():
        assert torch.equal(before[name], tensor)
