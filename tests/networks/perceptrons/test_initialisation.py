import math

import pytest
import torch
from scipy import stats
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.perceptrons.initialisation import INITIALISATIONS, initial_parameters

SEEDS = tuple(range(10))
INPUTS, OUTPUTS = 60, 40


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("truncated_normal", stats.truncnorm(-2, 2, scale=1 / math.sqrt(INPUTS))),
        (
            "glorot_uniform",
            stats.uniform(-math.sqrt(6 / 100), 2 * math.sqrt(6 / 100)),
        ),
        ("he_normal", stats.norm(scale=math.sqrt(2 / INPUTS))),
        ("torch", stats.uniform(-1 / math.sqrt(INPUTS), 2 / math.sqrt(INPUTS))),
    ],
)
def test_weights_follow_the_named_distribution(name, distribution):
    parameters = initial_parameters((INPUTS, OUTPUTS, 2), name, SEEDS, torch.float64)
    weights = parameters["layer_1.weight"].flatten().numpy()
    assert stats.kstest(weights, distribution.cdf).pvalue > 1e-3
    if name != "torch":
        assert not parameters["layer_1.bias"].any()


def test_torch_draws_what_linear_layers_draw():
    parameters = initial_parameters((12, 5, 2), "torch", (3, 8), torch.float32)
    for member, seed in enumerate((3, 8)):
        torch.manual_seed(seed)
        layers = [nn.Linear(12, 5), nn.Linear(5, 2)]
        for number, layer in enumerate(layers, start=1):
            assert torch.equal(parameters[f"layer_{number}.weight"][member], layer.weight)
            assert torch.equal(parameters[f"layer_{number}.bias"][member], layer.bias)


@pytest.mark.parametrize("name", INITIALISATIONS)
def test_a_member_is_a_function_of_its_seed_alone(name):
    few = initial_parameters((12, 5, 2), name, (4, 9), torch.float32)
    many = initial_parameters((12, 5, 2), name, (1, 9, 2, 4), torch.float32)
    for key in few:
        assert torch.equal(few[key][0], many[key][3])
        assert torch.equal(few[key][1], many[key][1])
    assert not torch.equal(few["layer_1.weight"][0], few["layer_1.weight"][1])


def test_the_global_generator_is_not_touched():
    before = torch.random.get_rng_state()
    initial_parameters((12, 5, 2), "truncated_normal", (0,), torch.float32)
    assert torch.equal(before, torch.random.get_rng_state())


def test_unknown_names_are_refused():
    with pytest.raises(InvalidInputError, match="Use one of truncated_normal, glorot_uniform"):
        initial_parameters((12, 2), "orthogonal", (0,), torch.float32)
