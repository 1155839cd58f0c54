"""Stops that are known to lie at the turns of curves or not, and those of which it is not told."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory import (
    LossCurves,
    at_the_turn,
    early_stopping,
    near_the_turn,
    perfect_stopping,
    turn,
)

NAN = np.nan
EPOCHS = [0, 1, 10, 20, 100]


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


def test_curves_that_do_not_turn_have_no_stop_at_the_turn():
    turns = turns_at([100] * 4, turns=[True, True, False, True])
    row = at_the_turn(stops_at([100] * 4), turns).iloc[0]
    assert row["share"] == 0.75
    assert row[["members", "untold", "without_turn"]].tolist() == [4, 0, 1]


def test_a_training_that_never_stopped_is_told_from_turns_that_were_long_over():
    turns = turns_at([10, 79, 80, 100])
    row = near_the_turn(stops_at([100] * 4, stopped=False), turns)
    assert row["near"].fillna(-1).tolist() == [0, 0, -1, -1]
    assert row["untold"].tolist() == [False, False, True, True]


def test_the_interval_holds_for_whatever_the_untold_members_are():
    turns = turns_at([100] * 12)
    stops = stops_at([100] * 3 + [10] * 5 + [99] * 4, stopped=[True] * 8 + [False] * 4)
    row = at_the_turn(stops, turns).iloc[0]
    assert row[["members", "untold", "share"]].tolist() == [12, 4, 3 / 8]
    rows = [
        at_the_turn(stops.assign(epoch=[*stops["epoch"][:8], *late], stopped=True), turns).iloc[0]
        for late in itertools.product((99, 1000), repeat=4)
    ]
    assert row["low"] == pytest.approx(min(each["low"] for each in rows))
    assert row["high"] == pytest.approx(max(each["high"] for each in rows))
    none = at_the_turn(stops_at([99] * 3, stopped=False), turns_at([100] * 3)).iloc[0]
    assert none[["members", "untold", "p_value"]].tolist() == [3, 3, 1]
    assert none[["share", "chance"]].isna().all()


def test_the_lowest_loss_at_the_end_is_a_stop_that_was_not_seen():
    falling, back = [5, 4, 3, 2, 1], [5, 1, 2, 3, 4]
    stops = perfect_stopping(LossCurves.from_arrays([falling, back], first=0))
    assert stops["stopped"].tolist() == [False, True]
    assert near_the_turn(stops, turns_at([4, 4]))["untold"].tolist() == [True, False]


def test_p_values_stay_valid_where_trainings_end_too_early():
    """Of stops and turns that know nothing of each other, half of them after the last epoch."""
    repeats, small = 150, 0
    for seed in range(repeats):
        generator = np.random.default_rng(seed)
        stop, peaks = (np.round(2 ** generator.uniform(3, 6, 15)).astype(int) for _ in range(2))
        seen, over = stop < 24, peaks < 24
        turns = turns_at(np.minimum(peaks, 24))
        turns = turns.assign(turns=over, after=turns["after"].where(over))
        stops = stops_at(np.minimum(stop, 24), stopped=seen)
        row = at_the_turn(stops, turns, permutations=99, seed=seed).iloc[0]
        assert row["untold"] > 0
        small += int(row["p_value"] <= 0.1)
    assert small / repeats < 0.1 + 4 * math.sqrt(0.1 * 0.9 / repeats)


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
    tops = [[0, 5, 1, 1, 0], [0, 1, 1, 5, 0], [5, 4, 3, 2, 1], [NAN] * 5, [0, 5, 1, 1, 0]]
    turns = turn(curves([[[value] for value in values] for values in tops], epochs=EPOCHS))
    stops = pd.DataFrame({"member": range(5), "epoch": [1, 15, 100, 20, 20]})
    stops["stopped"] = [True, True, True, True, False]
    near = near_the_turn(stops, turns)["near"]
    np.testing.assert_array_equal(near, [1, 0, 0, NAN, 0])
    assert not near_the_turn(stops, turns)["untold"].any()
    assert at_the_turn(stops, turns)["share"].iloc[0] == near.mean()
    assert near_the_turn(stops, turns, factor=2)["near"].tolist()[:2] == [1, 1]
    with pytest.raises(InvalidInputError, match="factor"):
        near_the_turn(stops, turns, factor=0.5)


def test_what_may_have_come_before_the_first_known_epoch_is_told_only_where_that_decides():
    stops = stops_at([10, 10], earlier=[True, True])
    row = at_the_turn(stops, turns_at([8, 100])).iloc[0]
    assert (row["share"], row["untold"]) == (0, 1)  # at 8 it may be, at 100 it is not
    near = near_the_turn(stops, turns_at([8, 100]))["near"].tolist()
    assert math.isnan(near[0])
    assert near[1] == 0
    sure = at_the_turn(stops_at([10, 10], earlier=[False, False]), turns_at([8, 100])).iloc[0]
    assert (sure["share"], sure["untold"]) == (0.5, 0)


def test_a_curve_that_is_highest_where_it_is_first_known_may_have_turned_before():
    begins = {"before": pd.NA, "turns": False}
    unseen = at_the_turn(stops_at([9, 90]), turns_at([10, 10], **begins)).iloc[0]
    assert (unseen["share"], unseen["untold"]) == (0, 1)
    from_the_start = at_the_turn(stops_at([1, 90]), turns_at([0, 0], **begins)).iloc[0]
    assert (from_the_start["share"], from_the_start["untold"]) == (0, 0)
