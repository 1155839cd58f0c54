import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import DataError, InvalidInputError
from ib_mlflow.trajectory import Guides, Trajectory


@pytest.fixture
def two_settings(curves):
    coarse = curves(np.arange(12.0).reshape(2, 2, 3), epochs=[0, 5])
    fine = Trajectory(coarse.frame.assign(setting="bin_size=0.01"), coarse.guides)
    return Trajectory.concat([coarse, fine])


def test_what_a_trajectory_holds(two_settings):
    assert two_settings.members == (0, 1)
    assert two_settings.epochs == (0, 5)
    assert two_settings.layers == (1, 2, 3)
    assert all(type(layer) is int for layer in two_settings.layers)


def test_select_keeps_what_matches_everything(two_settings):
    part = two_settings.select(
        estimator="binned", setting="bin_size=0.01", members=[1], layers=[2, 3]
    )
    assert set(part.frame["setting"]) == {"bin_size=0.01"}
    assert part.members == (1,)
    assert part.layers == (2, 3)
    assert part.epochs == two_settings.epochs
    assert part.guides == two_settings.guides
    assert len(two_settings.select().frame) == len(two_settings.frame)


@pytest.mark.parametrize(
    "asked",
    [
        {"estimator": "kde"},
        {"setting": "bin_size=0.5"},
        {"members": [0, 9]},
        {"layers": [7]},
        {"layers": []},
    ],
)
def test_select_refuses_what_is_not_there(two_settings, asked):
    with pytest.raises(InvalidInputError, match="must be in the trajectory"):
        two_settings.select(**asked)


def test_concat_joins_in_any_order(two_settings):
    parts = [two_settings.select(members=[member]) for member in (1, 0)]
    joined = Trajectory.concat(parts)
    pd.testing.assert_frame_equal(joined.frame, two_settings.frame)


def test_concat_refuses_nothing_other_guides_and_repeated_keys(two_settings):
    with pytest.raises(InvalidInputError, match="at least one"):
        Trajectory.concat([])
    other = Trajectory(two_settings.frame, Guides(6.0, 1.0, 1.0))
    with pytest.raises(InvalidInputError, match="share their guides"):
        Trajectory.concat([two_settings, other])
    with pytest.raises(InvalidInputError, match="unique"):
        Trajectory.concat([two_settings, two_settings])


def test_aggregate_is_over_members_within_epoch_layer_and_setting(two_settings):
    summary = two_settings.aggregate()
    assert len(summary) == 2 * 3 * 2 * 2  # epochs, layers, settings, quantities
    picked = summary.query("epoch == 5 and layer == 2 and quantity == 'i_x'")
    values = two_settings.frame.query("epoch == 5 and layer == 2 and setting == 'bin_size=0.07'")
    assert picked["mean"].tolist() == [values["i_x"].mean()] * 2
    assert picked["members"].tolist() == [2, 2]


def test_a_saved_trajectory_comes_back(two_settings, tmp_path):
    path = tmp_path / "trajectory.parquet"
    two_settings.save(path)
    back = Trajectory.load(path)
    pd.testing.assert_frame_equal(back.frame, two_settings.frame, check_exact=True)
    assert back.guides == two_settings.guides


def test_tables_with_and_without_diagnostics_are_joined_and_come_back(two_settings, tmp_path):
    diagnosed = two_settings.select(setting="bin_size=0.01")
    diagnosed = Trajectory(diagnosed.frame.assign(i_x_half=0.5, monte_carlo=0.01), diagnosed.guides)
    joined = Trajectory.concat([two_settings.select(setting="bin_size=0.07"), diagnosed])
    assert joined.frame["i_x_half"].notna().sum() == len(diagnosed.frame)
    path = tmp_path / "trajectory.parquet"
    joined.save(path)
    pd.testing.assert_frame_equal(Trajectory.load(path).frame, joined.frame, check_exact=True)
    assert "i_x_half" not in joined.select(setting="bin_size=0.07").frame


def test_a_file_that_breaks_a_rule_of_the_table_is_a_data_error(two_settings, tmp_path):
    path = tmp_path / "trajectory.parquet"
    broken = two_settings.frame.copy()
    broken.loc[0, "train_accuracy"] = 7.0
    object.__setattr__(two_settings, "frame", broken)
    two_settings.save(path)
    with pytest.raises(DataError, match="must hold a valid table"):
        Trajectory.load(path)
