import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import layer_bounds, relative_bounds, training_bounds

LAYERS = {"CONV1": (-20.0, 0.5), "CONV2": (-30.0, 1.0), "FC3": (-50.0, 2.0)}
CURVES = {
    "normal": {"FC3": {0: (-60.0, 1.0), 100: (-50.0, 1.0), 1000: (-55.0, 1.0)}},
    "overfitted": {"FC3": {0: (-60.0, 1.0), 1000: (-45.0, 1.0)}, "LOGITS": {0: (-70.0, 1.0)}},
}


def bars(axes):
    """(x, low, high) of each error bar."""
    return [
        (segment[0][0], segment[0][1], segment[1][1])
        for container in axes.containers
        for collection in container[2]
        for segment in collection.get_segments()
    ]


def test_layers_stand_in_order_with_intervals_of_95_percent():
    figure = layer_bounds({"mnist": LAYERS, "cifar10": LAYERS}, label="bound", unit="bits")
    first, second = figure.axes
    assert (first.get_title(loc="left"), second.get_title(loc="left")) == ("mnist", "cifar10")
    assert first.get_ylabel() == "bound [bits]"
    for (x, low, high), (place, (value, error)) in zip(
        bars(first), enumerate(LAYERS.values()), strict=True
    ):
        assert x == place
        np.testing.assert_allclose(
            [low, high], np.array([value - 1.96 * error, value + 1.96 * error]) / np.log(2)
        )


@pytest.mark.parametrize("ordered", [True, False])
def test_what_has_no_order_is_not_joined(ordered):
    figure = layer_bounds({"mnist": LAYERS}, label="bound", ordered=ordered)
    longest = max(len(line.get_xdata()) for line in figure.axes[0].lines)
    assert longest == (len(LAYERS) if ordered else 1)


def test_a_level_is_drawn_and_named_where_there_is_one():
    figure = layer_bounds(
        {"a": LAYERS, "b": LAYERS},
        label="bound",
        unit="bits",
        level="told nothing",
        levels={"b": -60.0 * np.log(2)},
    )
    assert [[text.get_text() for text in axes.texts] for axes in figure.axes] == [
        [],
        ["told nothing = −60.00"],
    ]
    low, high = figure.axes[1].get_ylim()
    assert low < -60 < high


def test_networks_are_compared_layer_by_layer():
    figure = training_bounds(CURVES, label="bound")
    fc3, logits = figure.axes
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["FC3", "LOGITS"]
    curves = {line.get_label(): line for line in fc3.lines if not line.get_label().startswith("_")}
    assert curves["normal"].get_xdata().tolist() == [0, 100, 1000]
    assert curves["overfitted"].get_ydata().tolist() == [-60.0, -45.0]
    assert len(bars(fc3)) == 5
    assert len(bars(logits)) == 1
    assert fc3.get_xlim()[1] > 1000


def test_datasets_share_an_axis_when_relative():
    shorter = {"CONV1": (-1.0, 0.0), "FC3": (-1.5, 0.1)}
    figure = relative_bounds({"mnist": LAYERS, "cifar10": shorter}, label="relative")
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["CONV1", "CONV2", "FC3"]
    curves = {line.get_label(): line for line in axes.lines}
    assert list(curves["mnist"].get_xdata()) == [0, 1, 2]
    assert list(curves["cifar10"].get_xdata()) == [0, 2]
    assert list(curves["cifar10"].get_ydata()) == [-1.0, -1.5]
    assert curves["mnist"].get_color() != curves["cifar10"].get_color()
    assert (2, -1.5 - 0.196, -1.5 + 0.196) in [
        tuple(np.round(bar, 6).tolist()) for bar in bars(axes)
    ]


@pytest.mark.parametrize("nothing", [{}, {"mnist": {}}])
def test_nothing_is_not_drawn(nothing):
    for draw in (layer_bounds, relative_bounds, training_bounds):
        with pytest.raises(InvalidInputError, match="a bound to draw"):
            draw(nothing, label="bound")


def test_another_unit_is_refused():
    with pytest.raises(InvalidInputError, match="nats or bits"):
        layer_bounds({"mnist": LAYERS}, label="bound", unit="bans")
