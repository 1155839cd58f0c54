"""Names of layers: what does not exist is told from what is named twice."""

import pytest
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import stack
from ib_mlflow.networks.ensembles.names import SHOWN, checked_names

MISSING = "every layer must be a submodule of the network; received {}, which it does not have. "
WRONG = "layers must be names of submodules, as text; received {}. "
ALL = "Its submodules are encoder, encoder.first, encoder.act, last."


class Nested(nn.Module):
    """A network with a part of several layers."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential()
        self.encoder.first, self.encoder.act = nn.Linear(3, 2), nn.Tanh()
        self.last = nn.Linear(2, 2)

    def forward(self, inputs):
        return self.last(self.encoder(inputs))


def sequential():
    return nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 2))


def said_of(factory, layers):
    with pytest.raises(InvalidInputError) as raised:
        stack(factory, seeds=(0, 1), layers=layers)
    return str(raised.value)


@pytest.mark.parametrize("layers", [["9"], "9", ["1", "9"], ("9", "9"), ["10"], [""], "", ["tanh"]])
def test_a_layer_that_does_not_exist_is_named_with_those_that_do(layers):
    missing = next(
        name for name in ([layers] if isinstance(layers, str) else layers) if name != "1"
    )
    expected = MISSING.format(repr(missing)) + "Its submodules are 0, 1, 2."
    assert said_of(sequential, layers) == expected


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("act", "encoder.act"),
        ("encoder.atc", "encoder.act"),
        ("network.encoder.first", "encoder.first"),
        ("Last", "last"),
        ("last ", "last"),
        ("encoder.act.0", "encoder.act"),
    ],
)
def test_a_near_miss_is_answered_with_what_was_meant(name, meant):
    expected = f"{MISSING.format(repr(name))}Did you mean {meant!r}? {ALL}"
    assert said_of(Nested, [name]) == expected


@pytest.mark.parametrize(
    ("layers", "received", "meant"),
    [
        ([1], "1", "Did you mean '1'? "),
        (1, "1", "Did you mean '1'? "),
        ([9], "9", ""),
        ([None], "NoneType", ""),
        (None, "NoneType", ""),
        ([["1"]], "list", ""),
        ([nn.Tanh()], "Tanh", ""),
        ([1.0], "float", ""),
    ],
)
def test_what_is_no_name_is_refused(layers, received, meant):
    expected = f"{WRONG.format(received)}{meant}Its submodules are 0, 1, 2."
    assert said_of(sequential, layers) == expected


def test_a_layer_is_named_once():
    said = said_of(sequential, ["0", "1", "1"])
    assert said == "every layer must be named once; received ['0', '1', '1']. Name 1 once."


def test_networks_without_submodules_and_with_many():
    assert "It has none: name its parts" in said_of(lambda: nn.Linear(3, 2), ["0"])
    many = nn.Sequential(*(nn.Linear(2, 2) for _ in range(2 * SHOWN)))
    with pytest.raises(InvalidInputError) as raised:
        checked_names("99", many)
    assert str(raised.value).endswith(f"{SHOWN - 1}, … ({2 * SHOWN} in all).")
