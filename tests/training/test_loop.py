import logging

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.data import load, split
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import mlp, stack
from ib_mlflow.training import Schedule, train

WIDTHS = (12, 10, 7, 5, 4, 3, 2)


@pytest.fixture(scope="module")
def szt():
    return split(load("szt"), test_fraction=0.2, seed=42)


def same_bits(one, other):
    states = one.ensemble.state(), other.ensemble.state()
    return all(torch.equal(tensor, states[1][name]) for name, tensor in states[0].items())


def test_the_papers_network_learns_the_papers_task(szt):
    train_set, validation = szt
    ensemble = mlp(WIDTHS, activation="tanh", members=2)
    schedule = Schedule.of([4000])
    first, last = train(ensemble, train_set, schedule, validation=validation, learning_rate=0.2)
    assert np.abs(first.train_accuracy - 0.5).max() < 0.1
    assert first.train_loss.mean() == pytest.approx(np.log(2), abs=0.1)
    assert (last.train_accuracy > 0.99).all()
    assert (last.val_accuracy > 0.9).all()
    assert (last.train_loss < 0.05).all()


def test_snapshots_come_at_the_measured_epochs_and_stay(szt):
    ensemble = mlp(WIDTHS, members=2)
    before = ensemble.state()
    snapshots = list(train(ensemble, szt[0], Schedule.of([1, 3, 4]), learning_rate=0.2))
    assert [snapshot.epoch for snapshot in snapshots] == [0, 1, 3, 4]
    assert all(torch.equal(before[name], tensor) for name, tensor in ensemble.state().items())
    assert np.array_equal(snapshots[0].logits(np.eye(12)), ensemble.logits(np.eye(12)))
    assert not same_bits(snapshots[1], snapshots[2])
    again = list(train(ensemble, szt[0], Schedule.of([3]), learning_rate=0.2))
    assert same_bits(snapshots[2], again[-1])
    assert np.array_equal(snapshots[2].train_loss, again[-1].train_loss)


def test_there_are_no_validation_scores_without_a_validation_set(szt):
    (snapshot,) = train(mlp(WIDTHS), szt[0], Schedule.of([]), learning_rate=0.2)
    assert np.isnan(snapshot.val_loss).all()
    assert np.isnan(snapshot.val_accuracy).all()
    assert not snapshot.diverged.any()


@pytest.mark.parametrize("at", range(4))
def test_resumed_training_has_the_bits_of_an_uninterrupted_one(szt, at):
    arguments = {"learning_rate": 0.2, "momentum": 0.9, "weight_decay": 1e-4, "validation": szt[1]}
    schedule, ensemble = Schedule.of([1, 2, 5]), mlp(WIDTHS, beta=[0, 0.01, 0.1], members=3)
    whole = list(train(ensemble, szt[0], schedule, **arguments))
    checkpoint = whole[at].checkpoint()
    rest = list(train(ensemble, szt[0], schedule, resume=checkpoint, **arguments))
    assert [snapshot.epoch for snapshot in rest] == [0, 1, 2, 5][at + 1 :]
    for one, other in zip(whole[at + 1 :], rest, strict=True):
        assert same_bits(one, other)
        assert np.array_equal(one.val_loss, other.val_loss)


def test_members_do_not_notice_each_other(szt):
    few = mlp(WIDTHS, beta=[0.1, 0], seeds=(5, 9))
    many = mlp(WIDTHS, beta=[0, 0.3, 0, 0.1], seeds=(9, 1, 2, 5))
    schedule = Schedule.of([2])
    *_, one = train(few, szt[0], schedule, learning_rate=[0.1, 0.3])
    *_, other = train(many, szt[0], schedule, learning_rate=[0.3, 9, 0.2, 0.1])
    for name, tensor in one.ensemble.state().items():
        assert torch.equal(tensor[0], other.ensemble.state()[name][3])
        assert torch.equal(tensor[1], other.ensemble.state()[name][0])


def test_a_member_that_diverges_is_reported_and_leaves_the_others_alone(szt, caplog):
    ensemble = mlp(WIDTHS, activation="linear", seeds=(3, 4))
    schedule = Schedule.of([1, 2])
    with caplog.at_level(logging.WARNING):
        snapshots = list(
            train(ensemble, szt[0], schedule, learning_rate=[1e6, 0.1], validation=szt[1])
        )
    last = snapshots[-1]
    assert last.diverged.tolist() == [True, False]
    for scores in (last.train_loss, last.train_accuracy, last.val_loss, last.val_accuracy):
        assert np.isnan(scores).tolist() == [True, False]
    assert [record.message for record in caplog.records] == [
        "member 0 (seed 3) has diverged by epoch 1"
    ]
    *_, alone = train(
        mlp(WIDTHS, activation="linear", seeds=(4,)), szt[0], schedule, learning_rate=0.1
    )
    assert alone.train_loss[0] == last.train_loss[1]


@pytest.mark.parametrize(("n", "batch_size"), [(9, 4), (1, 4), (3, 1)])
def test_batch_normalisation_needs_two_samples(make_dataset, n, batch_size):
    def normalised():
        return nn.Sequential(nn.Linear(5, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))

    ensemble = stack(normalised, seeds=(0,), layers=[])
    arguments = {"learning_rate": 0.1, "batch_size": batch_size}
    with pytest.raises(
        InvalidInputError, match=r"learn from 1 row .*module '1', Batch.*leaves no single row"
    ):
        train(ensemble, make_dataset(n, 5), Schedule.of([1]), **arguments)
    assert train(ensemble, make_dataset(n * batch_size + 2, 5), Schedule.of([1]), learning_rate=0.1)


def test_arguments_are_refused_before_the_first_snapshot(szt):
    with pytest.raises(InvalidInputError, match="schedule must be a Schedule"):
        train(mlp(WIDTHS), szt[0], [0, 1], learning_rate=0.1)
    with pytest.raises(InvalidInputError, match="learning_rate"):
        train(mlp(WIDTHS), szt[0], Schedule.of([1]), learning_rate=-1)
    with pytest.raises(InvalidInputError, match="inputs must have 5 numbers a row"):
        train(mlp((5, 2)), szt[0], Schedule.of([1]), learning_rate=0.1)
    digits = load("digits")
    with pytest.raises(InvalidInputError, match="9 outputs for the 10 classes of digits"):
        train(mlp((64, 9)), digits, Schedule.of([1]), learning_rate=0.1)
    with pytest.raises(InvalidInputError, match="each class of the validation"):
        train(mlp((12, 2)), szt[0], Schedule.of([1]), learning_rate=0.1, validation=_three())


def _three():
    from ib_mlflow.data import Dataset

    return Dataset(
        name="three",
        inputs=np.eye(12, dtype=np.uint8),
        labels=np.arange(12) % 3,
        classes=("a", "b", "c"),
        source="written by hand",
        levels=2,
    )
