import numpy as np
import pandas as pd
import pytest

from ib_mlflow import figures
from ib_mlflow.errors import InvalidInputError


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "group": ["a"] * 6 + ["b"] * 2,
            "layer": [1, 1, 1, 2, 2, 2, 1, 2],
            "above": [np.inf, np.inf, 1e5, 4.0, 9.0, np.nan, 7.0, 2.0],
            "across": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
        }
    )


def test_a_panel_for_each_group_and_number(table):
    figure = figures.layer_dots(table, up={"above": "β", "across": "γ"})
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == ["a", "b"]
    assert figure.axes[0].get_ylabel().startswith("β")
    assert figure.axes[2].get_xlabel() == "layer"
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


def test_infinite_numbers_are_counted_and_take_part_in_the_median(table):
    axes = figures.layer_dots(table, up={"above": "β"}).axes[0]
    assert [text.get_text() for text in axes.texts] == ["2/3"]
    (line,) = [line for line in axes.lines if line.get_linestyle() == "-"]
    np.testing.assert_array_equal(line.get_ydata(), [np.nan, 6.5])


@pytest.mark.parametrize(
    "change", [{"above": [-1.0] * 8}, {"above": [0.0] * 8}, {"layer": None}, {"group": None}]
)
def test_what_cannot_be_drawn_is_refused(table, change):
    for name, values in change.items():
        table = table.drop(columns=name) if values is None else table.assign(**{name: values})
    with pytest.raises(InvalidInputError, match="a table of layers"):
        figures.layer_dots(table, up={"above": "β"})
    with pytest.raises(InvalidInputError, match="a table of layers"):
        figures.layer_dots(table.iloc[:0], up={"above": "β"})
