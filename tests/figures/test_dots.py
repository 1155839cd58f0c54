"""Dots of networks, setting by setting."""

import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import member_dots


def test_every_network_is_a_dot_beside_the_mean_of_its_setting():
    figure = member_dots({"big": [0.8, 0.9, 1.0], "1st pruning": [0.5]}, label="accuracy")
    (axes,) = figure.axes
    assert axes.get_ylabel() == "accuracy"
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [line.get_ydata().tolist() for line in dots] == [[0.8, 0.9, 1.0], [0.5]]
    for place, line in enumerate(dots):
        assert (np.abs(line.get_xdata() - place) < 0.5).all()
    means = [float(of.get_segments()[0][0, 1]) for of in axes.collections]
    assert means == pytest.approx([0.9, 0.5])


def test_what_diverged_is_left_out_and_counted():
    figure = member_dots({"big": [np.nan, 0.9], "lost": [np.nan]}, label="accuracy")
    labels = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    assert labels == ["big\n(1 missing)", "lost\n(1 missing)"]
    assert len(figure.axes[0].collections) == 1


def test_nothing_cannot_be_drawn():
    with pytest.raises(InvalidInputError, match="at least one setting"):
        member_dots({}, label="accuracy")
