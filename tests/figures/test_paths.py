import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import bound_paths

LABELS = ("x", "y")


def path_of(values, low, high):
    """Bounds (t, 2) with the same interval about each."""
    return np.asarray(values, np.float64)[..., None] + [0.0, low, high]


def test_every_layer_moves_and_its_ends_are_named():
    paths = {
        "h2": path_of([[-60.0, 0.5], [-40, 1.0], [-50, 1.5]], -0.1, 0.3),
        "h3": path_of([[-80.0, 0.5], [-70, 1], [-75, 2]], np.nan, np.nan),
    }
    figure = bound_paths(paths, epochs=[0, 3, 30], labels=LABELS, unit="bits")
    (axes,) = figure.axes
    assert axes.get_xlabel() == "x [bits]"
    assert [text.get_text() for text in axes.texts] == ["0", "30", "0", "30"]
    (dots, _) = (each for each in axes.collections if isinstance(each, PathCollection))
    assert np.allclose(np.asarray(dots.get_offsets()), paths["h2"][..., 0] / np.log(2))


def test_both_ends_of_both_intervals_are_drawn():
    path = path_of([[-60.0, 0.5], [-40, 1.0]], -0.1, 0.3)
    (axes,) = bound_paths({"h2": path}, epochs=[0, 3], labels=LABELS).axes
    bars = [each for each in axes.collections if isinstance(each, LineCollection)]
    ends = {tuple(np.round(end, 6)) for bar in bars for ends in bar.get_segments() for end in ends}
    x = {(-60.1, 0.5), (-59.7, 0.5), (-40.1, 1.0), (-39.7, 1.0)}
    y = {(-60.0, 0.4), (-60.0, 0.8), (-40.0, 0.9), (-40.0, 1.3)}
    assert ends == x | y


@pytest.mark.parametrize("paths", [{}, {"h2": [[1.0, 2.0], [1.0, 2.0]]}])
def test_a_path_without_its_points_is_refused(paths):
    with pytest.raises(InvalidInputError, match="two bounds with intervals for each"):
        bound_paths(paths, epochs=[0, 3], labels=LABELS)
