"""Networks that torch.func cannot compute together, or that need a word of their own."""

import logging

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Binned
from ib_mlflow.networks import GaussianNoise, stack
from ib_mlflow.training import Schedule, gradient_rows, measure, train


class Recurrent(nn.Module):
    """What vmap has no rule for, with noise of ours and, if asked, dropout of torch's."""

    def __init__(self, dropout=0.0):
        super().__init__()
        self.recurrent = nn.GRU(2, 4, batch_first=True)
        self.noise, self.dropout = GaussianNoise(0.1), nn.Dropout(dropout)
        self.last = nn.Linear(4, 2)

    def forward(self, inputs):
        states, _ = self.recurrent(inputs.unflatten(1, (3, 2)))
        return self.last(self.dropout(self.noise(states[:, -1])))


class Branching(nn.Module):
    """Control flow that looks at the numbers, in training alone."""

    def __init__(self):
        super().__init__()
        self.first, self.hidden, self.last = nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 2)

    def forward(self, inputs):
        hidden = self.first(inputs)
        if self.training and hidden.abs().max() > 1:
            hidden = hidden / 2
        return self.last(self.hidden(hidden))


def same_bits(one, other, members=slice(None)):
    mine, theirs = one.ensemble.state(), other.ensemble.state()
    return all(torch.equal(tensor[members], theirs[name]) for name, tensor in mine.items())


@pytest.fixture
def start(make_dataset):
    def run(factory, epochs=(1, 2), seeds=(3, 5, 3), **arguments):
        ensemble = stack(lambda: factory().double(), seeds=seeds, layers=["last"], device="cpu")
        arguments = {"learning_rate": 0.1, "momentum": 0.5, "batch_size": 16, **arguments}
        return train(ensemble, make_dataset(40, 6), Schedule.of(epochs), **arguments)

    return run


@pytest.mark.parametrize(
    ("factory", "place"), [(Recurrent, "module 'recurrent', GRU"), (Branching, "Branching")]
)
def test_members_are_computed_one_after_another_and_that_is_logged_once(
    caplog, start, make_dataset, factory, place
):
    with caplog.at_level(logging.WARNING):
        *_, last = start(factory)
    (message,) = [record.getMessage() for record in caplog.records]
    assert f"one after another: torch.func.vmap cannot run {place} (" in message
    assert last.ensemble.per_member
    rows = measure(last, [Binned(bin_size=0.3)], make_dataset(40, 6))
    assert len(rows) == 6


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_they_resume_with_the_same_bits_and_record_gradients(start, dropout):
    def factory():
        return Recurrent(dropout)

    whole = list(start(factory, gradients=True))
    rest = list(start(factory, resume=whole[1].checkpoint()))
    assert same_bits(whole[-1], rest[-1])
    assert np.isfinite(gradient_rows(whole[-1]).select_dtypes("float64").to_numpy()).all()


def test_torchs_dropout_follows_from_the_members_seed_alone(start):
    """Twins draw differently, and a member does not notice the others."""
    generator = torch.random.get_rng_state()
    *_, together = start(lambda: Recurrent(0.5))
    *_, alone = start(lambda: Recurrent(0.5), seeds=(5,))
    assert torch.equal(generator, torch.random.get_rng_state())
    assert same_bits(together, alone, slice(1, 2))
    weights = together.ensemble.parameters["last.weight"]
    assert not torch.equal(weights[0], weights[2])
    *_, plain = start(Recurrent)
    assert torch.equal(*plain.ensemble.parameters["last.weight"][[0, 2]])


def test_what_has_no_weight_at_first_is_seen_when_it_is_measured(make_dataset):
    """The gain is 0 before training, so that the first pass sees nothing."""

    class Whitening(Branching):
        def __init__(self):
            super().__init__()
            self.gain = nn.Parameter(torch.tensor(0.0))

        def forward(self, inputs):
            hidden = self.first(inputs)
            whitened = (hidden - hidden.mean(0)) / (hidden.std(0) + 1)
            return self.last(self.hidden(hidden + self.gain * whitened))

    dataset = make_dataset(60, 6)
    ensemble = stack(Whitening, seeds=(0, 1), layers=["hidden"], device="cpu")
    first, last = train(ensemble, dataset, Schedule.of([5]), learning_rate=0.5, batch_size=20)
    assert len(measure(first, [Binned(bin_size=0.3)], dataset)) == 4
    with pytest.raises(InvalidInputError, match=r"'hidden', Tanh, .*with the other rows"):
        measure(last, [Binned(bin_size=0.3)], dataset)


@pytest.mark.parametrize(
    ("norm", "n"), [(lambda: nn.InstanceNorm1d(2), 33), (lambda: nn.BatchNorm1d(2), 33)]
)
def test_what_can_normalise_a_single_row_does(make_dataset, norm, n):
    def factory():
        layers = nn.Unflatten(1, (2, 3)), norm(), nn.Flatten(), nn.Linear(6, 2)
        return nn.Sequential(*layers)

    ensemble = stack(factory, seeds=(0,), layers=[], device="cpu")
    *_, last = train(
        ensemble, make_dataset(n, 6), Schedule.of([1]), learning_rate=0.1, batch_size=16
    )
    assert np.isfinite(last.train_loss).all()


def test_logits_that_follow_from_nothing_that_learns_are_refused(start):
    class Detached(Branching):
        def forward(self, inputs):
            return self.last(self.first(inputs)).detach()

    with pytest.raises(InvalidInputError, match="logits that require no gradient"):
        next(start(Detached))


def test_what_fails_in_training_alone_is_named(start):
    class Failing(Branching):
        def forward(self, inputs):
            return self.last(inputs if self.training else self.first(inputs))

    with pytest.raises(InvalidInputError, match=r"learn from 16 rows .*module 'last', Linear"):
        next(start(Failing))


def test_a_recurrent_network_learns_as_a_plain_loop_does(make_dataset, train_alone):
    dataset = make_dataset(40, 6)
    ensemble = stack(lambda: Recurrent().double(), seeds=(4, 9), layers=[], device="cpu")
    *_, last = train(
        ensemble, dataset, Schedule.of([3]), learning_rate=0.2, momentum=0.9, batch_size=16
    )
    for index, seed in enumerate((4, 9)):
        torch.manual_seed(seed)
        rates = {"lr": 0.2, "momentum": 0.9}
        network = train_alone(Recurrent().double(), seed, dataset, 3, batch_size=16, **rates)
        for name, weight in network.named_parameters():
            mine = last.ensemble.parameters[name][index]
            torch.testing.assert_close(mine, weight.data, rtol=0, atol=1e-12)
        inputs = torch.tensor(dataset.features(), dtype=torch.float64)
        loss = cross_entropy(network.eval()(inputs), torch.tensor(dataset.labels))
        np.testing.assert_allclose(last.train_loss[index], loss.item(), rtol=0, atol=1e-12)
