"""Gradients of minibatches, against a plain loop of autograd and against closed forms."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numba import config
from torch import nn
from torch.nn.functional import cross_entropy

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import GaussianNoise, mlp, stack
from ib_mlflow.training import Augmentation, Schedule, data_order, train
from ib_mlflow.training.engines import per_member
from ib_mlflow.training.engines.gradients import SHARES, Gradients, Running

RATES = {"learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0.01}
LARGEST = "ib_mlflow.networks.perceptrons.perceptron.LARGEST_COMPILED"


def linear_layers(ensemble, member):
    """A member of `mlp` without noise as torch's own network."""
    modules = []
    for number in range(1, len(ensemble.spec.widths)):
        weight = ensemble.parameters[f"layer_{number}.weight"][member]
        layer = nn.Linear(*reversed(weight.shape), dtype=weight.dtype)
        layer.weight.data.copy_(weight)
        layer.bias.data.copy_(ensemble.parameters[f"layer_{number}.bias"][member])
        modules += [layer, nn.Tanh()]
    return nn.Sequential(*modules[:-1])


def gradients_alone(network, seed, dataset, epoch, batch_size):
    """Every minibatch's gradients `(minibatches, ...)` of matrices and kernels, at one epoch."""
    network = copy.deepcopy(network)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.5, weight_decay=0.01)
    dtype = next(network.parameters()).dtype
    inputs = torch.tensor(dataset.features(), dtype=dtype).reshape(dataset.inputs.shape)
    labels, weights = torch.tensor(dataset.labels), []
    for number in range(1, epoch + 1):
        order = torch.from_numpy(data_order([seed], number, len(labels))[0].astype(np.int64))
        gradients = []
        for indices in order.split(batch_size):
            optimiser.zero_grad()
            cross_entropy(network(inputs[indices]), labels[indices]).backward()
            weights = [weight for weight in network.parameters() if weight.ndim > 1]
            gradients.append([weight.grad.clone() for weight in weights])
            optimiser.step()
    stacked = [
        torch.stack(layer).flatten(1).double().numpy() for layer in zip(*gradients, strict=True)
    ]
    return stacked, [weight.detach().double().norm().item() for weight in weights]


def compare(gradients, member, expected, norms, tolerance):
    for layer, rows in enumerate(expected):
        mean, counts = rows.mean(0), gradients.counts
        length = np.linalg.norm(mean)
        std = np.linalg.norm(rows.std(0))
        scale = {"rtol": tolerance, "atol": tolerance * (length + std)}
        np.testing.assert_allclose(gradients.mean[member, layer], length, **scale)
        np.testing.assert_allclose(gradients.std[member, layer], std, **scale)
        np.testing.assert_allclose(gradients.weight_norm[member, layer], norms[layer], **scale)
        shares = np.split(rows, np.cumsum(counts)[:-1])
        along = [share.mean(0) @ mean / length for share in shares]
        apart = [np.sqrt(((share - mean) ** 2).sum(1).mean()) for share in shares]
        np.testing.assert_allclose(gradients.along[member, layer], along, **scale)
        np.testing.assert_allclose(gradients.deviation[member, layer], apart, **scale)


@pytest.mark.parametrize("largest", [500_000, 0], ids=["compiled", "functional"])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 2e-4)], ids=["f64", "f32"]
)
@pytest.mark.parametrize("batch_size", [3, 7, 32, 100, 1000])
def test_they_are_those_of_autograd(
    monkeypatch, make_dataset, largest, dtype, tolerance, batch_size
):
    monkeypatch.setattr(LARGEST, largest)
    dataset = make_dataset(100, 6, classes=3)
    ensemble = mlp((6, 5, 4, 3), seeds=(3, 8), dtype=dtype, device="cpu", initialisation="torch")
    snapshots = list(
        train(
            ensemble, dataset, Schedule.of([1, 3]), batch_size=batch_size, gradients=True, **RATES
        )
    )
    assert snapshots[1].gradients.names == tuple(f"layer_{k}.weight" for k in (1, 2, 3))
    for snapshot in snapshots[1:]:
        assert snapshot.gradients.minibatches == -(-100 // batch_size)
        for member, seed in enumerate((3, 8)):
            network = linear_layers(ensemble, member)
            expected = gradients_alone(network, seed, dataset, snapshot.epoch, batch_size)
            compare(snapshot.gradients, member, *expected, tolerance)


def convolutional():
    return nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Tanh(), nn.Flatten(), nn.Linear(48, 3)
    ).double()


@pytest.mark.parametrize("alone", [True, False], ids=["per_member", "functional"])
def test_those_of_convolutions_are_those_of_autograd(monkeypatch, make_dataset, alone):
    monkeypatch.setattr(per_member, "possible", lambda *_: alone)
    dataset = make_dataset(100, 1, 6, 6, classes=3)
    ensemble = stack(convolutional, seeds=(3, 8), layers=["2"], device="cpu")
    *_, last = train(ensemble, dataset, Schedule.of([2]), batch_size=4, gradients=True, **RATES)
    assert last.gradients.names == ("0.weight", "4.weight")
    for member, seed in enumerate((3, 8)):
        torch.manual_seed(seed)
        compare(
            last.gradients, member, *gradients_alone(convolutional(), seed, dataset, 2, 4), 1e-10
        )


@pytest.mark.parametrize("largest", [500_000, 0], ids=["compiled", "functional"])
def test_a_linear_network_that_stands_still_has_the_gradients_of_the_formula(
    monkeypatch, make_dataset, largest
):
    """(softmax(W x + b) − y) xᵀ, averaged over each minibatch, at weights that do not move."""
    monkeypatch.setattr(LARGEST, largest)
    dataset = make_dataset(60, 5, classes=3)
    ensemble = mlp((5, 3), seeds=(4,), dtype=torch.float64, device="cpu")
    arguments = {"learning_rate": 0, "batch_size": 10, "gradients": True}
    *_, last = train(ensemble, dataset, Schedule.of([2]), **arguments)
    weight = ensemble.parameters["layer_1.weight"][0].numpy()
    x, y = dataset.features().astype(np.float64), np.eye(3)[dataset.labels]
    scores = np.exp(x @ weight.T + ensemble.parameters["layer_1.bias"][0].numpy())
    each = np.einsum("nc,nm->ncm", scores / scores.sum(1, keepdims=True) - y, x).reshape(60, -1)
    rows = each[data_order([4], 2, 60)[0]].reshape(6, 10, -1).mean(1)
    compare(last.gradients, 0, [rows], [np.linalg.norm(weight)], 1e-10)
    assert last.gradients.mean[0, 0] == pytest.approx(np.linalg.norm(each.mean(0)), rel=1e-10)


@pytest.mark.parametrize("largest", [500_000, 0], ids=["compiled", "functional"])
def test_all_data_in_one_batch_do_not_scatter(monkeypatch, make_dataset, largest):
    monkeypatch.setattr(LARGEST, largest)
    ensemble = mlp((6, 5, 3), members=2, device="cpu")
    dataset = make_dataset(50, 6, classes=3)
    *_, last = train(ensemble, dataset, Schedule.of([2]), batch_size=50, gradients=True, **RATES)
    assert (last.gradients.std == 0).all()
    assert (last.gradients.mean > 0).all()


CASES = ["compiled", "functional", "per_member"]


def case_of(name, monkeypatch, make_dataset):
    if name == "functional":
        monkeypatch.setattr(LARGEST, 0)
    if name == "per_member":
        noisy = lambda: nn.Sequential(*convolutional()[:3], GaussianNoise(0), *convolutional()[3:])  # noqa: E731
        ensemble = stack(noisy, seeds=(3, 8), layers=["2"], beta=[0.05, 0], device="cpu")
        return ensemble, make_dataset(100, 1, 6, 6, classes=3), {"augmentation": Augmentation()}
    ensemble = mlp((6, 5, 4, 3), beta=[0.1, 0], members=2, device="cpu")
    return ensemble, make_dataset(100, 6, classes=3), {"orthonormality": [0, 0.01]}


def trained(ensemble, dataset, epochs=(1, 3), **arguments):
    arguments = {**RATES, "batch_size": 5, **arguments}
    return list(train(ensemble, dataset, Schedule.of(epochs), **arguments))


def same_gradients(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in ("counts", "along", "deviation", "weight_norm")
    )


def test_noisy_layers_have_the_same_in_both_ways(monkeypatch, make_dataset):
    dataset = make_dataset(70, 6, classes=3)
    ensemble = mlp((6, 5, 4, 3), beta=[0, 0.3], members=2, dtype=torch.float64, device="cpu")
    compiled = trained(ensemble, dataset, gradients=True, orthonormality=0.01)[-1].gradients
    monkeypatch.setattr(LARGEST, 0)
    functional = trained(ensemble, dataset, gradients=True, orthonormality=0.01)[-1].gradients
    for name in ("along", "deviation", "weight_norm"):
        one, other = getattr(compiled, name), getattr(functional, name)
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_recording_changes_no_bit_of_the_training(monkeypatch, make_dataset, name):
    ensemble, dataset, arguments = case_of(name, monkeypatch, make_dataset)
    without = trained(ensemble, dataset, **arguments)
    recorded = trained(ensemble, dataset, gradients=True, **arguments)
    for one, other in zip(without, recorded, strict=True):
        assert one.gradients is None
        mine, theirs = one.checkpoint(), other.checkpoint()
        assert mine.keys() == theirs.keys()
        for part in ("state", "velocity"):
            assert all(torch.equal(t, theirs[part][key]) for key, t in mine[part].items())
        assert np.array_equal(one.train_loss, other.train_loss)


@pytest.mark.parametrize("name", CASES)
def test_they_are_the_same_after_an_interruption_and_on_any_threads(
    monkeypatch, make_dataset, name
):
    ensemble, dataset, arguments = case_of(name, monkeypatch, make_dataset)
    whole = trained(ensemble, dataset, gradients=True, **arguments)
    checkpoint = whole[1].checkpoint()
    (rest,) = trained(ensemble, dataset, gradients=True, resume=checkpoint, **arguments)
    assert same_gradients(whole[-1].gradients, rest.gradients)
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", 3)
    monkeypatch.setattr(per_member, "AT_ONCE", 2)
    again = trained(ensemble, dataset, epochs=(3,), gradients=True, **arguments)[-1]
    assert same_gradients(whole[-1].gradients, again.gradients)


def test_no_pass_ends_at_epoch_0(make_dataset):
    ensemble = mlp((6, 5, 3), members=2, device="cpu")
    first, _ = trained(ensemble, make_dataset(20, 6, classes=3), (1,), gradients=True)
    gradients = first.gradients
    assert gradients.minibatches == 0
    assert np.isnan(gradients.mean).all()
    assert np.isnan(gradients.std).all()
    weight = ensemble.parameters["layer_2.weight"][1].double()
    assert gradients.weight_norm[1, 1] == pytest.approx(weight.norm().item(), rel=1e-12)


@pytest.mark.parametrize("largest", [500_000, 0], ids=["compiled", "functional"])
def test_a_member_that_diverges_has_none_and_leaves_the_others_alone(
    monkeypatch, make_dataset, largest
):
    monkeypatch.setattr(LARGEST, largest)
    dataset = make_dataset(40, 6, classes=3)
    both = mlp((6, 5, 3), activation="linear", seeds=(3, 4), device="cpu")
    last = trained(both, dataset, learning_rate=[1e30, 0.1], gradients=True)[-1]
    assert last.diverged.tolist() == [True, False]
    for numbers in (last.gradients.mean, last.gradients.std, last.gradients.weight_norm):
        assert np.isnan(numbers[0]).all()
        assert np.isfinite(numbers[1]).all()
    alone = mlp((6, 5, 3), activation="linear", seeds=(4,), device="cpu")
    expected = trained(alone, dataset, learning_rate=0.1, gradients=True)[-1].gradients
    np.testing.assert_allclose(last.gradients.mean[1], expected.mean[0], rtol=1e-5)


def test_weights_that_do_not_learn_have_none(make_dataset):
    def network(learns):
        layers = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3))
        layers[0].requires_grad_(False)
        layers[2].weight.requires_grad_(learns)
        return layers

    dataset = make_dataset(20, 6, classes=3)
    ensemble = stack(lambda: network(True), seeds=(0,), layers=["1"], device="cpu")
    assert trained(ensemble, dataset, gradients=True)[-1].gradients.names == ("2.weight",)
    ensemble = stack(lambda: network(False), seeds=(0,), layers=["1"], device="cpu")
    with pytest.raises(InvalidInputError, match="matrices and kernels that learn"):
        train(ensemble, dataset, Schedule.of([1]), learning_rate=0.1, gradients=True)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 50), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1e-3, 1.0, 1e6]))
def test_running_means_are_numpys(minibatches, seed, offset):
    """Of any number of minibatches, and where the spread is far smaller than the mean."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(minibatches, 2, 3, 4)) + offset
    weights = {"w": torch.zeros(2, 3, 4, dtype=torch.float64)}
    gradients = Gradients.of(weights, minibatches)
    assert gradients.minibatches == minibatches
    assert len(gradients.counts) == min(SHARES, minibatches)
    assert np.ptp(gradients.counts) <= 1
    running = Running(gradients, weights)
    for minibatch, row in enumerate(rows):
        running.take(minibatch, {"w": torch.from_numpy(row)})
    running.finish()
    flat = rows.reshape(minibatches, 2, -1)
    np.testing.assert_allclose(
        gradients.mean[:, 0], np.linalg.norm(flat.mean(0), axis=1), rtol=1e-10
    )
    expected = np.linalg.norm(flat.std(0), axis=1)
    np.testing.assert_allclose(gradients.std[:, 0], expected, rtol=1e-8, atol=1e-15)
