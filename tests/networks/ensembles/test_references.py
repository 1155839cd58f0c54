"""Tensors that a network reaches otherwise than as attributes, and those that a pass changes."""

import copy
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import stack
from ib_mlflow.networks.ensembles.references import check_references

ROWS = np.random.default_rng(0).normal(size=(20, 6))


class Network(nn.Module):
    """Two linear layers, after something that is done once to them."""

    def __init__(self, keep=None, first=None):
        super().__init__()
        self.first, self.hidden, self.last = nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 2)
        self.gain = nn.Parameter(torch.rand(4))
        self.register_buffer("scale", torch.rand(4))
        self.compute = first
        self.double()
        if keep:
            keep(self)

    def forward(self, inputs):
        hidden = self.compute(self, inputs) if self.compute else self.first(inputs)
        return self.last(self.hidden(hidden))


def in_a_list(network):
    network.kept = [network.first.weight]
    network.compute = listed


def listed(network, inputs):
    return functional.linear(inputs, network.kept[0], network.first.bias)


def in_a_lambda(network):
    network.compute = lambda _, inputs: network.first(inputs)


def in_a_function(network):
    weight = network.first.weight

    def compute(_, inputs):
        return functional.linear(inputs, weight)

    network.compute = compute


def in_a_partial(network):
    network.kept = partial(functional.linear, weight=network.first.weight)
    network.compute = kept


def kept(network, inputs):
    return network.kept(inputs)


def in_a_hook(network):
    network.hidden.register_forward_hook(lambda *hooked: hooked[-1] * network.gain)


def in_a_pre_hook(network):
    network.first.register_forward_pre_hook(lambda _, given: (given[0] * network.last.bias[0],))


def in_a_backward_hook(network):
    network.hidden.register_full_backward_hook(lambda _, slopes, __: (slopes[0] * network.gain,))


def in_another_forward(network):
    forward = network.forward
    network.forward = lambda inputs: 2 * forward(inputs)


def frozen(network):
    network.first.weight.requires_grad_(False)
    in_a_function(network)


def buffer_in_a_list(network):
    network.kept = [network.scale]
    network.compute = scaled


def scaled(network, inputs):
    return network.first(inputs) * network.kept[0]


def behind_no_gradient(network):
    network.kept = [network.first.weight.data]
    network.compute = listed


def in_training(network):
    first = network.first
    network.compute = lambda network, inputs: (
        first(inputs) if network.training else network.first(inputs)
    )


REACHED = {
    in_a_list: r"first\.weight",
    in_a_lambda: r"first\.weight, first\.bias",
    in_a_function: r"first\.weight",
    in_a_partial: r"first\.weight",
    in_a_hook: "gain",
    in_a_pre_hook: r"last\.bias",
    in_a_backward_hook: "gain",
    in_another_forward: r"first\.weight, first\.bias, last\.weight, others",
    frozen: r"first\.weight",
    buffer_in_a_list: "scale",
    in_training: r"first\.weight, first\.bias",
}


@pytest.mark.parametrize("seeds", [(3,), (3, 8)], ids=["one seed", "two seeds"])
@pytest.mark.parametrize("keep", REACHED, ids=lambda keep: keep.__name__)
def test_tensors_that_are_not_reached_as_attributes_are_refused_by_name(keep, seeds):
    ensemble = stack(lambda: Network(keep), seeds=seeds, layers=["hidden"], device="cpu")
    with pytest.raises(
        InvalidInputError, match=rf"received ({REACHED[keep]}): a pass in \w+ uses .*Write self\."
    ):
        list(ensemble.activations(ROWS))
    with pytest.raises(InvalidInputError, match="what the factory built"):
        ensemble.logits(ROWS)  # and again, when it is asked again


def test_so_are_views_that_no_gradient_enters():
    ensemble = stack(lambda: Network(behind_no_gradient), seeds=(3,), layers=[], device="cpu")
    with pytest.raises(InvalidInputError, match=r"first\.weight: a pass in evaluation"):
        ensemble.logits(ROWS)


def test_the_mode_of_the_factorys_network_is_no_ones_mode():
    def keep(network):
        network.compute = lambda own, inputs: own.first(inputs) * (2.0 if network.training else 1.0)

    ensemble = stack(lambda: Network(keep), seeds=(3,), layers=[], device="cpu")
    with pytest.raises(InvalidInputError, match="attributes of Network: a pass in evaluation"):
        ensemble.logits(ROWS)


def modules_in_a_list(network):
    network.kept = [network.first]
    network.compute = of_the_list


def of_the_list(network, inputs):
    return network.kept[0](inputs)


def bound_method(network):
    network.kept = network.first.forward
    network.compute = kept


def never_used(network):
    network.kept = [network.first.weight], lambda inputs: network.first(inputs)


@pytest.mark.parametrize("keep", [modules_in_a_list, bound_method, never_used])
def test_what_a_copy_keeps_or_no_pass_uses_is_taken(keep):
    ensemble = stack(lambda: Network(keep), seeds=(3, 8), layers=[], device="cpu")
    for index, seed in enumerate((3, 8)):
        torch.manual_seed(seed)
        expected = Network(keep).eval()(torch.tensor(ROWS))
        np.testing.assert_allclose(
            ensemble.logits(ROWS)[index], expected.detach(), rtol=0, atol=1e-12
        )


def test_the_factorys_network_keeps_its_numbers():
    made = []

    def factory():
        made.append(Network())
        return made[-1]

    ensemble = stack(factory, seeds=(3, 8), layers=[], device="cpu")
    before = copy.deepcopy(made[0].state_dict())
    ensemble.logits(ROWS)
    assert all(torch.equal(tensor, before[name]) for name, tensor in made[0].state_dict().items())


def shrunk(network, inputs):
    with torch.no_grad():
        network.first.weight.mul_(0.9)
    return network.first(inputs)


def clamped_once_large(network, inputs):
    with torch.no_grad():
        network.first.weight.clamp_(-2, 2)  # none of the initial weights is that large
    return network.first(inputs)


def replaced_in_training(network, inputs):
    if network.training:
        network.first.weight.data = network.first.weight.data.clamp(-0.1, 0.1)
    return network.first(inputs)


@pytest.mark.parametrize("first", [shrunk, clamped_once_large, replaced_in_training])
def test_evaluation_leaves_parameters_that_a_pass_changes_as_they_are(first, caplog):
    ensemble = stack(lambda: Network(first=first), seeds=(3, 8), layers=["hidden"], device="cpu")
    before = ensemble.state()
    one, other = ensemble.logits(ROWS), ensemble.logits(ROWS)
    list(ensemble.activations(ROWS))
    assert np.array_equal(one, other)
    assert all(torch.equal(tensor, before[name]) for name, tensor in ensemble.state().items())
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.endswith("their forward pass changes first.weight in place")


def test_parameters_that_a_pass_changes_are_named():
    network = Network(first=shrunk)
    assert check_references(network, copy.deepcopy(network), torch.tensor(ROWS)) == {"first.weight"}
