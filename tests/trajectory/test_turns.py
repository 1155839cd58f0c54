"""Turns of hand-made curves."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_mlflow.trajectory import Guides, Trajectory, compression, turn

NAN, NA = np.nan, None
EPOCHS = [0, 1, 10, 20, 100]


@pytest.mark.parametrize(
    ("values", "epoch", "last_epoch", "before", "after", "turns"),
    [
        ([1, 2, 3, 2, 1], 10, 10, 1, 20, True),
        ([1, 3, 2, 3, 1], 1, 1, 0, 10, True),  # the first of equal peaks
        ([1, 3, 3, 3, 1], 1, 20, 0, 100, True),  # a plateau
        ([1, 3, NAN, 3, 1], 1, 20, 0, 100, True),  # … with a hole
        ([3, 2, 1, 1, 1], 0, 0, NA, 1, False),  # only falls
        ([3, 3, 2, 1, 1], 0, 1, NA, 10, False),  # a plateau at the start
        ([1, 2, 3, 4, 5], 100, 100, 20, NA, False),  # only rises
        ([1, 2, 3, 3, 3], 10, 100, 1, NA, False),  # a plateau to the end
        ([2, 2, 2, 2, 2], 0, 100, NA, NA, False),  # never moves
        ([NAN, 1, 2, 1, NAN], 10, 10, 1, 20, True),
        ([NAN, NAN, NAN, 2, NAN], 20, 20, NA, NA, False),
        ([NAN] * 5, NA, NA, NA, NA, NA),
    ],
)
def test_turns_of_hand_made_curves(curves, values, epoch, last_epoch, before, after, turns):
    row = turn(curves([[[value] for value in values]], epochs=EPOCHS)).iloc[0]
    names = ["epoch", "last_epoch", "before", "after", "turns"]
    known = [None if pd.isna(row[name]) else row[name] for name in names]
    assert known == [epoch, last_epoch, before, after, turns]
    assert row["missing"] == sum(math.isnan(value) for value in values)


def test_one_epoch_does_not_turn(curves):
    table = turn(curves([[[2.0, 1.0]], [[NAN, 3.0]]], epochs=[7]))
    assert table["epoch"].isna().tolist() == [False, False, True, False]
    assert not table["turns"].fillna(False).any()


@settings(max_examples=25)
@given(st.lists(st.integers(0, 4).map(float) | st.just(NAN), min_size=1, max_size=8))
def test_the_turn_is_where_compression_has_its_peak(values):
    i_x = np.reshape(values, (1, -1, 1))
    plane = Trajectory.from_arrays(
        i_x, i_x, epochs=range(len(values)), n=9, guides=Guides(5, 5, 5), estimator="e", setting=""
    )
    assert turn(plane)["epoch"].equals(compression(plane)["peak_epoch"].rename("epoch"))
