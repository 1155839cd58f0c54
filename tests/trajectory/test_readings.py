import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory import (
    Guides,
    Trajectory,
    compression,
    corner_distance,
    fitting,
    order_violations,
)

NAN = np.nan
EPOCHS = [0, 1, 10, 100]


def test_compression_of_hand_made_curves(curves):
    rises_and_falls, only_falls, only_rises = [1, 3, 2, 1.5], [4, 3, 2, 1], [0, 1, 2, 3]
    table = compression(
        curves(np.stack([rises_and_falls, only_falls, only_rises], axis=1)[None], epochs=EPOCHS)
    )
    assert table["layer"].tolist() == [1, 2, 3]
    assert table["peak"].tolist() == [3, 4, 3]
    assert table["peak_epoch"].tolist() == [1, 0, 100]
    assert table["final"].tolist() == [1.5, 1, 3]
    assert table["final_epoch"].tolist() == [100] * 3
    assert table["compression"].tolist() == [1.5, 3, 0]
    assert table["missing"].tolist() == [0, 0, 0]


def test_the_first_of_equal_peaks_counts(curves):
    table = compression(curves([[[1], [2], [2], [1]]], epochs=EPOCHS))
    assert table["peak_epoch"].tolist() == [1]


def test_members_that_diverge_are_kept_and_counted(curves):
    late, early, hole = [[1], [3], [NAN], [NAN]], [[NAN]] * 4, [[1], [NAN], [2], [1]]
    table = compression(curves([late, early, hole], epochs=EPOCHS))
    assert table["member"].tolist() == [0, 1, 2]
    assert table["missing"].tolist() == [2, 4, 1]
    np.testing.assert_array_equal(table["compression"], [NAN, NAN, 1])
    np.testing.assert_array_equal(table["peak"], [3, NAN, 2])
    assert table["peak_epoch"].isna().tolist() == [False, True, False]


def test_each_setting_is_read_for_itself(curves):
    fine = curves([[[2], [1]]], epochs=[0, 1])
    coarse = Trajectory(fine.frame.assign(setting="bin_size=0.3", i_x=[3.0, 1.0]), fine.guides)
    table = compression(Trajectory.concat([fine, coarse])).set_index("setting")
    assert table["compression"].to_dict() == {"bin_size=0.07": 1.0, "bin_size=0.3": 2.0}


def test_fitting_of_a_hand_made_curve(curves):
    table = fitting(curves(np.ones((1, 4, 1)), [[[0.1], [0.4], [0.9], [0.7]]], epochs=EPOCHS))
    row = table.iloc[0]
    assert (row["initial"], row["highest"], row["highest_epoch"]) == (0.1, 0.9, 10)
    assert row["final"] == 0.7
    assert row["rise"] == pytest.approx(0.8)


def test_fitting_starts_where_the_first_value_is(curves):
    i_y = [[[np.nan], [0.2], [0.5], [0.4]], [[np.nan]] * 4]
    table = fitting(curves(np.ones((2, 4, 1)), i_y, epochs=EPOCHS))
    assert table.loc[0, "initial"] == 0.2
    assert table.loc[0, "rise"] == pytest.approx(0.3)
    assert table["missing"].tolist() == [1, 4]
    assert table.loc[1, ["initial", "rise"]].isna().all()


def test_the_distance_to_the_corner(curves):
    table = corner_distance(curves([[[0.0], [2.0]], [[0.0], [NAN]]], epochs=[0, 7]))
    # The corner is (5, 1) and the point (2, 0.2).
    np.testing.assert_allclose(table["distance"], [np.hypot(3, 0.8), NAN])
    assert table["final_epoch"].tolist() == [7, 7]
    assert table["member"].tolist() == [0, 1]


def test_the_order_of_layers(curves):
    table = order_violations(curves([[[3, 1, 2], [3, 2, 2]]], epochs=[0, 9]))
    assert table["layer"].tolist() == [1, 2, 1, 2]
    assert table["next_layer"].tolist() == [2, 3, 2, 3]
    assert table["gap"].tolist() == [-2, 1, -1, 0]
    assert table["violated"].tolist() == [False, True, False, False]


def test_rounding_is_no_violation_and_a_tolerance_is_kept_to(curves):
    nearly = curves([[[3.0, 3.0 + 1e-12]]], epochs=[0])
    assert not order_violations(nearly)["violated"].any()
    clearly = curves([[[3.0, 3.2]]], epochs=[0])
    assert order_violations(clearly)["violated"].all()
    assert not order_violations(clearly, tolerance=0.3)["violated"].any()
    with pytest.raises(InvalidInputError, match="tolerance"):
        order_violations(clearly, tolerance=-1.0)


def test_a_gap_that_is_not_known_is_no_violation(curves):
    table = order_violations(curves([[[1.0, NAN, 2.0]]], epochs=[0]))
    assert table["gap"].isna().all()
    assert not table["violated"].any()


def test_the_error_of_a_gap_is_of_independent_estimates(curves):
    pair = curves([[[3.0, 2.0]]], epochs=[0])
    known = Trajectory(pair.frame.assign(i_x_se=[0.3, 0.4]), pair.guides)
    assert order_violations(known)["gap_se"].tolist() == [pytest.approx(0.5)]


floats = st.one_of(st.just(NAN), st.floats(0, 5))


@settings(max_examples=15)
@given(i_x=arrays(np.float64, (2, 5, 3), elements=floats))
def test_readings_are_what_loops_say(i_x):
    epochs = [0, 1, 2, 30, 400]
    trajectory = Trajectory.from_arrays(
        i_x, i_x, epochs=epochs, n=150, guides=Guides(5, 5, 5), estimator="exact", setting=""
    )
    lost = compression(trajectory).set_index(["member", "layer"])
    gaps = order_violations(trajectory).set_index(["member", "epoch", "layer"])
    for member in range(2):
        for layer in range(3):
            curve = i_x[member, :, layer]
            row = lost.loc[(member, layer + 1)]
            known = [value for value in curve if not np.isnan(value)]
            assert row["missing"] == 5 - len(known)
            if known:
                assert row["peak"] == max(known)
                assert row["peak_epoch"] == epochs[curve.tolist().index(max(known))]
                np.testing.assert_equal(row["compression"], max(known) - curve[-1])
                assert not row["compression"] < 0
            else:
                assert np.isnan(row["peak"])
                assert pd.isna(row["peak_epoch"])
            for time, epoch in enumerate(epochs if layer < 2 else []):
                gap = i_x[member, time, layer + 1] - curve[time]
                np.testing.assert_equal(gaps.loc[(member, epoch, layer + 1), "gap"], gap)
                assert gaps.loc[(member, epoch, layer + 1), "violated"] == bool(gap > 1e-9)
