import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import agreement

TABLE = pd.DataFrame(
    {
        "group": ["layer 1"] * 3 + ["layer 2"] * 2,
        "across": [10.0, 10.0, np.nan, 10.0, 0.0],
        "up": [5.0, 4.0, 4.0, 25.0, 4.0],
        "low": [4.0, np.nan, 4.0, 20.0, 4.0],
        "high": [6.0, np.nan, 4.0, 25.0, 4.0],
        "seen": True,
    }
)


def test_networks_within_the_factor_are_counted_by_group():
    figure = agreement(TABLE, across="peak", up="fall", factor=2)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["layer 1", "layer 2"]
    assert [axes.texts[0].get_text() for axes in figure.axes] == ["1 of 2", "0 of 1"]
    first, second = figure.axes
    assert first.get_xlim() == second.get_ylim()


def test_a_network_that_may_have_an_epoch_after_training_counts_where_it_lies_outside():
    table = TABLE.assign(seen=[False, False, False, False, True])
    figure = agreement(table, across="peak", up="fall", factor=2)
    assert [axes.texts[0].get_text() for axes in figure.axes] == ["0 of 1", "0 of 1"]
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [(dot.get_mfc() == "none", dot.get_xdata().size) for dot in dots] == [
        (False, 0),
        (True, 2),
    ]


def test_a_group_of_which_nothing_is_known_is_empty():
    figure = agreement(TABLE.assign(across=np.nan), across="peak", up="fall", factor=2)
    assert {axes.texts[0].get_text() for axes in figure.axes} == {"0 of 0"}


@pytest.mark.parametrize(
    ("table", "factor"), [(TABLE.drop(columns="low"), 2), (TABLE.iloc[:0], 2), (TABLE, 0.5)]
)
def test_what_is_not_there_is_refused(table, factor):
    with pytest.raises(InvalidInputError, match="epochs of networks are drawn by group"):
        agreement(table, across="peak", up="fall", factor=factor)
