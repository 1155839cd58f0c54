import logging

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.data import load, split
from ib_mlflow.errors import CheckpointError, InvalidInputError
from ib_mlflow.information import Binned
from ib_mlflow.networks import mlp, stack
from ib_mlflow.training import Schedule, measure, train

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
    with pytest.raises(InvalidInputError, match="needs two samples in every step"):
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


class Keeping(nn.Module):
    """A frozen layer, a scalar, and a mean that `forward` assigns; with a convolution or without.

    The mean is kept of what enters, so that its value is known.
    """

    def __init__(self, convolution):
        super().__init__()
        self.first = nn.Conv2d(1, 3, 3) if convolution else nn.Flatten()
        self.hidden = nn.Linear(48 if convolution else 36, 4)
        self.last, self.gain = nn.Linear(4, 3), nn.Parameter(torch.tensor(1.0))
        self.register_buffer("ema", torch.zeros(()))
        self.register_buffer("steps", torch.tensor(0))
        for frozen in (self.hidden.weight, self.hidden.bias, *list(self.first.parameters())[:1]):
            frozen.requires_grad_(False)

    def forward(self, inputs):
        if self.training:
            self.ema = 0.9 * self.ema + 0.1 * inputs.detach().mean()
            self.steps = self.steps + 1
        hidden = self.hidden(self.first(inputs - self.ema).flatten(1)).tanh()
        return self.gain * self.last(hidden)


WAYS = pytest.mark.parametrize(("convolution", "apart"), [(0, False), (1, False), (1, True)])
HEAVY = {"learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0.01, "batch_size": 20}


@pytest.fixture
def keeping(monkeypatch, make_dataset):
    """Train two members that keep something, by torch.func or one after another."""

    def run(convolution, apart, epochs=(1, 2), **arguments):
        if not apart:
            monkeypatch.setattr("ib_mlflow.training.engines.per_member.possible", lambda *_: False)
        dataset = make_dataset(100, 1, 6, 6, classes=3)
        ensemble = stack(
            lambda: Keeping(convolution).double(), seeds=(3, 8), layers=["hidden"], device="cpu"
        )
        assert ensemble.apart is bool(convolution)
        arguments = {**HEAVY, **arguments}
        return ensemble, dataset, list(train(ensemble, dataset, Schedule.of(epochs), **arguments))

    return run


@WAYS
def test_frozen_parameters_stay_and_assigned_buffers_are_kept(
    keeping, train_alone, convolution, apart
):
    """As in a plain loop of torch's, with all that moves weights beside gradients."""
    before, dataset, snapshots = keeping(convolution, apart, orthonormality=[0, 0.01])
    state = snapshots[-1].ensemble.state()
    frozen = {"hidden.weight", "hidden.bias"} | ({"first.weight"} if convolution else set())
    assert {n for n, t in before.parameters.items() if torch.equal(t, state[n])} == frozen
    assert state["steps"].tolist() == [10, 10]
    for member, seed in enumerate((3, 8)):
        torch.manual_seed(seed)
        network = Keeping(convolution).double()
        rates = {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.01}
        rates["orthonormality"] = [0, 0.01][member]
        train_alone(network, seed, dataset, 2, batch_size=20, **rates)
        for name, tensor in network.state_dict().items():
            torch.testing.assert_close(state[name][member], tensor, rtol=0, atol=1e-10)


@WAYS
def test_checkpoints_and_modules_hold_what_is_frozen_and_what_is_kept(keeping, convolution, apart):
    before, dataset, whole = keeping(convolution, apart)
    checkpoint = whole[1].checkpoint()
    assert torch.equal(checkpoint["state"]["hidden.weight"], before.parameters["hidden.weight"])
    _, _, rest = keeping(convolution, apart, resume=checkpoint)
    assert same_bits(whole[-1], rest[-1])
    inputs = dataset.features().reshape(dataset.inputs.shape).astype(np.float64)
    with torch.no_grad():
        logits = whole[-1].module()(torch.from_numpy(inputs)).numpy()
    np.testing.assert_allclose(logits, whole[-1].logits(inputs), rtol=0, atol=1e-12)


@WAYS
def test_networks_with_scalars_are_measured(keeping, convolution, apart):
    _, dataset, snapshots = keeping(convolution, apart)
    rows = measure(snapshots[-1], [Binned(bin_size=0.1)], dataset)
    assert rows["i_x"].notna().all()
    assert not snapshots[-1].diverged.any()


def test_what_is_frozen_must_be_so_to_resume(make_dataset):
    def start(frozen, resume=None):
        def factory():
            network = nn.Sequential(nn.Linear(6, 3), nn.Linear(3, 2))
            network[0].weight.requires_grad_(not frozen)
            return network

        ensemble = stack(factory, seeds=(0,), layers=[], device="cpu")
        schedule = Schedule.of([1, 2])
        return list(train(ensemble, make_dataset(20, 6), schedule, learning_rate=1, resume=resume))

    for frozen in (True, False):
        with pytest.raises(CheckpointError, match="resumed with the same architecture"):
            start(not frozen, resume=start(frozen)[1].checkpoint())


def test_compiled_networks_can_be_frozen_by_their_template(make_dataset):
    ensemble = mlp((6, 4, 2), members=2, device="cpu")
    ensemble.template.get_submodule("layer_1").requires_grad_(False)
    *_, last = train(ensemble, make_dataset(50, 6), Schedule.of([2]), **HEAVY)
    for name, tensor in last.ensemble.parameters.items():
        assert torch.equal(tensor, ensemble.parameters[name]) is name.startswith("layer_1")
