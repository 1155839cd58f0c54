"""Ensembles train and are measured on a GPU as on the CPU, within the errors of docs/gpu.md."""

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.information import Binned, SamplePropagation
from ib_mlflow.information.mixture import cuda
from ib_mlflow.networks import GaussianNoise, mlp, stack
from ib_mlflow.networks.noise import Dropout
from ib_mlflow.training import Augmentation, Schedule, measure, train

TRAINED = {torch.float64: 1e-9, torch.float32: 1e-3}
MEASURED = {torch.float64: 1e-12, torch.float32: 2e-5}
BETA = [0.0, 0.1, 0.3]
SEEDS = (4, 9, 4)
RATES = {
    "learning_rate": [0.1, 0.2, 0.1],
    "final_learning_rate": 0.05,
    "momentum": 0.5,
    "weight_decay": [0.0, 0.01, 0.02],
    "orthonormality": [0.01, 0.0, 0.02],
    "batch_size": 32,
}
SCHEDULE = Schedule.of([1, 3])


def perceptron(dtype, device):
    return mlp(
        (64, 7, 5, 3),
        activation=["tanh", "leaky_relu"],
        beta=BETA,
        seeds=SEEDS,
        dtype=dtype,
        device=device,
    )


def wide(dtype, device):
    return mlp((64, 300, 3), activation="relu", seeds=SEEDS, dtype=dtype, device=device)


def dense(dtype, device):
    def network():
        return nn.Sequential(
            nn.Flatten(),
            nn.Linear(64, 8),
            nn.BatchNorm1d(8),
            nn.Tanh(),
            GaussianNoise(0),
            Dropout(0.2),
            nn.Linear(8, 3),
        ).to(dtype)

    return stack(network, seeds=SEEDS, layers=["3"], beta=BETA, device=device)


def convolutional(dtype, device):
    def network():
        return nn.Sequential(
            nn.Conv2d(1, 4, 3),
            nn.BatchNorm2d(4),
            nn.Tanh(),
            GaussianNoise(0),
            nn.MaxPool2d(2),
            Dropout(0.2),
            nn.Flatten(),
            nn.Linear(36, 3),
        ).to(dtype)

    return stack(network, seeds=SEEDS, layers=["2", "4"], beta=BETA, device=device)


MAKERS = [perceptron, wide, dense, convolutional]
both = pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
all_networks = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)


@pytest.fixture
def images(make_dataset):
    return make_dataset(100, 1, 8, 8)


@both
@all_networks
def test_networks_start_from_the_same_bits(make, dtype, device):
    ensemble, other = make(dtype, device), make(dtype, "cpu")
    assert ensemble.device == device
    assert all(tensor.device == device for tensor in ensemble.parameters.values())
    for name, tensor in other.state().items():
        assert torch.equal(ensemble.state()[name], tensor)
    np.testing.assert_array_equal(ensemble.beta, other.beta)
    assert ensemble.architecture == other.architecture


@both
@all_networks
def test_training_is_that_of_the_cpu(make, dtype, device, images, as_on_gpus, same_tensors):
    """Noise, dropout and batches of each member are the same, so that the weights are too."""
    expected = list(train(make(dtype, "cpu"), images, SCHEDULE, validation=images, **RATES))
    with as_on_gpus():
        snapshots = list(train(make(dtype, device), images, SCHEDULE, validation=images, **RATES))
    for snapshot, other in zip(snapshots, expected, strict=True):
        assert snapshot.epoch == other.epoch
        assert snapshot.ensemble.device == device
        same_tensors(snapshot.ensemble.state(), other.ensemble.state(), atol=TRAINED[dtype])
        np.testing.assert_allclose(snapshot.train_loss, other.train_loss, atol=TRAINED[dtype])
        np.testing.assert_allclose(snapshot.val_loss, other.val_loss, atol=TRAINED[dtype])
    assert (expected[-1].train_loss != expected[0].train_loss).all()


@both
@pytest.mark.parametrize("make", [perceptron, convolutional], ids=lambda make: make.__name__)
def test_augmented_images_are_those_of_the_cpu(
    make, dtype, device, images, as_on_gpus, same_tensors
):
    arguments = {"augmentation": Augmentation(translation=1), **RATES}
    *_, expected = train(make(dtype, "cpu"), images, SCHEDULE, **arguments)
    with as_on_gpus():
        *_, last = train(make(dtype, device), images, SCHEDULE, **arguments)
    same_tensors(last.ensemble.state(), expected.ensemble.state(), atol=TRAINED[dtype])


@both
@all_networks
def test_measured_layers_are_those_of_the_cpu(make, dtype, device, images, as_on_gpus):
    inputs, other = images.features().reshape(images.inputs.shape), make(dtype, "cpu")
    layers, logits = dict(other.activations(inputs)), other.logits(inputs)
    noisy = dict(other.propagate(inputs, seed=3, repeats=4))
    with as_on_gpus():
        ensemble = make(dtype, device)
        np.testing.assert_allclose(ensemble.logits(inputs), logits, atol=MEASURED[dtype])
        activations = dict(ensemble.activations(inputs))
        propagated = dict(ensemble.propagate(inputs, seed=3, repeats=4))
    for mine, theirs in ((activations, layers), (propagated, noisy)):
        assert mine.keys() == theirs.keys()
        for number, layer in mine.items():
            assert layer.dtype == theirs[number].dtype
            np.testing.assert_allclose(layer, theirs[number], atol=MEASURED[dtype])


@pytest.mark.parametrize("make", [perceptron, dense], ids=lambda make: make.__name__)
def test_informations_are_those_of_the_cpu(make, device, images, as_on_gpus, monkeypatch):
    """With kernel sums that are added up there too."""
    members = {"beta": [0.1, 0.2, 0.3]}
    estimators = [Binned(bin_size=0.1), SamplePropagation(repeats=4, n_queries=200)]
    tables = []
    for place in ("cpu", device):
        monkeypatch.setattr(cuda, "find_device", lambda _, place=place: torch.device(place))
        with as_on_gpus():
            ensemble = make(torch.float64, place)
            for name, buffer in ensemble.buffers.items():
                if name.endswith("beta"):
                    buffer.copy_(torch.tensor(members["beta"]))
            *_, last = train(ensemble, images, Schedule.of([2]), **RATES)
            tables.append(measure(last, estimators, images))
    for name in ("i_x", "i_y", "i_x_se", "i_y_se", "train_loss"):
        np.testing.assert_allclose(tables[1][name], tables[0][name], atol=1e-6)


@pytest.mark.parametrize("make", [perceptron, convolutional], ids=lambda make: make.__name__)
def test_checkpoints_go_to_another_device_and_back(
    make, device, images, as_on_gpus, same_tensors, through_a_file
):
    *_, expected = train(make(torch.float64, "cpu"), images, SCHEDULE, **RATES)
    for first, second in ((device, "cpu"), ("cpu", device)):
        with as_on_gpus():
            some = list(train(make(torch.float64, first), images, SCHEDULE, **RATES))
            loaded = through_a_file(some[1].checkpoint())
            (last,) = train(make(torch.float64, second), images, SCHEDULE, resume=loaded, **RATES)
        assert last.ensemble.device.type == torch.device(second).type
        same_tensors(last.ensemble.state(), expected.ensemble.state(), atol=1e-9)


@pytest.mark.parametrize(("make", "atol"), [(perceptron, 0), (dense, 1e-12), (convolutional, 1e-9)])
def test_resumed_training_is_that_of_an_uninterrupted_one(
    make, atol, device, images, as_on_gpus, same_tensors
):
    """With the same bits for fully connected networks."""
    with as_on_gpus():
        whole = list(train(make(torch.float64, device), images, SCHEDULE, **RATES))
        arguments = {"resume": whole[1].checkpoint(), **RATES}
        (last,) = train(make(torch.float64, device), images, SCHEDULE, **arguments)
    same_tensors(last.ensemble.state(), whole[-1].ensemble.state(), atol=atol)


def test_torchs_own_dropout_repeats_itself_and_leaves_the_generators_alone(
    device, images, as_on_gpus
):
    def network():
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.Dropout(0.5), nn.Linear(8, 3))

    def states():
        gpu = [torch.cuda.get_rng_state(device)] if device.type == "cuda" else []
        return [torch.get_rng_state(), *gpu]

    before, results = states(), []
    for _ in range(2):
        with as_on_gpus():
            ensemble = stack(network, seeds=(3, 3), layers=["1"], device=device)
            *_, last = train(ensemble, images, Schedule.of([2]), learning_rate=0.1, batch_size=32)
        results.append(last.ensemble.parameters["3.weight"])
    assert torch.equal(*results)
    assert not torch.equal(results[0][0], results[0][1])
    assert all(torch.equal(*pair) for pair in zip(before, states(), strict=True))


@all_networks
def test_all_members_as_a_module(make, device, images, as_on_gpus):
    inputs = images.features().reshape(images.inputs.shape)
    with as_on_gpus():
        ensemble = make(torch.float64, device)
        expected = ensemble.logits(inputs)
        rows = torch.tensor(inputs, dtype=torch.float64, device=device)
        logits = ensemble.module()(rows).detach().cpu().numpy()
    np.testing.assert_allclose(logits, expected, atol=1e-12)
