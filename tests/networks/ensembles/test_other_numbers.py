"""Networks that are passed other numbers to see what they reach: loops, views, ties, classes."""

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import stack

ROWS = np.random.default_rng(0).normal(size=(20, 6))


class UntilItRests(nn.Module):
    """Goes on until it has converged, which it does with its own weights and not with others."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(6, 4), nn.Linear(4, 2)
        self.turn = nn.Parameter(torch.eye(4) * 0.5)
        self.double()

    def forward(self, inputs):
        put, rest = self.first(inputs), inputs.new_zeros(len(inputs), 4)
        while True:
            rest, before = torch.tanh(rest @ self.turn) + put, rest
            if (rest - before).norm() < 1e-6:
                return self.last(rest)


class Unbounded(UntilItRests):
    """The same, without what would hold it back."""

    def forward(self, inputs):
        put, rest = self.first(inputs), inputs.new_zeros(len(inputs), 4)
        while True:
            rest, before = torch.sin(3 * rest @ self.turn) + put, rest
            if (rest - before).norm() < 1e-6 or self.turn.abs().sum() < 2.1:
                return self.last(rest)


@pytest.mark.parametrize("kind", [UntilItRests, Unbounded])
def test_a_pass_that_does_not_end_with_other_numbers_is_not_waited_for(kind):
    networks = stack(kind, seeds=[0, 1], layers=["first"])
    assert networks.logits(ROWS).shape == (2, 20, 2)


class Views(nn.Module):
    """Buffers that are views of one another, or of overlapping windows."""

    def __init__(self):
        super().__init__()
        double = {"dtype": torch.float64}  # .double() would copy each buffer
        self.first = nn.Linear(6, 6, **double)
        mask = torch.linspace(0.1, 1, 12, **double).reshape(2, 6)
        self.register_buffer("mask", mask)
        self.register_buffer("small", mask[0])
        self.register_buffer("windows", torch.linspace(0, 1, 11, **double).unfold(0, 6, 1))

    def forward(self, inputs):
        return self.first(inputs * self.small) @ (self.mask + self.windows[:2]).T


def test_buffers_that_are_views_are_taken():
    networks = stack(Views, seeds=[0], layers=["first"])
    plain = networks.module()(torch.from_numpy(ROWS)).detach().numpy()
    np.testing.assert_allclose(networks.logits(ROWS), plain, atol=1e-12)


class Rough(nn.Module):
    """What a last bit of a product decides, behind a weight that is stored by columns."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(100, 6, dtype=torch.float64).t())
        self.last = nn.Linear(100, 2).double()

    def forward(self, inputs):
        return self.last(torch.sin(1e9 * (inputs @ self.weight)))


def test_a_weight_that_is_stored_by_columns_is_computed_with_as_members_do():
    assert stack(Rough, seeds=[0], layers=["last"]).logits(ROWS).shape == (1, 20, 2)


@pytest.mark.parametrize(
    "tie", [lambda weight: weight, lambda weight: weight.t(), lambda weight: weight[:2]]
)
def test_parameters_that_share_memory_are_named(tie):
    def tied():
        network = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4))
        network[2].weight = nn.Parameter(tie(network[0].weight.detach()))
        return network

    with pytest.raises(InvalidInputError, match=r"received 0\.weight and 2\.weight, of which one"):
        stack(tied, seeds=[0], layers=["0"])


def test_networks_are_of_one_class():
    def anew():
        class Own(nn.Sequential):
            pass

        return Own(nn.Linear(3, 2))

    with pytest.raises(InvalidInputError, match="2 classes called Own"):
        stack(anew, seeds=[0, 1], layers=["0"])


class Silent(nn.Sequential):
    """Goes into training and does not return itself."""

    def train(self, mode=True):
        super().train(mode)


def test_train_returns_the_network():
    with pytest.raises(InvalidInputError, match=r"from Silent\.train"):
        stack(lambda: Silent(nn.Linear(3, 2)), seeds=[0], layers=["0"])


class Counted(Views):
    """Changes what another buffer is a view of: in members it would part from it."""

    def forward(self, inputs):
        self.mask.mul_(0.9)
        return super().forward(inputs)


def test_buffers_that_are_views_and_are_changed_are_named():
    networks = stack(Counted, seeds=[0], layers=["first"])
    with pytest.raises(InvalidInputError, match="received mask, which shares its memory"):
        networks.logits(ROWS)


def test_a_buffer_that_repeats_one_number_is_taken():
    def repeated():
        network = nn.Sequential(nn.Linear(6, 3), nn.Tanh(), nn.Linear(3, 2)).double()
        network.register_buffer("same", torch.ones(1, dtype=torch.float64).expand(5))
        return network

    assert stack(repeated, seeds=[0], layers=["0"]).logits(ROWS).shape == (1, 20, 2)
