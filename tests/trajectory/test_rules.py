import itertools

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory import COLUMNS, DIAGNOSTICS, KEYS
from ib_mlflow.trajectory.rules import valid_table


def test_any_order_of_rows_and_columns_gives_one_table(rows):
    keys = itertools.product((0, 1), (0, 5), (1, 2))
    frame = rows(*(dict(zip(("member", "epoch", "layer"), key, strict=True)) for key in keys))
    shuffled = frame.sample(frac=1, random_state=3)[list(reversed(COLUMNS))]
    pd.testing.assert_frame_equal(valid_table(shuffled), valid_table(frame))
    assert valid_table(frame).columns.tolist() == list(COLUMNS)
    assert valid_table(frame)[KEYS].apply(tuple, axis=1).is_monotonic_increasing


def test_the_table_has_its_types_whatever_came_in(rows):
    frame = rows({"epoch": 0}, {"epoch": 1}).astype(
        {"member": "int32", "i_x": "float32", "n": "uint16", "estimator": "category"}
    )
    assert {name: str(kind) for name, kind in valid_table(frame).dtypes.items()} == COLUMNS


def test_diagnostics_stand_behind_the_columns_where_some_row_knows_them(rows):
    known = {"risk": 0.5, "i_x_half": 2.1, "certificate": np.nan}
    table = valid_table(rows({**known, "epoch": 1}, {}))
    assert table.columns.tolist() == [*COLUMNS, "i_x_half", "risk"]
    np.testing.assert_array_equal(table["i_x_half"], [np.nan, 2.1])
    assert set(DIAGNOSTICS).isdisjoint(COLUMNS)


def test_the_given_frame_is_not_changed(rows):
    frame = rows({"epoch": 1}, {"epoch": 0})
    before = frame.copy()
    valid_table(frame)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"member": -1}, "member must lie between 0"),
        ({"epoch": -1}, "epoch must lie between 0"),
        ({"epoch": 1.0}, "column epoch must be of type int64"),
        ({"n": 0}, "n must lie between 1"),
        ({"i_x": np.inf}, "i_x must lie between"),
        ({"i_y": -np.inf}, "i_y must lie between"),
        ({"i_x_se": -0.1}, "i_x_se must lie between 0"),
        ({"i_x_lower": np.inf}, "i_x_lower must lie between"),
        ({"certificate": -0.1}, "certificate must lie between 0"),
        ({"risk": "2"}, "column risk must be of type float64"),
        ({"train_loss": -0.1}, "train_loss must lie between"),
        ({"train_accuracy": 1.1}, "train_accuracy must lie between 0 and 1"),
        ({"kind": "exact"}, "kind must be one of point, lower, upper"),
        ({"estimator": None}, "column estimator must be of type text"),
        ({"saturated": 1}, "column saturated must be of type bool"),
        ({"i_x": "2"}, "column i_x must be of type float64"),
    ],
)
def test_a_value_that_breaks_a_rule_is_refused(rows, change, message):
    with pytest.raises(InvalidInputError, match=message):
        valid_table(rows(change))


def test_the_message_says_where_the_wrong_row_is(rows):
    with pytest.raises(InvalidInputError, match="inf in 1 rows, the first at member=3, epoch=7"):
        valid_table(rows({}, {"member": 3, "epoch": 7, "i_x": np.inf}))


@pytest.mark.parametrize("column", list(COLUMNS))
def test_no_column_may_be_missing(rows, column):
    with pytest.raises(InvalidInputError, match=f"missing or unknown .*{column}"):
        valid_table(rows({}).drop(columns=column))


def test_an_unknown_or_repeated_column_is_refused(rows):
    with pytest.raises(InvalidInputError, match="depth"):
        valid_table(rows({"depth": 1}))
    twice = pd.concat([rows({}), rows({})[["i_x"]]], axis=1)
    with pytest.raises(InvalidInputError, match="one twice"):
        valid_table(twice)


def test_no_row_is_refused(rows):
    with pytest.raises(InvalidInputError, match="at least one row"):
        valid_table(rows({}).iloc[:0])


def test_a_key_may_come_once(rows):
    with pytest.raises(InvalidInputError, match="must be unique"):
        valid_table(rows({}, {"i_x": 1.0}))
    assert len(valid_table(rows({}, {"setting": "bin_size=0.01"}))) == 2


def test_losses_belong_to_member_and_epoch(rows):
    with pytest.raises(InvalidInputError, match="must agree on all rows"):
        valid_table(rows({}, {"layer": 2, "train_loss": 0.6}))
    with pytest.raises(InvalidInputError, match="must agree on all rows"):
        valid_table(rows({}, {"layer": 2, "val_loss": 0.6}))


def test_a_diverged_member_is_kept(rows):
    gone = {"member": 1, "i_x": np.nan, "i_y": np.nan, "i_x_se": np.nan, "i_y_se": np.nan}
    table = valid_table(rows({}, gone | {"train_loss": np.inf, "train_accuracy": np.nan}))
    assert len(table) == 2
    assert table["i_x"].isna().tolist() == [False, True]
    assert table["train_loss"].tolist() == [0.7, np.inf]
