import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.arrays import tidy


def test_every_value_stands_at_its_member_epoch_and_layer(curves):
    x = np.arange(24.0).reshape(2, 4, 3)
    losses = np.arange(8.0).reshape(2, 4)
    epochs = [0, 1, 10, 100]
    frame = curves(x, epochs=epochs, val_loss=losses).frame
    assert len(frame) == 24
    for row in frame.itertuples():
        time = epochs.index(row.epoch)
        assert row.i_x == x[row.member, time, row.layer - 1]
        assert row.i_y == row.i_x / 10
        assert row.val_loss == losses[row.member, time]
        assert np.isnan(row.train_loss)
        assert np.isnan(row.i_x_se)


@pytest.mark.parametrize(
    ("x", "y", "epochs"),
    [
        (np.zeros((2, 3)), np.zeros((2, 3)), [0, 1, 2]),
        (np.zeros((2, 3, 1)), np.zeros((2, 3, 2)), [0, 1, 2]),
        (np.zeros((2, 3, 1)), np.zeros((2, 3, 1)), [0, 1]),
    ],
)
def test_shapes_that_disagree_are_refused(x, y, epochs):
    with pytest.raises(InvalidInputError, match="shape"):
        tidy(x, y, epochs=epochs, learning={})


@pytest.mark.parametrize("learning", [{"loss": [[0.1]]}, {"val_loss": [0.1]}])
def test_unknown_or_misshapen_learning_is_refused(learning):
    with pytest.raises(InvalidInputError, match="learning holds"):
        tidy([[[1.0]]], [[[1.0]]], epochs=[0], learning=learning)


def test_the_class_method_is_the_same_table(curves):
    made = curves([[[1.0, 2.0]]], epochs=[3])
    assert isinstance(made, Trajectory)
    assert made.frame["estimator"].unique().tolist() == ["binned"]
    assert made.frame["n"].unique().tolist() == [150]
