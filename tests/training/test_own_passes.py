"""Modules that a pass makes, generators that it moves, and inputs that it changes."""

import random

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.data import Dataset
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import stack
from ib_mlflow.networks.ensembles.traces import torch_alone
from ib_mlflow.training import Schedule, train

ROWS = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
DATASET = Dataset.of(ROWS, np.arange(20) % 2)


class Network(nn.Module):
    """Two linear layers and something between them."""

    def __init__(self, between, **kept):
        super().__init__()
        self.first, self.hidden, self.last = nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 2)
        self.between = between
        for name, value in kept.items():
            setattr(self, name, value)
        self.double()

    def forward(self, inputs):
        return self.last(self.hidden(self.between(self, self.first(inputs))))


def start(between, **kept):
    ensemble = stack(lambda: Network(between, **kept), seeds=(0, 1), layers=[], device="cpu")
    return train(ensemble, DATASET, Schedule.of([1]), learning_rate=0.1, batch_size=8)


def pythons(network, hidden):
    return hidden * 0 if network.training and random.random() < 1e-9 else hidden


def pythons_in_evaluation(network, hidden):
    return hidden if network.training or random.random() > 1e-9 else hidden * 0


def numpys(network, hidden):
    return hidden + float(np.random.normal()) * network.training  # noqa: NPY002


@pytest.mark.parametrize(
    ("between", "name"),
    [
        (pythons, "Python's random"),
        (pythons_in_evaluation, "Python's random"),
        (numpys, r"numpy\.random"),
    ],
)
def test_draws_that_no_seed_decides_are_refused_however_rarely_they_act(between, name):
    with pytest.raises(InvalidInputError, match=rf"draws from the module {name}\. Draw from torch"):
        start(between)


def test_generators_that_were_moved_are_where_they_were():
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002
    with (
        pytest.raises(InvalidInputError, match=r"Python's random and numpy\.random"),
        torch_alone(),
    ):
        first = random.random(), np.random.rand()  # noqa: NPY002
    assert (random.random(), np.random.rand()) == first  # noqa: NPY002


def layer_made(network, hidden):
    if network.made is None:
        network.made = nn.Linear(4, 4).double()
    return network.made(hidden)


def layer_made_in_training(network, hidden):
    if network.training and network.made is None:
        network.made = nn.BatchNorm1d(4).double()
    return hidden


def parameter_made(network, hidden):
    if network.made is None:
        network.made = nn.Parameter(torch.rand(4).double())
    return hidden * network.made


@pytest.mark.parametrize(
    ("between", "kind"),
    [
        (layer_made, "Linear"),
        (layer_made_in_training, "BatchNorm1d"),
        (parameter_made, "Parameter"),
    ],
)
def test_what_appears_in_a_pass_is_refused_by_name(between, kind):
    with pytest.raises(
        InvalidInputError, match=rf"which made \({kind}\) appears. Build it in __init__.*LazyLinear"
    ):
        start(between, made=None)


FIRST = {
    "linear": lambda: nn.Linear(6, 4),
    "convolution": lambda: nn.Sequential(nn.Unflatten(1, (2, 3)), nn.Conv1d(2, 2, 2), nn.Flatten()),
    "recurrent": lambda: nn.GRU(6, 4, batch_first=True),
}


@pytest.mark.parametrize("first", FIRST)
def test_members_may_change_their_inputs_in_place(first, train_alone):
    """Together, by threads, and one after another: none sees what another did to the rows."""

    class Doubling(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = FIRST[first](), nn.Linear(4, 2)
            self.double()

        def forward(self, inputs):
            inputs.mul_(2)
            if first == "recurrent":
                return self.last(self.first(inputs[:, None])[0][:, 0])
            return self.last(self.first(inputs).tanh())

    ensemble = stack(Doubling, seeds=(3, 8), layers=[], device="cpu")
    *_, last = train(ensemble, DATASET, Schedule.of([2]), learning_rate=0.1, batch_size=8)
    assert last.ensemble.one_by_one == (first == "recurrent")
    for index, seed in enumerate((3, 8)):
        torch.manual_seed(seed)
        network = train_alone(Doubling(), seed, DATASET, 2, batch_size=8, lr=0.1)
        expected = network.eval()(torch.tensor(ROWS.astype(np.float64)))
        np.testing.assert_allclose(
            last.ensemble.logits(ROWS)[index], expected.detach(), rtol=0, atol=1e-12
        )
