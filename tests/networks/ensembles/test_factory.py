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


@pytest.mark.parametrize("layers", [["3"], ["1", "1"], [""], ["tanh"]])
def test_layers_must_name_different_submodules(layers):
    with pytest.raises(InvalidInputError, match=r"submodules are \['0', '1', '2'\]"):
        stack(small, seeds=(0,), layers=layers)


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
