import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory import DIAGNOSTICS, Trajectory
from ib_mlflow.trajectory.parts import rows_where, rows_with, stretches
from ib_mlflow.trajectory.rules import valid_table


@pytest.fixture
def table(rows):
    """Members 0 to 4 at two epochs and layers; of member 3 alone a diagnostic is known."""
    keys = [(m, e, layer) for m in range(5) for e in (0, 7) for layer in (1, 2)]
    named = [dict(zip(("member", "epoch", "layer"), key, strict=True)) for key in keys]
    changes = [
        {**key, "i_x": 0.1 * number, "risk": 0.5 if key["member"] == 3 else np.nan}
        for number, key in enumerate(named)
    ]
    return valid_table(rows(*changes))


def assert_valid(part):
    """What would be checked is as it is."""
    pd.testing.assert_frame_equal(part, valid_table(part), check_exact=True)


@pytest.mark.parametrize("kept", ["epoch == 7", "member != 3", "member == 3 and layer == 2"])
def test_rows_of_a_valid_table_are_one(table, kept):
    mask = table.eval(kept).to_numpy()
    part = rows_where(table, mask)
    assert_valid(part)
    assert len(part) == mask.sum()
    assert part["i_x"].tolist() == table["i_x"][mask].tolist()
    assert ("risk" in part) == bool(table["risk"][mask].notna().any())


def test_no_row_is_no_table(table):
    with pytest.raises(InvalidInputError, match="at least one row"):
        rows_where(table, np.zeros(len(table), dtype=bool))


def test_values_are_asked_for_among_the_rows_that_are_left(table):
    kept = rows_with(table, {"member": [1, 3], "layer": None, "epoch": [7]})
    assert kept.tolist() == (table["member"].isin([1, 3]) & (table["epoch"] == 7)).tolist()
    alone = table[(table["member"] != 1) | (table["epoch"] == 0)]
    with pytest.raises(InvalidInputError, match=r"every epoch selected.*\[7\].*It has \[0\]"):
        rows_with(alone, {"member": [1], "epoch": [7]})


def test_members_are_parted_and_numbered_from_0(table):
    parts = list(stretches(table, [2, 1, 2]))
    assert [sorted(set(part["member"])) for part in parts] == [[0, 1], [0], [0, 1]]
    assert ["risk" in part for part in parts] == [False, False, True]
    assert pd.concat(parts)["i_x"].tolist() == table["i_x"].tolist()
    for part in parts:
        assert_valid(part)
    assert set(DIAGNOSTICS) & set(table) == {"risk"}


def test_parts_do_not_share_what_is_written(table):
    first, second = stretches(table, [2, 3])
    first.loc[0, "i_x"] = -5.0
    assert table.loc[0, "i_x"] == 0.0
    second["epoch"] = 3
    assert set(table["epoch"]) == {0, 7}


def test_a_trajectory_is_split_as_its_members_are_selected(curves):
    whole = curves(np.arange(18.0).reshape(3, 2, 3), epochs=[0, 5])
    first, last = whole.split([2, 1])
    pd.testing.assert_frame_equal(first.frame, whole.select(members=[0, 1]).frame)
    alone = whole.select(members=[2])
    renumbered = Trajectory(alone.frame.assign(member=0), alone.guides)
    pd.testing.assert_frame_equal(last.frame, renumbered.frame)
    assert last.guides == whole.guides
