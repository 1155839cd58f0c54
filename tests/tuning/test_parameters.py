import pytest

from ib_mlflow.tuning.parameters import Parameter, written


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=1..7:step=3", [1, 4, 7]),
        ("a=0..0.5:step=0.1", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        ("a=x|y", ["x", "y"]),
        ("a=-2..0", [-2, -1, 0]),
    ],
)
def test_values_are_all_those_of_the_range(text, values):
    parameter = Parameter.parse(text)
    assert parameter.values() == values
    assert [parameter.at((n + 0.5) / len(values)) for n in range(len(values))] == values


def test_blanks_are_free_and_choices_hold_signs():
    assert Parameter.parse(" a = 1 .. 2 ").text == "1..2"
    assert Parameter.parse("a=../x|y=z").text == "../x|y=z"


def test_floats_come_back_exactly():
    assert float(written(0.1 + 0.2)) == 0.1 + 0.2


@pytest.mark.parametrize(
    ("text", "value", "held"),
    [
        ("a=0..0.5:step=0.1", 0.3, 0.3),
        ("a=0..0.5:step=0.1", "0.25", None),
        ("a=2e-4..3e-3:log", "0.003", 0.003),
        ("a=2e-4..3e-3:log", 0.0031, None),
        ("a=2..8:step=2", 4.0, 4),
        ("a=2..8", 4.5, None),
        ("a=0.99|0.9995", 0.9995, "0.9995"),
        ("a=tanh|relu", "relu", "relu"),
        ("a=tanh|relu", "elu", None),
        ("a=0.0..1", None, None),
    ],
)
def test_a_parameter_tells_what_it_holds(text, value, held):
    assert Parameter.parse(text).holds(value) == held
    assert type(Parameter.parse(text).holds(value)) is type(held)
