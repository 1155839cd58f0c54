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
