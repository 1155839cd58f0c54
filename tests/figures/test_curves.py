import numpy as np
import pytest
from matplotlib.colors import to_hex

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import information_curves, loss_accuracy
from ib_mlflow.figures.style import layer_colours
from ib_mlflow.trajectory import Trajectory, learning


def layers_of(axes):
    return {line.get_label(): line for line in axes.lines if line.get_label().startswith("layer")}


def test_each_layers_mean_in_its_colour_and_unit(small):
    figure = information_curves(small, unit="bits")
    left, right = figure.axes
    assert (left.get_ylabel(), right.get_ylabel()) == ("I(X; Bin T) [bits]", "I(Bin T; Y) [bits]")
    assert left.get_xlabel() == "epoch (log scale)"
    means = small.frame.groupby(["layer", "epoch"])[["i_x", "i_y"]].mean() / np.log(2)
    for axes, quantity in ((left, "i_x"), (right, "i_y")):
        for layer, colour in layer_colours(small.layers).items():
            line = layers_of(axes)[f"layer {layer}"]
            assert to_hex(line.get_color()) == colour
            assert tuple(line.get_xdata()) == small.epochs
            np.testing.assert_allclose(line.get_ydata(), means.loc[layer, quantity])
        assert len(axes.collections) == len(small.layers)


def test_guides_are_named_above_the_curves(small):
    left, right = information_curves(small).axes
    assert "H(X) = 8.32" in [text.get_text() for text in left.texts]
    assert "H(Y) = I(X;Y) = 0.69" in [text.get_text() for text in right.texts]
    left.figure.draw_without_rendering()
    for axes in (left, right):
        named = [text for text in axes.texts if text.get_text().startswith("H(")]
        assert all(text.get_window_extent().y0 > axes.bbox.y1 for text in named)


def test_several_settings_are_refused(small):
    finer = Trajectory(small.frame.assign(setting="bin_size=0.01"), small.guides)
    with pytest.raises(InvalidInputError, match="one estimator and setting"):
        information_curves(Trajectory.concat([small, finer]))


def test_accuracy_and_loss_with_the_epoch_of_the_lowest_validation_loss(small):
    figure = loss_accuracy(small)
    accuracy, loss = figure.axes
    assert accuracy.get_ylabel() == "accuracy"
    assert loss.get_ylabel() == "cross-entropy [nats]"
    means = learning(small).groupby("epoch").mean()
    lines = {line.get_label(): line for line in loss.lines}
    np.testing.assert_allclose(lines["training"].get_ydata(), means["train_loss"])
    np.testing.assert_allclose(lines["validation"].get_ydata(), means["val_loss"])
    best = means["val_loss"].idxmin()
    assert loss.texts[0].get_text() == f"lowest at epoch {best}"
    marked = [line for line in loss.lines if line.get_marker() == "o"]
    assert marked[0].get_xdata() == [best]
    assert "lowest mean\nvalidation loss" in [line.get_label() for line in accuracy.lines]
    own = [line for line in loss.lines if line.get_marker() == "|"]
    assert len(own[0].get_xdata()) == len(small.members)


def test_columns_of_two_networks_share_their_scales(small):
    axes = loss_accuracy({"tanh": small, "relu": small.select(members=[0, 1])}, unit="bits").axes
    titles = [each.get_title(loc="left") for each in axes]
    assert titles == ["tanh", "relu", "", ""]
    assert axes[0].get_ylim() == axes[1].get_ylim()
    assert axes[2].get_ylim() == axes[3].get_ylim()
    assert axes[2].get_ylabel() == "cross-entropy [bits]"


def test_without_validation_only_training_is_drawn(small):
    frame = small.frame.assign(val_loss=np.nan, val_accuracy=np.nan)
    accuracy, loss = loss_accuracy(Trajectory(frame, small.guides)).axes
    assert [line.get_label() for line in accuracy.lines] == ["training"]
    assert not loss.texts


def test_nothing_leaves_the_figure(small):
    for figure in (information_curves(small), loss_accuracy({"tanh": small, "relu": small})):
        figure.draw_without_rendering()
        for axes in figure.axes:
            box = axes.get_tightbbox()
            assert box.x0 >= 0
            assert box.y0 >= 0
            assert box.x1 <= figure.bbox.x1
            assert box.y1 <= figure.bbox.y1


def test_many_networks_go_on_below(small):
    titles = [f"network {number}" for number in range(7)]
    axes = loss_accuracy(dict.fromkeys(titles, small)).axes
    assert [each.get_title(loc="left") for each in axes if each.get_title(loc="left")] == titles
    assert len(axes) == 2 * 7
    assert len({each.get_ylim() for each in axes}) == 2


def test_a_figure_says_how_it_was_measured(small):
    assert information_curves(small).get_suptitle() == "binned, bin size 0.07 · 5 members"
    assert loss_accuracy(small).get_suptitle() == "5 members"
