"""Networks that keep something from pass to pass, which tests of it share."""

import torch
from torch import nn

from ib_mlflow.networks import stack

ROWS = torch.rand(8, 3, generator=torch.Generator().manual_seed(0))


class Network(nn.Module):
    """A network whose way of using what it keeps is given."""

    of_all: torch.Tensor | None = None

    def __init__(self, way, **kept):
        super().__init__()
        self.first, self.last, self.way = nn.Linear(3, 4), nn.Linear(4, 2), way
        for name, value in kept.items():
            setattr(self, name, value)

    def forward(self, inputs):
        return self.last(self.way(self, torch.tanh(self.first(inputs))))


def ensemble_of(way, **kept):
    return stack(lambda: Network(way, **kept), seeds=(0, 1), layers=[], device="cpu")


def average(network, hidden):
    if network.training:
        mean = hidden.detach().mean()
        network.kept = mean if network.kept is None else 0.5 * network.kept + 0.5 * mean
    return hidden if network.kept is None else hidden - network.kept
