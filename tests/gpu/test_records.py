"""Gradients, losses of every epoch, labels of members and parts of checkpoints, on a GPU."""

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.information import Binned
from ib_mlflow.networks import mlp, stack
from ib_mlflow.training import Schedule, gradient_rows, gradient_share_rows, measure, train
from ib_mlflow.training.membership import joined

SEEDS = (4, 9, 2)
RATES = np.array([0.1, 0.2, 0.05])
SCHEDULE = Schedule.of([2, 5])
SOME = slice(1, 3)
KEPT = {"gradients": True, "every_epoch": True}


def perceptron(seeds, device):
    return mlp((64, 7, 5, 3), activation="tanh", seeds=seeds, dtype=torch.float64, device=device)


def convolutional(seeds, device):
    def network():
        return nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 3)
        ).double()

    return stack(network, seeds=seeds, layers=["1"], device=device)


each = pytest.mark.parametrize("make", [perceptron, convolutional], ids=lambda make: make.__name__)


@pytest.fixture
def images(make_dataset):
    return make_dataset(100, 1, 8, 8)


@pytest.fixture
def descents(images):
    """Trains some of the members on a device."""

    def run(make, device, members=slice(0, 3), **arguments):
        ensemble = make(SEEDS[members], device)
        rates = {"learning_rate": RATES[members], "momentum": 0.5, "batch_size": 32}
        return list(train(ensemble, images, SCHEDULE, validation=images, **rates, **arguments))

    return run


@each
def test_norms_of_gradients_are_those_of_the_cpu(make, device, descents, as_on_gpus):
    expected = descents(make, "cpu", **KEPT)
    with as_on_gpus():
        snapshots = descents(make, device, **KEPT)
    for snapshot, other in zip(snapshots, expected, strict=True):
        for rows, columns in (
            (gradient_rows, ["gradient_mean", "gradient_std", "weight_norm"]),
            (gradient_share_rows, ["along", "deviation"]),
        ):
            ours, theirs = rows(snapshot)[columns], rows(other)[columns]
            np.testing.assert_allclose(ours, theirs, atol=1e-9)
    assert (gradient_rows(expected[-1])["gradient_std"] > 0).all()


@each
def test_losses_of_every_epoch_are_those_of_the_cpu(make, device, descents, as_on_gpus):
    expected = descents(make, "cpu", **KEPT)
    with as_on_gpus():
        snapshots = descents(make, device, **KEPT)
    for snapshot, other in zip(snapshots, expected, strict=True):
        ours, theirs = snapshot.losses.frame, other.losses.frame
        assert ours["epoch"].tolist() == theirs["epoch"].tolist()
        np.testing.assert_allclose(ours["val_loss"], theirs["val_loss"], atol=1e-9)


@each
def test_members_learn_labels_of_their_own(make, device, images, descents, as_on_gpus):
    labels = np.stack([np.roll(images.labels, shift) for shift in (0, 1, 7)])
    *_, expected = descents(make, "cpu", labels=labels)
    with as_on_gpus():
        *_, last = descents(make, device, labels=labels)
        table = measure(last, [Binned(bin_size=0.1)], images, labels=labels)
    np.testing.assert_allclose(last.train_loss, expected.train_loss, atol=1e-9)
    other = measure(expected, [Binned(bin_size=0.1)], images, labels=labels)
    np.testing.assert_allclose(table["i_y"], other["i_y"], atol=1e-6)


@each
def test_parts_of_checkpoints_go_on_together(
    make, device, descents, as_on_gpus, same_tensors, through_a_file
):
    with as_on_gpus():
        whole = descents(make, device, **KEPT)
        first, networks = make(SEEDS[:1], device), make(SEEDS[SOME], device)
        parts = [
            whole[1].of_members(slice(0, 1), first).checkpoint(),
            whole[1].of_members(SOME, networks).checkpoint(),
        ]
        alone = descents(make, device, SOME, **KEPT)
        (last,) = descents(make, device, resume=joined([through_a_file(of) for of in parts]))
    same_tensors(last.ensemble.state(), whole[-1].ensemble.state(), atol=1e-9)
    same_tensors(parts[1]["state"], alone[1].checkpoint()["state"], atol=1e-9)
