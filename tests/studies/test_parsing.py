from typing import Any, ClassVar, Literal

import pytest
from pydantic import Field

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.fields import BinSize, Distinct
from ib_mlflow.studies.parsing import parameters_of


class Example(StudyConfiguration):
    """An example of a study."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {"members": 2, "layers": (1, 2)},
        "quick": {"members": 5, "layers": (1,)},
        "paper": {"members": 50, "layers": (1, 2, 3)},
    }
    members: int = Field(ge=1, le=1000, description="how many networks")
    layers: Distinct[int] = Field(description="which layers")
    kind: Literal["a", "b"] = Field("a", description="which kind")
    bin_sizes: Distinct[BinSize] = Field((0.07,), description="sizes")
    repeats: int = Field(4, ge=4, multiple_of=2, description="how often")


PARAMETERS = {each.name: each for each in parameters_of(Example, Example.presets)}


@pytest.mark.parametrize(
    ("name", "allowed", "default"),
    [
        ("members", "≥ 1, ≤ 1000", "auto (toy 2, quick 5, paper 50)"),
        ("layers", "", "auto (toy 1,2, quick 1, paper 1,2,3)"),
        ("kind", "a|b", "a"),
        ("bin_sizes", "≥ 1e-09, ≤ 100, several with commas", "0.07"),
        ("repeats", "≥ 4, a multiple of 2", "4"),
        ("fresh", "true|false", "false"),
        ("device", "", "auto"),
    ],
)
def test_a_parameter_says_what_it_may_be_and_what_it_is(name, allowed, default):
    assert PARAMETERS[name].allowed == allowed
    assert PARAMETERS[name].default == default


def test_every_parameter_is_described():
    assert PARAMETERS.keys() == Example.model_fields.keys()
    assert all(each.description for each in PARAMETERS.values())


@pytest.mark.parametrize(
    ("words", "end"),
    [
        (["--members", "0"], "Allowed: ≥ 1, ≤ 1000; default: auto (toy 2, quick 5, paper 50)."),
        (["--kind", "c"], "Allowed: a|b; default: a."),
        (
            ["--bin_sizes", "0.1,0.1"],
            "received '0.1,0.1'. Allowed: ≥ 1e-09, ≤ 100, several with commas",
        ),
        (["--layers", "x"], "received 'x'. Default: auto (toy 1,2, quick 1, paper 1,2,3)."),
        (["--kind", "c", "--repeats", "5"], "default: a. Also wrong: repeats."),
    ],
)
def test_a_bad_value_names_what_is_allowed(words, end):
    with pytest.raises(ConfigurationError) as caught:
        Example.parse(words)
    assert end in str(caught.value)


def test_a_help_flag_is_no_parameter():
    with pytest.raises(ConfigurationError, match="received help"):
        Example.parse(["--help"])
