import random
from collections import deque, namedtuple
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import MNIST_CNN_LAYERS, GaussianNoise, classifier, mnist_cnn, stack
from ib_mlflow.networks.ensembles.attributes import check_attributes, differing_attributes

Pair = namedtuple("Pair", ["mean", "scale"])


@dataclass(frozen=True)
class Setting:
    scale: object


class Slotted:
    __slots__ = ("scale",)

    def __init__(self, scale):
        self.scale = scale


class Scaled(nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, inputs):
        return inputs


def network(scale):
    return nn.Sequential(Scaled(scale), nn.Linear(3, 2))


def module_with(number):
    module = nn.Linear(2, 2)
    nn.init.constant_(module.weight, number)
    nn.init.zeros_(module.bias)
    return module


def multiplied(number, inputs):
    return number * inputs


class Times:
    def __init__(self, number):
        self.number = number

    def of(self, inputs):
        return self.number * inputs


KINDS = {
    "tensor": lambda k: torch.tensor([1.0, k, float("nan")]),
    "scalar tensor": lambda k: torch.tensor(k),
    "tensor of a size": lambda k: torch.zeros(k),
    "type of a tensor": lambda k: torch.zeros(2, dtype=[torch.int32, torch.int64][k - 1]),
    "sparse tensor": lambda k: torch.tensor([[0.0, k]]).to_sparse(),
    "array": lambda k: np.array([1.0, k, np.nan]),
    "array of names": lambda k: np.array(["a", str(k)]),
    "number of numpy": lambda k: np.float32(k),
    "integer": lambda k: k,
    "float": lambda k: float(k) / 3,
    "boolean": lambda k: k == 1,
    "string": lambda k: f"name {k}",
    "fraction": lambda k: Fraction(k, 7),
    "list": lambda k: [1, [2, torch.tensor(k)]],
    "lists of a length": lambda k: [0] * k,
    "tuple": lambda k: ("a", k),
    "named tuple": lambda k: Pair(0, np.array([k])),
    "deque": lambda k: deque([k]),
    "dictionary": lambda k: {"a": {"b": torch.tensor([k])}},
    "keys": lambda k: {k: "a"},
    "set": lambda k: {1.5, k},
    "object": lambda k: SimpleNamespace(scale=torch.tensor(k)),
    "data class": lambda k: Setting(np.array([1, k])),
    "slots": lambda k: Slotted([k]),
    "parameter in a list": lambda k: [nn.Parameter(torch.tensor(float(k)))],
    "module in a list": lambda k: [module_with(k)],
    "closure": lambda k: lambda inputs: k * inputs,
    "default": lambda k: lambda inputs, scale=k: scale * inputs,
    "partial": lambda k: partial(multiplied, torch.tensor(k)),
    "method": lambda k: Times(k).of,
    "generator of torch": lambda k: torch.Generator().manual_seed(k),
    "generator of numpy": lambda k: np.random.default_rng(k),
    "old generator of numpy": lambda k: np.random.RandomState(k),
    "generator of python": lambda k: random.Random(k),
    "itself": lambda k: holds_itself(k),
}


def holds_itself(number):
    parts = [number]
    parts.append(parts)
    return parts


@pytest.mark.parametrize("kind", KINDS)
def test_what_differs_is_named_and_what_is_equal_is_not(kind):
    make = KINDS[kind]
    assert list(differing_attributes(network(make(1)), network(make(2)))) == ["0.scale"]
    assert differing_attributes(network(make(1)), network(make(1))) == {}


def test_an_attribute_of_the_network_itself_or_of_one_of_them_alone():
    networks = nn.Tanh(), nn.Tanh()
    networks[1].shift = 3
    assert differing_attributes(*networks) == {"shift": 3}
    networks[0].shift = None
    assert differing_attributes(*networks) == {"shift": 3}


def test_hooks_are_compared_by_what_they_do():
    def hooked(scale):
        module = nn.Sequential(nn.Linear(2, 2))
        module.handle = module[0].register_forward_hook(lambda *parts: scale * parts[-1])
        return module

    assert differing_attributes(hooked(1), hooked(1)) == {}
    assert list(differing_attributes(hooked(1), hooked(2))) == ["0._forward_hooks"]


def test_classes_that_the_factory_makes_are_looked_into():
    def factory(scale):
        class Local(nn.Module):
            def forward(self, inputs):
                return scale * inputs

            @property
            def fixed(self):
                return 1

        return nn.Sequential(Local())

    assert differing_attributes(factory(1), factory(1)) == {}
    assert list(differing_attributes(factory(1), factory(2))) == ["0.forward"]


def test_references_to_what_is_registered_are_no_state():
    def factory():
        module = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
        object.__setattr__(module, "first", module[0])
        module.weights = [module[0].weight, module[1].running_mean]
        module.sets = {module[0], module[1]}
        module.by_module = {module[0]: "linear"}
        module.itself = (module,)
        return module

    assert differing_attributes(factory(), factory()) == {}


@pytest.mark.parametrize(
    "factory",
    [
        mnist_cnn,
        lambda: classifier((1, 16, 16), classes=3),
        lambda: nn.LSTM(3, 2, num_layers=2, bidirectional=True),
        lambda: nn.GRUCell(3, 2),
        lambda: nn.MultiheadAttention(4, 2),
        lambda: nn.TransformerEncoderLayer(4, 2, 8),
        lambda: nn.Transformer(4, 2, 1, 1, 8, batch_first=True),
        lambda: nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)),
        lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2)),
        lambda: nn.utils.parametrizations.orthogonal(nn.Linear(3, 2)),
        lambda: nn.Sequential(nn.Embedding(3, 2, padding_idx=0), nn.LayerNorm(2), nn.PReLU()),
        lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.GroupNorm(1, 2), nn.Upsample(scale_factor=2)),
        lambda: nn.Sequential(nn.BatchNorm1d(3), GaussianNoise(0.1), nn.Dropout(), nn.Softmax(1)),
        lambda: nn.Sequential(nn.LazyLinear(3), nn.Bilinear(2, 2, 2)),
        lambda: nn.ParameterDict({"a": torch.randn(2)}),
        lambda: network(count()),
    ],
)
def test_ordinary_modules_are_not_refused(factory):
    check_attributes([factory(), factory(), factory()], seeds=(0, 1, 2))


def test_stack_refuses_state_of_the_seed_that_is_no_buffer():
    with pytest.raises(
        InvalidInputError,
        match=r"received seeds 3 and 4 that differ in 0\.scale \(Tensor\)\. .*"
        r"register it as a buffer: self\.register_buffer\(\"scale\", \.\.\.\)",
    ):
        stack(lambda: network(torch.rand(3)), seeds=(3, 3, 4), layers=[])
    same = stack(lambda: network(torch.ones(3)), seeds=(3, 4), layers=["0"])
    assert same.members == 2
    assert stack(mnist_cnn, seeds=(0, 1), layers=MNIST_CNN_LAYERS).members == 2


@pytest.mark.parametrize(
    ("kind", "fix"),
    [
        ("list", "register it as a buffer"),
        ("integer", "register it as a buffer"),
        ("closure", "register it as a buffer"),
        ("generator of numpy", "Draw from torch's own generator"),
        ("module in a list", r"nn\.ModuleList"),
        ("parameter in a list", r"nn\.ParameterList"),
    ],
)
def test_the_fix_fits_what_the_attribute_is(kind, fix):
    with pytest.raises(InvalidInputError, match=rf"0\.scale .*{fix}"):
        check_attributes([network(KINDS[kind](k)) for k in (1, 2)], seeds=(0, 1))
