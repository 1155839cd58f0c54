from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import compare_settings
from ib_mlflow.trajectory import compression


def test_a_mark_per_layer_and_setting_at_the_mean_with_its_interval(sweep):
    readings = {title: compression(trajectory) for title, trajectory in list(sweep.items())[:4]}
    figure = compare_settings(
        readings, quantity="final", label="final I(X;T) [bits]", scale=1 / np.log(2)
    )
    [axes] = figure.axes
    assert axes.get_ylabel() == "final I(X;T) [bits]"
    words = [text.get_text().replace("\n", " ") for text in axes.get_xticklabels()]
    assert words == list(readings)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in axes.get_xticklabels()]
    assert all(first.x1 < second.x0 for first, second in pairwise(boxes))
    assert boxes[0].y0 > 0
    marks = [line for line in axes.lines if "layer" in line.get_label()]
    assert len(marks) == 4 * 4
    expected = [
        reading[reading["layer"] == layer]["final"].mean() / np.log(2)
        for reading in readings.values()
        for layer in (1, 2, 3, 4)
    ]
    np.testing.assert_allclose([mark.get_ydata()[0] for mark in marks], expected)
    first = readings[next(iter(readings))].query("layer == 1")["final"] / np.log(2)
    bar = axes.collections[0].get_segments()[0][:, 1]
    np.testing.assert_allclose(bar, first.quantile([0.05, 0.95]))


def test_settings_do_not_overlap_and_layers_keep_their_order(sweep):
    readings = {title: compression(each) for title, each in list(sweep.items())[:3]}
    [axes] = compare_settings(readings, quantity="peak", label="peak").axes
    places = [line.get_xdata()[0] for line in axes.lines if "layer" in line.get_label()]
    assert places == sorted(places)
    assert np.rint(places).tolist() == [0.0] * 4 + [1.0] * 4 + [2.0] * 4


def test_missing_members_are_counted_on_the_axis():
    table = pd.DataFrame({"layer": [1, 1, 2, 2], "x": [1.0, np.nan, 2.0, 3.0]})
    [axes] = compare_settings({"a": table}, quantity="x", label="x").axes
    assert axes.get_xticklabels()[0].get_text() == "a\n(1 missing)"


def test_a_guide_is_named_and_visible():
    table = pd.DataFrame({"layer": [1, 1], "x": [1.0, 2.0]})
    [axes] = compare_settings({"a": table}, quantity="x", label="x", guide=("H(X)", 8.0)).axes
    assert "H(X) = 8.00" in [text.get_text() for text in axes.texts]
    assert axes.get_ylim()[1] > 8


def test_nothing_to_compare_is_refused():
    with pytest.raises(InvalidInputError, match="at least one setting"):
        compare_settings({}, quantity="x", label="x")
    with pytest.raises(InvalidInputError, match="columns layer and x"):
        compare_settings({"a": pd.DataFrame({"layer": [1]})}, quantity="x", label="x")
