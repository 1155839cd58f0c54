import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import bound_paths

LABELS = ("x", "y")


def test_every_layer_moves_and_its_ends_are_named():
    paths = {"h2": [[-60.0, 0.5], [-40, 1.0], [-50, 1.5]], "h3": [[-80.0, 0.5], [-70, 1], [-75, 2]]}
    figure = bound_paths(paths, epochs=[0, 3, 30], labels=LABELS, unit="bits")
    (axes,) = figure.axes
    assert axes.get_xlabel() == "x [bits]"
    assert [text.get_text() for text in axes.texts] == ["0", "30", "0", "30"]
    drawn = np.asarray(axes.collections[0].get_offsets())
    assert np.allclose(drawn, np.array(paths["h2"]) / np.log(2))


@pytest.mark.parametrize("paths", [{}, {"h2": [[1.0, 2.0]]}])
def test_a_path_without_its_points_is_refused(paths):
    with pytest.raises(InvalidInputError, match="two bounds for each"):
        bound_paths(paths, epochs=[0, 3], labels=LABELS)
