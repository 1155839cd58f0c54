"""End-of-run scalars of members, of layers, and of estimates between bounds."""

import numpy as np
import pytest

from ib_mlflow.studies.reporting.scalars import (
    ERROR,
    UNKNOWN,
    UNRELIABLE,
    mean_scalars,
    member_scalars,
    scalar_names,
)
from ib_mlflow.trajectory import Trajectory

I_X = np.array([[[2.0, 1.0], [3.0, 2.0]], [[2.0, 1.0], [5.0, 4.0]], [[2.0, 1.0], [np.nan] * 2]])


@pytest.fixture
def plane(curves_of):
    """Three members, of which the last diverged, at two epochs in two layers."""
    curves = curves_of(I_X, epochs=(0, 10), val_loss=[[1, 0.5], [1, 0.7], [1, np.nan]])
    frame = curves.frame.assign(reliable=True, i_x_se=0.1)
    known = frame["i_x"].notna()
    frame.loc[~known, ["reliable"]] = False
    frame.loc[(frame["layer"] == 2) & (frame["member"] == 1), "reliable"] = False
    frame["i_x_lower"] = frame["i_x"] - np.where(frame["layer"] == 2, 0.7, 0.2)
    return Trajectory(frame, curves.guides)


def test_each_member_has_its_own_numbers_at_the_end(plane):
    scalars = member_scalars(plane)
    np.testing.assert_array_equal(scalars["summary/val_loss_nats"], [0.5, 0.7, np.nan])
    np.testing.assert_array_equal(scalars["summary/i_x_nats.layer_2"], [2, 4, np.nan])
    assert list(scalars) == scalar_names((1, 2), bounded=True)


def test_an_error_is_the_standard_error_and_the_gap_of_the_worst_layer(plane):
    scalars = member_scalars(plane)
    np.testing.assert_allclose(scalars[ERROR], [0.8, 0.8, np.nan])
    np.testing.assert_array_equal(scalars[UNRELIABLE], [0, 0.5, np.nan])


def test_what_is_unknown_is_the_error_over_what_the_layer_has_lost(plane):
    # H(X) is 8: of layer 1 (8 − I = 5 and 3) errors are 0.3, of layer 2 (6 and 4) they are 0.8.
    scalars = member_scalars(plane)
    expected = [(0.3 / 5 + 0.8 / 6) / 2, (0.3 / 3 + 0.8 / 4) / 2, np.nan]
    np.testing.assert_allclose(scalars[UNKNOWN], expected)


def test_of_a_layer_that_knows_all_of_x_everything_lost_is_unknown(plane):
    frame = plane.frame.copy()
    frame.loc[frame["layer"] == 1, ["i_x", "i_x_lower", "i_x_se"]] = [8.0, 8.0, 1e-9]
    scalars = member_scalars(Trajectory(frame, plane.guides))
    np.testing.assert_allclose(scalars[UNKNOWN][:2], [(1 + 0.8 / 6) / 2, (1 + 0.8 / 4) / 2])
    above = plane.frame.assign(i_x=plane.frame["i_x"] + 6.5)
    above["i_x_lower"] = above["i_x"] - 0.1
    assert member_scalars(Trajectory(above, plane.guides))[UNKNOWN][1] == 1.0


def test_estimates_without_bounds_have_no_error(plane):
    bare = Trajectory(plane.frame.drop(columns="i_x_lower"), plane.guides)
    assert list(member_scalars(bare)) == scalar_names((1, 2))


def test_means_leave_out_what_diverged(plane):
    means = mean_scalars(member_scalars(plane))
    assert means["summary/val_loss_nats"] == pytest.approx(0.6)
    assert np.isnan(means["summary/val_accuracy"])
