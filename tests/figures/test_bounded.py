import numpy as np
import pytest

from ib_mlflow import figures
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory import Guides, Trajectory

LINE = np.array([[0.0, 0.7, 2.0], [0.0, 0.6, 0.65]])


@pytest.fixture
def planes():
    plane = Trajectory.from_arrays(
        [[[2.0], [1.5]]],
        [[[0.1], [0.6]]],
        epochs=[0, 10],
        n=8,
        guides=Guides(2.08, 0.69, 0.65),
        estimator="known",
        setting="",
    )
    return {"one": plane, "other": plane}


@pytest.mark.parametrize(("unit", "scale"), [("nats", 1), ("bits", 1 / np.log(2))])
def test_every_plane_lies_under_its_bound(planes, unit, scale):
    figure = figures.bounded_plane(planes, {"one": LINE, "other": 0.5 * LINE}, unit=unit)
    for axes, share in zip(figure.axes, (1, 0.5), strict=False):
        (bound,) = [line for line in axes.lines if line.get_label() == "IB bound"]
        places, heights = bound.get_data()
        np.testing.assert_allclose(places[:3], share * scale * LINE[0])
        np.testing.assert_allclose(heights, share * scale * np.append(LINE[1], LINE[1, -1]))
        assert places[-1] == axes.get_xlim()[1]


def test_a_plane_without_a_bound_is_refused(planes):
    with pytest.raises(InvalidInputError, match="every plane has a bound"):
        figures.bounded_plane(planes, {"one": LINE})
