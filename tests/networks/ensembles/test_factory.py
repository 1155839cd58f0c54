import pytest
import torch
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import GaussianNoise, stack


def small():
    return nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 2))


def test_a_member_is_a_function_of_its_seed_alone():
    few = stack(small, seeds=(4, 9), layers=["1"])
    many = stack(small, seeds=(1, 9, 2, 4), layers=["1"])
    for name, tensor in few.parameters.items():
        assert torch.equal(tensor[0], many.parameters[name][3])
        assert torch.equal(tensor[1], many.parameters[name][1])


def test_the_global_generator_is_restored():
    before = torch.random.get_rng_state()
    stack(small, seeds=(0, 1), layers=[])
    assert torch.equal(before, torch.random.get_rng_state())


def test_layers_are_named_as_the_modules_are_and_the_output_follows():
    assert stack(small, seeds=(0,), layers=["1", "0"]).layer_names == ("1", "0", "output")


def test_members_must_be_of_one_architecture():
    def factory():
        return nn.Sequential(nn.Linear(3, int(torch.randint(2, 100, ()))))

    with pytest.raises(InvalidInputError, match="networks of one architecture"):
        stack(factory, seeds=range(3), layers=[])


def test_networks_without_parameters_are_refused():
    with pytest.raises(InvalidInputError, match="with parameters"):
        stack(nn.Tanh, seeds=(0,), layers=[])


def test_shared_parameters_are_refused():
    def tied():
        network = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
        network[2].weight = network[0].weight
        return network

    with pytest.raises(InvalidInputError, match=r"must not be shared .* \['2.weight'\]"):
        stack(tied, seeds=(0,), layers=[])


def test_half_precision_is_refused():
    with pytest.raises(InvalidInputError, match="all parameters must be float32, or all float64"):
        stack(lambda: nn.Linear(3, 2).half(), seeds=(0,), layers=[])


def test_networks_must_give_logits():
    ensemble = stack(lambda: nn.Conv2d(1, 1, 3), seeds=(0,), layers=[])
    with pytest.raises(InvalidInputError, match="must map inputs"):
        ensemble.logits(torch.zeros(2, 1, 5, 5))


def noisy(*betas):
    return nn.Sequential(nn.Linear(3, 2), *(GaussianNoise(beta) for beta in betas))


def test_beta_is_that_of_the_factory_or_one_for_each_member():
    assert stack(lambda: noisy(0.1, 0.1), seeds=(0, 1), layers=[]).beta.tolist() == [0.1, 0.1]
    ensemble = stack(lambda: noisy(0.1, 0.3), seeds=(0, 1), layers=[], beta=[0, 0.2])
    assert ensemble.beta.tolist() == [0, 0.2]
    assert ensemble.buffers["2.beta"].tolist() == [0, 0.2]
    assert stack(small, seeds=(0, 1), layers=[]).beta.tolist() == [0, 0]


def test_layers_of_one_network_have_one_beta():
    with pytest.raises(InvalidInputError, match="must have the same beta"):
        stack(lambda: noisy(0.1, 0.3), seeds=(0,), layers=[])


def test_beta_needs_noise_layers():
    with pytest.raises(InvalidInputError, match="beta is for networks with noise layers"):
        stack(small, seeds=(0,), layers=[], beta=0.1)


def test_beta_out_of_range_is_refused():
    with pytest.raises(InvalidInputError, match="beta must be at least 0"):
        stack(lambda: noisy(0), seeds=(0,), layers=[], beta=-0.1)


def deep():
    return nn.Sequential(*(nn.Linear(3, 3) for _ in range(12)))


def test_a_string_is_the_name_of_one_layer():
    assert stack(deep, seeds=(0,), layers="10").layer_names == ("10", "output")
    assert stack(deep, seeds=(0,), layers="10").measured == ("10",)
    with pytest.raises(InvalidInputError, match=r"a submodule of the network; received '12'"):
        stack(deep, seeds=(0,), layers="12")


def frozen(*names):
    network = small()
    for name in names:
        network.get_parameter(name).requires_grad_(False)
    return network


def test_a_network_that_is_frozen_as_a_whole_is_refused():
    with pytest.raises(InvalidInputError, match=r"all of 0.weight, 0.bias, 2.weight, 2.bias froz"):
        stack(lambda: frozen("0.weight", "0.bias", "2.weight", "2.bias"), seeds=(0,), layers=[])


def test_members_agree_on_what_is_frozen():
    networks = iter([frozen("0.weight"), frozen("0.weight", "2.bias")])
    with pytest.raises(
        InvalidInputError,
        match=r"received 2.bias: .* requires a gradient and \(2,\) of torch.float32",
    ):
        stack(lambda: next(networks), seeds=(0, 1), layers=[])


def test_members_agree_on_what_repr_does_not_show():
    class Free(nn.Module):
        def __init__(self, tensor):
            super().__init__()
            self.last, self.own = nn.Linear(2, 2), nn.Parameter(tensor)
            self.register_buffer("count", None if tensor.ndim else torch.tensor(1))

    for tensors, message in (
        ((torch.ones(2), torch.ones(3)), r"own: \(2,\) .* and \(3,\) of"),
        ((torch.ones(2), torch.ones(2).double()), r"own: .*float32.* and .*float64"),
        ((torch.ones(2), torch.tensor(1.0)), r"count: none and \(\) of torch.int64"),
    ):
        networks = iter([Free(tensor) for tensor in tensors])
        with pytest.raises(InvalidInputError, match=message):
            stack(lambda networks=networks: next(networks), seeds=(0, 1), layers=[])


def test_shared_buffers_are_refused():
    def masked():
        network = small()
        network[0].register_buffer("mask", torch.ones(2))
        network[2].register_buffer("mask", network[0].mask)
        return network

    with pytest.raises(InvalidInputError, match=r"buffers must not be shared .* \['2.mask'\]"):
        stack(masked, seeds=(0,), layers=[])


@pytest.mark.parametrize("kind", ["register_hook", "register_post_accumulate_grad_hook"])
def test_hooks_on_parameters_are_refused(kind):
    def hooked():
        network = small()
        getattr(network[2].weight, kind)(lambda gradient: None)
        return network

    with pytest.raises(InvalidInputError, match=r"hooks on 2.weight"):
        stack(hooked, seeds=(0,), layers=[])


def test_one_network_for_several_seeds_is_refused():
    """Members that are copies of each other would agree about everything."""
    network = nn.Linear(12, 2)
    with pytest.raises(InvalidInputError, match="the same Linear for each of 3 seeds"):
        stack(lambda: network, seeds=range(3), layers=[])
