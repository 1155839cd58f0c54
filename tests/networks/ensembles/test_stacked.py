import numpy as np
import torch
from torch import nn

from ib_mlflow.networks import stack
from ib_mlflow.networks.ensembles.stacked import ROWS


class Squares(nn.Module):
    """A network with modules in a list, and a tensor that is neither parameter nor buffer."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.ModuleList([nn.Linear(2, 3), nn.Tanh()])
        self.last = nn.Linear(3, 2)
        self.power = torch.tensor(2.0)

    def forward(self, inputs):
        for module in self.hidden:
            inputs = module(inputs)
        return self.last(inputs) ** self.power


def test_rows_are_computed_in_blocks_that_leave_no_seam():
    ensemble = stack(Squares, seeds=(0, 1), layers=["hidden.1"])
    inputs = np.random.default_rng(0).normal(size=(2 * ROWS + 3, 2))
    whole = dict(ensemble.activations(inputs))
    for start, stop in ((0, 5), (ROWS - 2, ROWS + 2), (2 * ROWS, 2 * ROWS + 3)):
        part = dict(ensemble.activations(inputs[start:stop]))
        for number, activations in part.items():
            np.testing.assert_allclose(whole[number][:, start:stop], activations, atol=1e-6)


def test_the_architecture_tells_networks_apart():
    one = stack(Squares, seeds=(0,), layers=[])
    assert one.architecture == stack(Squares, seeds=(5,), layers=["last"]).architecture
    assert one.architecture != stack(lambda: nn.Linear(2, 2), seeds=(0,), layers=[]).architecture


def half_frozen():
    network = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    network[0].requires_grad_(False)
    return network


def test_what_is_frozen_is_known_of_members_and_of_the_architecture():
    ensemble = stack(half_frozen, seeds=(0, 1), layers=["1"])
    for network in (ensemble.member(1), ensemble.module().members[1]):
        needed = [name for name, p in network.named_parameters() if p.requires_grad]
        assert needed == ["2.weight", "2.bias"]
    assert ensemble.architecture.endswith("frozen: 0.weight, 0.bias")
    assert list(ensemble.state()) == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_a_member_may_have_tensors_of_its_own():
    ensemble = stack(half_frozen, seeds=(0, 1), layers=["1"])
    before = ensemble.state()
    network = ensemble.member(1, shared=False)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            assert torch.equal(parameter, before[name][1])
            parameter.fill_(7)
    assert all(torch.equal(before[name], tensor) for name, tensor in ensemble.state().items())
