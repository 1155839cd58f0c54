"""The curves of every epoch against snapshots of every epoch."""

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import mlp, stack
from ib_mlflow.training import Schedule, train
from ib_mlflow.trajectory import LossCurves, early_stopping, perfect_stopping

SCHEDULE = Schedule.of([2, 3, 7, 12])


@pytest.fixture
def parts(make_dataset):
    """A few samples for training, and a few held out."""
    return make_dataset(70, 12), make_dataset(30, 12, seed=1)


def small_mlp():
    return mlp((12, 4, 3, 2), activation="tanh", members=3)


def noisy_mlp():
    return mlp((12, 4, 2), activation="tanh", members=2, beta=0.1)


def dropping():
    """An engine of its own: what torch draws follows from seeds and epoch."""

    def network():
        return nn.Sequential(nn.Linear(12, 4), nn.BatchNorm1d(4), nn.Dropout(0.3), nn.Linear(4, 2))

    return stack(network, seeds=[0, 1], layers=["0", "3"])


@pytest.mark.parametrize("build", [small_mlp, noisy_mlp, dropping])
def test_the_curves_are_those_of_snapshots_at_every_epoch(parts, build):
    train_set, validation = parts
    arguments = {"learning_rate": 0.2, "momentum": 0.5, "batch_size": 32, "validation": validation}
    plain = list(train(build(), train_set, SCHEDULE, **arguments))
    watched = list(train(build(), train_set, SCHEDULE, every_epoch=True, **arguments))
    each = list(train(build(), train_set, Schedule.of(range(13)), **arguments))
    assert all(snapshot.losses is None for snapshot in plain)
    for without, within in zip(plain, watched, strict=True):
        states = without.ensemble.state(), within.ensemble.state()
        assert all(torch.equal(states[0][name], tensor) for name, tensor in states[1].items())
        assert np.array_equal(without.val_loss, within.val_loss)
        assert within.losses.epochs[-1] == within.epoch
    curves = LossCurves.concat(snapshot.losses for snapshot in watched)
    assert curves.epochs == tuple(range(13))
    for name in ("val_loss", "val_accuracy"):
        table = curves.frame.pivot(index="epoch", columns="member", values=name).to_numpy()
        assert np.array_equal(table, [getattr(snapshot, name) for snapshot in each])


def test_images_trained_member_by_member_have_curves_too(make_dataset):
    def network():
        layers = nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 36, 2)
        return nn.Sequential(*layers)

    data, held_out = make_dataset(40, 1, 8, 8), make_dataset(20, 1, 8, 8, seed=1)
    arguments = {"learning_rate": 0.05, "batch_size": 16, "validation": held_out}

    def trained(epochs, **more):
        ensemble = stack(network, seeds=[3, 4], layers=["0", "2"])
        return list(train(ensemble, data, Schedule.of(epochs), **arguments, **more))

    curves = LossCurves.concat(part.losses for part in trained([4], every_epoch=True))
    table = curves.frame.pivot(index="epoch", columns="member", values="val_loss").to_numpy()
    assert np.array_equal(table, [snapshot.val_loss for snapshot in trained(range(5))])


def test_training_that_goes_on_hands_out_the_epochs_after_the_checkpoint(parts):
    train_set, validation = parts
    arguments = {"learning_rate": 0.2, "validation": validation, "every_epoch": True}
    whole = list(train(small_mlp(), train_set, SCHEDULE, **arguments))
    checkpoint = whole[2].checkpoint()
    rest = list(train(small_mlp(), train_set, SCHEDULE, resume=checkpoint, **arguments))
    assert [snapshot.losses.epochs[0] for snapshot in rest] == [4, 8]
    for before, after in zip(whole[3:], rest, strict=True):
        assert before.losses.frame.equals(after.losses.frame)


def test_a_member_that_diverges_has_no_losses_from_then_on(parts):
    train_set, validation = parts
    ensemble = mlp((12, 5, 4, 2), activation="linear", members=3)
    rates = [0.01, 1e9, 0.01]
    snapshots = train(
        ensemble, train_set, SCHEDULE, learning_rate=rates, validation=validation, every_epoch=True
    )
    curves = LossCurves.concat(snapshot.losses for snapshot in snapshots)
    table = curves.frame.pivot(index="epoch", columns="member", values="val_loss")
    assert table[[0, 2]].notna().all(axis=None)
    there = table[1].notna().tolist()
    assert there == sorted(there, reverse=True)
    assert there[0]
    assert not there[-1]
    assert perfect_stopping(curves)["epoch"].notna().all()
    assert early_stopping(curves, patience=3)["every_epoch"].all()


def test_without_a_validation_set_there_are_no_losses_of_every_epoch(parts):
    with pytest.raises(InvalidInputError, match="validation set"):
        train(small_mlp(), parts[0], SCHEDULE, learning_rate=0.2, every_epoch=True)
