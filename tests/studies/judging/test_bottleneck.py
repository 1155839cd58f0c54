import numpy as np
import pytest

from ib_mlflow.information import ib_curve
from ib_mlflow.studies.judging.bottleneck import BoundedPlane
from ib_mlflow.trajectory import Guides, Trajectory

CHANNEL = np.array([[0.45, 0.05], [0.05, 0.45]])


@pytest.fixture(scope="module")
def curve():
    return ib_curve(CHANNEL, np.geomspace(1, 60, 80))


def bounded(curve, i_x, i_y):
    """Two members of one layer at one epoch."""
    plane = Trajectory.from_arrays(
        np.array(i_x)[:, None, None],
        np.array(i_y)[:, None, None],
        epochs=[0],
        n=2,
        guides=Guides(8.3, 0.7, 0.4),
        estimator="known",
        setting="",
    )
    return BoundedPlane(plane, curve)


def test_points_on_the_curve_have_its_tradeoffs_and_nothing_to_spare(curve):
    k = [int(np.searchsorted(curve.tradeoff, tradeoff)) for tradeoff in (3, 10)]
    plane = bounded(curve, curve.i_x[k], curve.i_y[k])
    for column in ("distance", "spare"):
        np.testing.assert_allclose(plane.at_end(column, 1), 0, atol=1e-9)
    for column in ("tradeoff", "tradeoff_across"):
        np.testing.assert_allclose(plane.at_end(column, 1), curve.tradeoff[k], rtol=1e-6)
    assert (plane.at_end("excess", 1) <= 1e-9).all()


def test_a_point_below_the_curve_has_one_tradeoff_above_it_and_one_across(curve):
    low, high = (int(np.searchsorted(curve.tradeoff, tradeoff)) for tradeoff in (3, 10))
    plane = bounded(curve, [curve.i_x[high]] * 2, [curve.i_y[low]] * 2)
    gap, spare = curve.i_y[high] - curve.i_y[low], curve.i_x[high] - curve.i_x[low]
    assert plane.at_end("distance", 1)[0] == pytest.approx(gap)
    assert plane.at_end("spare", 1)[0] == pytest.approx(spare)
    assert plane.at_end("tradeoff", 1)[0] == pytest.approx(curve.tradeoff[high])
    assert plane.at_end("tradeoff_across", 1)[0] == pytest.approx(curve.tradeoff[low])


def test_beyond_the_last_point_the_tradeoff_is_infinite():
    curve = ib_curve(CHANNEL, np.geomspace(1, 8, 40))
    plane = bounded(curve, [5.0, 0.0], [curve.information, 0.0])
    np.testing.assert_array_equal(np.isinf(plane.at_end("tradeoff", 1)), [True, False])
    assert np.isinf(plane.at_end("tradeoff_across", 1)[0])
    assert plane.at_end("distance", 1)[0] == pytest.approx(0, abs=1e-12)
    assert plane.at_end("spare", 1)[0] == pytest.approx(5.0 - curve.entropy)


def test_what_cannot_be_lies_above(curve):
    plane = bounded(curve, [0.2, 0.2], [0.19, 0.05])
    assert plane.at_end("excess", 1)[0] > 0.05
    assert plane.at_end("distance", 1)[0] < -0.05
    assert plane.at_end("excess", 1)[1] < 0


def test_rounding_passes_and_diverged_members_are_not_known(curve):
    plane = bounded(curve, [np.nan, -1e-17], [np.nan, -1e-17])
    for column in ("distance", "excess", "spare", "tradeoff", "tradeoff_across"):
        first, second = plane.at_end(column, 1)
        assert np.isnan(first)
        assert np.isfinite(second)
