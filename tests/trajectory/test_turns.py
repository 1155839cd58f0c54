"""Turns of hand-made curves, and stops that are known to lie at them or not."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory import (
    Guides,
    LossCurves,
    Trajectory,
    at_the_turn,
    compression,
    early_stopping,
    near_the_turn,
    turn,
)

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


def turns_at(epochs, **changes):
    """One layer whose members turn at these epochs, each an epoch after and before another."""
    rows = [
        {"member": member, "layer": 1, "estimator": "exact", "setting": "", "epoch": epoch,
         "last_epoch": epoch, "before": epoch - 1, "after": epoch + 1, "turns": True, "missing": 0}
        for member, epoch in enumerate(epochs)
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**changes)


def stops_at(epochs, **more):
    return pd.DataFrame({"member": range(len(epochs)), "epoch": epochs, **more})


def test_a_stop_within_the_factor_is_at_the_turn_and_the_limits_count():
    stops = stops_at([79, 80, 100, 125, 126])
    row = at_the_turn(stops, turns_at([100] * 5)).iloc[0]
    assert row["share"] == pytest.approx(3 / 5)
    assert row["p_value"] == 1  # all turn at one time, and who turns when tells nothing
    assert row["chance"] == pytest.approx(3 / 5)
    assert row[["members", "without_turn", "coarse", "missing"]].tolist() == [5, 0, 0, 0]
    # Wilson (1927) by hand, z = 1.96.
    z, n, p = 1.959963985, 5, 0.6
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    assert row[["low", "high"]].tolist() == pytest.approx([centre - half, centre + half])
    assert at_the_turn(stops, turns_at([100] * 5), factor=1)["share"].tolist() == [1 / 5]
    assert at_the_turn(stops, turns_at([100] * 5), factor=2)["share"].tolist() == [1]


def test_a_stop_on_a_plateau_is_at_the_turn():
    turns = turns_at([100] * 4, last_epoch=400)
    row = at_the_turn(stops_at([79, 250, 500, 501]), turns).iloc[0]
    assert row["share"] == 0.5


def test_permutations_count_what_enumeration_does():
    # Four members: of the 24 orders of their turns only the true one has every stop at its turn.
    stops, turns = stops_at([10, 20, 40, 80]), turns_at([10, 20, 40, 80])
    many = 40_000
    row = at_the_turn(stops, turns, permutations=many).iloc[0]
    assert row["share"] == 1
    spread = math.sqrt(1 / 24 * 23 / 24 / many)
    assert abs(row["p_value"] - 1 / 24) < 4 * spread + 1 / many
    # A permutation has one fixed point on average, with a variance of one.
    assert abs(row["chance"] - 1 / 4) < 4 * (1 / 4) / math.sqrt(many)


def test_stops_that_follow_the_turns_are_told_from_stops_that_do_not():
    generator = np.random.default_rng(0)
    peaks = np.round(2 ** generator.uniform(3, 10, 40)).astype(int)
    near = np.round(peaks * generator.uniform(0.9, 1.1, 40)).astype(int)
    follows = at_the_turn(stops_at(near), turns_at(peaks)).iloc[0]
    assert follows["share"] > 0.9
    assert follows["p_value"] == 1 / 1000
    assert follows["low"] > follows["chance"]


def test_p_values_of_stops_that_know_nothing_of_the_turns_are_valid():
    repeats, small = 150, 0
    for seed in range(repeats):
        generator = np.random.default_rng(seed)
        stop, peaks = (np.round(2 ** generator.uniform(3, 6, 15)).astype(int) for _ in range(2))
        table = at_the_turn(stops_at(stop), turns_at(peaks), permutations=99, seed=seed)
        small += int(table["p_value"].iloc[0] <= 0.1)
    assert small / repeats < 0.1 + 4 * math.sqrt(0.1 * 0.9 / repeats)


def test_the_seed_is_all_that_the_permutations_depend_on():
    stops, turns = stops_at([10, 20, 40, 80]), turns_at([10, 20, 40, 80])
    first, again = (at_the_turn(stops, turns, seed=3) for _ in range(2))
    assert first.equals(again)
    assert not first.equals(at_the_turn(stops, turns, seed=4))


def test_curves_that_do_not_turn_and_trainings_that_never_stop_have_no_stop_at_the_turn():
    turns = turns_at([100] * 4, turns=[True, True, False, True])
    stops = stops_at([100] * 4, stopped=[True, False, True, True])
    row = at_the_turn(stops, turns).iloc[0]
    assert row["share"] == 0.5
    assert row[["members", "without_turn"]].tolist() == [4, 1]


def test_members_of_which_nothing_is_known_are_left_out(curves):
    i_x = [[[1], [3], [1], [1]], [[1], [3], [1], [1]], [[NAN]] * 4]
    losses = [[3, 1, 2, 3], [NAN] * 4, [3, 1, 2, 3]]
    stops = early_stopping(LossCurves.from_arrays(losses, first=0), patience=1)
    row = at_the_turn(stops, turn(curves(i_x, epochs=range(4)))).iloc[0]
    assert row[["members", "missing", "share"]].tolist() == [1, 2, 0]  # 2 is not 1
    empty = at_the_turn(stops_at([1, 1], val_loss=NAN), turns_at([1, 1])).iloc[0]
    assert empty[["members", "missing"]].tolist() == [0, 2]
    assert empty[["share", "low", "high", "chance", "p_value"]].isna().all()


def test_a_turn_between_sparse_epochs_is_counted_as_coarse():
    turns = turns_at([100] * 4, before=[99, 70, 90, 99], after=[101, 110, 130, 125])
    assert at_the_turn(stops_at([100] * 4), turns)["coarse"].tolist() == [2]
    # Neighbouring whole epochs are as near as can be.
    assert at_the_turn(stops_at([1] * 2), turns_at([1, 2]))["coarse"].tolist() == [0]


def test_each_layer_has_a_row(curves):
    i_x = np.stack([[[1, 3, 1, 1], [1, 1, 3, 1]], [[1, 1, 3, 1], [1, 1, 3, 1]]], axis=-1)
    table = at_the_turn(stops_at([1, 2]), turn(curves(i_x, epochs=range(4))))
    assert table["layer"].tolist() == [1, 2]
    assert table["share"].tolist() == [1, 0.5]


def test_bad_input_is_refused():
    stops, turns = stops_at([1, 2]), turns_at([1, 2])
    for factor in (0.9, NAN, np.inf):
        with pytest.raises(InvalidInputError, match="factor"):
            at_the_turn(stops, turns, factor=factor)
    for permutations in (0, 1.5, True):
        with pytest.raises(InvalidInputError, match="permutations"):
            at_the_turn(stops, turns, permutations=permutations)
    with pytest.raises(InvalidInputError, match="without epoch"):
        at_the_turn(stops.drop(columns="epoch"), turns)
    with pytest.raises(InvalidInputError, match="without last_epoch"):
        at_the_turn(stops, turns.drop(columns="last_epoch"))
    for other in (stops_at([1]), stops_at([1, 2, 3]), pd.concat([stops, stops])):
        with pytest.raises(InvalidInputError, match="same members"):
            at_the_turn(other, turns)
    with pytest.raises(InvalidInputError, match="same members"):
        at_the_turn(stops, turns[:0])


def test_each_network_is_told_as_the_share_counts_it(curves):
    tops = [[0, 5, 1, 1, 0], [0, 1, 1, 5, 0], [1, 2, 3, 4, 5], [NAN] * 5, [0, 5, 1, 1, 0]]
    turns = turn(curves([[[value] for value in values] for values in tops], epochs=EPOCHS))
    stops = pd.DataFrame({"member": range(5), "epoch": [1, 15, 100, 20, 20]})
    stops["stopped"] = [True, True, True, True, False]
    near = near_the_turn(stops, turns)["near"]
    np.testing.assert_array_equal(near, [1, 0, 0, NAN, 0])
    assert at_the_turn(stops, turns)["share"].iloc[0] == near.mean()
    assert near_the_turn(stops, turns, factor=2)["near"].tolist()[:2] == [1, 1]
    with pytest.raises(InvalidInputError, match="factor"):
        near_the_turn(stops, turns, factor=0.5)
