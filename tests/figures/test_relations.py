import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import relations

TABLE = pd.DataFrame(
    {
        "group": ["few"] * 3 + ["many"] * 3,
        "samples": [200] * 3 + [3000] * 3,
        "gap": [0.1, 0.2, np.nan, 0.0, 0.1, 0.2],
        "i_y": [0.3, 0.4, 0.5, 0.5, 0.6, 0.7],
    }
)


def test_every_network_is_a_dot_and_every_group_has_its_mean():
    figure = relations(
        TABLE,
        across={"samples": "samples", "gap": "gap"},
        up={"i_y": "I(T;Y) [nats]"},
        logarithmic=("samples",),
    )
    first, second = figure.axes
    assert (first.get_xscale(), second.get_xscale()) == ("log", "linear")
    assert first.get_ylim() == second.get_ylim()
    dots, mean, *_ = first.lines
    np.testing.assert_allclose(dots.get_ydata(), [0.3, 0.4, 0.5])
    np.testing.assert_allclose((mean.get_xdata()[0], mean.get_ydata()[0]), (200, 0.4))
    assert len(second.lines[0].get_xdata()) == 2, "a network without a gap is left out"
    names = [text.get_text() for text in second.get_legend().get_texts()]
    assert names == ["few", "many"]


@pytest.mark.parametrize("table", [TABLE.drop(columns="gap"), TABLE.iloc[:0]])
def test_what_is_not_there_is_refused(table):
    with pytest.raises(InvalidInputError, match="a group and the columns"):
        relations(table, across={"gap": "gap"}, up={"i_y": "I(T;Y)"})


def test_equal_numbers_lie_on_a_line_that_moves_no_limits():
    epochs = pd.DataFrame({"group": "tanh", "stop": [20.0, 200.0], "turn": [30.0, 40.0]})
    both = {"across": {"turn": "turn"}, "up": {"stop": "stop"}, "logarithmic": ("turn", "stop")}
    (bare,), (axes,) = relations(epochs, **both).axes, relations(epochs, **both, alike=1.25).axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert (axes.get_xlim(), axes.get_ylim()) == (bare.get_xlim(), bare.get_ylim())
    line = axes.lines[-1]
    np.testing.assert_array_equal(line.get_xdata(), line.get_ydata())


def test_networks_without_numbers_leave_an_empty_panel():
    table = TABLE.assign(gap=np.nan)
    (axes,) = relations(table, across={"gap": "gap"}, up={"i_y": "I(T;Y)"}, alike=2).axes
    assert axes.get_legend() is None
