import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import DataError, InvalidInputError
from ib_mlflow.trajectory import LossCurves

NAN = np.nan


def test_arrays_become_rows_of_consecutive_epochs():
    curves = LossCurves.from_arrays([[0.7, NAN], [np.inf, 0.4]], [[0.5, 1], [0, NAN]], first=3)
    assert curves.epochs == (3, 4)
    assert curves.members == (0, 1)
    assert curves.frame[["member", "epoch"]].to_numpy().tolist() == [[0, 3], [0, 4], [1, 3], [1, 4]]
    np.testing.assert_array_equal(curves.frame["val_loss"], [0.7, NAN, np.inf, 0.4])
    np.testing.assert_array_equal(curves.frame["val_accuracy"], [0.5, 1, 0, NAN])


def test_parts_are_joined_in_any_order_and_a_lost_or_doubled_one_is_noticed():
    whole = np.arange(12.0).reshape(2, 6)
    parts = [LossCurves.from_arrays(whole[:, i : i + 2], first=i) for i in (0, 2, 4)]
    joined = LossCurves.concat(parts[::-1])
    assert joined.frame.equals(LossCurves.from_arrays(whole, first=0).frame)
    with pytest.raises(InvalidInputError, match="no epoch 2"):
        LossCurves.concat([parts[0], parts[2]])
    with pytest.raises(InvalidInputError, match="every epoch of every member once"):
        LossCurves.concat([parts[0], parts[0]])
    with pytest.raises(InvalidInputError, match="every epoch of every member once"):
        LossCurves.concat([parts[0], parts[1].select(members=[1])])
    with pytest.raises(InvalidInputError, match="at least one row"):
        LossCurves.concat([])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"val_loss": -0.1}, "val_loss"),
        ({"val_accuracy": 1.1}, "val_accuracy"),
        ({"epoch": -1}, "epoch"),
        ({"epoch": 0.5}, "epoch"),
        ({"member": "a"}, "member"),
        ({"more": 1}, "columns"),
    ],
)
def test_bad_rows_are_refused(change, match):
    row = {"member": 0, "epoch": 0, "val_loss": 0.5, "val_accuracy": NAN}
    assert len(LossCurves(pd.DataFrame([row])).frame) == 1
    with pytest.raises(InvalidInputError, match=match):
        LossCurves(pd.DataFrame([row | change]))


@pytest.mark.parametrize("shapes", [((2,), (2,)), ((2, 3), (3, 2)), ((1, 2, 3), (1, 2, 3))])
def test_shapes_must_agree(shapes):
    with pytest.raises(InvalidInputError, match="shape"):
        LossCurves.from_arrays(np.ones(shapes[0]), np.ones(shapes[1]), first=0)


def test_only_members_that_are_there_are_selected():
    curves = LossCurves.from_arrays(np.ones((3, 2)), first=0)
    assert curves.select(members=(2, 0)).members == (0, 2)
    for members in ([3], []):
        with pytest.raises(InvalidInputError, match="member"):
            curves.select(members=members)


def test_files_come_back_bit_for_bit_and_foreign_ones_are_errors(tmp_path, curves):
    losses = LossCurves.from_arrays([[0.1, NAN, np.inf]], [[0.1, 0.3, NAN]], first=7)
    losses.save(tmp_path / "losses.parquet")
    assert LossCurves.load(tmp_path / "losses.parquet").frame.equals(losses.frame)
    plane = curves([[[1.0]]], epochs=[0])
    plane.save(tmp_path / "trajectory.parquet")
    with pytest.raises(DataError, match=r"LossCurves\.save"):
        LossCurves.load(tmp_path / "trajectory.parquet")
    with pytest.raises(DataError, match="table and its guides"):
        type(plane).load(tmp_path / "losses.parquet")
