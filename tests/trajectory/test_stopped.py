"""Curves of networks that stop, where it is known what is left of them."""

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory import Guides, LossCurves, Trajectory, early_stopping, stopped_at

EPOCHS = (0, 1, 10, 100)


def curves(i_x, **learning):
    i_x = np.asarray(i_x, float)[:, :, None]
    return Trajectory.from_arrays(
        i_x, i_x / 10, epochs=EPOCHS, n=8, guides=Guides(4.0, 0.7, 0.7),
        estimator="exact", setting="", learning=learning,
    )  # fmt: skip


def stops(*epochs):
    return pd.DataFrame({"member": range(len(epochs)), "epoch": epochs})


def paths(trajectory):
    return trajectory.frame.pivot(index="member", columns="epoch", values="i_x").to_numpy().tolist()


@pytest.mark.parametrize(
    ("epochs", "left"),
    [
        ((1, 10), [[1, 2, 2], [5, 6, 7]]),
        ((9, 99), [[1, 2, 2], [5, 6, 7]]),
        ((0, 100), [[1, 1, 1, 1], [5, 6, 7, 8]]),
        ((0, 0), [[1], [5]]),
        ((100, 500), [[1, 2, 3, 4], [5, 6, 7, 8]]),
    ],
)
def test_a_member_stays_as_it_was_when_it_stopped_until_all_have(epochs, left):
    whole = curves([[1, 2, 3, 4], [5, 6, 7, 8]])
    assert paths(stopped_at(whole, stops(*epochs))) == left


def test_losses_stay_too_and_members_are_matched_by_their_numbers():
    whole = curves([[1, 2, 3, 4], [5, 6, 7, 8]], train_accuracy=[[0.1, 0.2, 0.3, 0.4]] * 2)
    stopped = stopped_at(whole, stops(1, 100).iloc[::-1]).frame
    last = stopped[stopped["epoch"] == 100].set_index("member")
    assert last["train_accuracy"].tolist() == [0.2, 0.4]
    assert last["i_y"].tolist() == pytest.approx([0.2, 0.8])


def test_what_diverges_after_its_stop_is_whole_and_before_it_is_not():
    whole = curves([[1, 2, np.nan, np.nan], [5, np.nan, np.nan, np.nan]])
    left = np.array(paths(stopped_at(whole, stops(5, 10))))
    np.testing.assert_array_equal(left, [[1, 2, 2], [5, np.nan, np.nan]])


def test_stops_are_those_of_early_stopping():
    losses = LossCurves.from_arrays([[0.7, 0.5, *[0.6] * 99], np.linspace(1, 0, 101)], first=0)
    whole = curves([[1, 2, 3, 4], [5, 6, 7, 8]])
    stopped = stopped_at(whole, early_stopping(losses, patience=9))
    assert paths(stopped) == [[1, 2, 3, 3], [5, 6, 7, 8]]


@pytest.mark.parametrize(
    "table",
    [stops(1), stops(1, 2, 3), stops(1, -1), stops(1, pd.NA), stops(1, 1).assign(member=0)],
)
def test_every_member_must_stop_once(table):
    with pytest.raises(InvalidInputError, match="every member stops once"):
        stopped_at(curves([[1, 2, 3, 4], [5, 6, 7, 8]]), table)
