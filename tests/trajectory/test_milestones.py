"""Epochs at which something is over, on curves whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory import Guides, Trajectory
from ib_mlflow.trajectory.milestones import (
    compression_epochs,
    fall_epochs,
    halted,
    loss_epochs,
    peak_epochs,
    until,
)

EPOCHS = (0, 1, 10, 100, 1000)
NAN = np.nan


def plane(*members, losses=None):
    i_x = np.array(members, np.float64)[:, :, None]
    return Trajectory.from_arrays(
        i_x,
        i_x / 20,
        epochs=EPOCHS,
        n=3000,
        guides=Guides(8.0, 0.69, 0.69),
        estimator="binned",
        setting="bin_size=0.07",
        learning={} if losses is None else {"val_loss": losses},
    )


@pytest.mark.parametrize(
    ("losses", "epoch"),
    [
        ([0.7, 0.5, 0.3, 0.2, 0.4], 100),
        ([0.2, 0.5, 0.3, 0.2, 0.4], 0),
        ([0.7, 0.5, 0.1, 0.3, 0.4], 10),
        ([0.7, 0.5, 0.4, 0.3, 0.21], np.inf),
        ([0.7, 0.5, 0.4, 0.3, 0.2], 1000),
        ([0.7, NAN, 0.1, 0.3, 0.4], 10),
        ([0.7, 0.1, 0.3, NAN, NAN], NAN),
    ],
)
def test_a_loss_is_reached_at_the_first_epoch_that_is_as_low(losses, epoch):
    curves = plane([1, 1, 1, 1, 1], losses=[losses])
    np.testing.assert_array_equal(loss_epochs(curves, 0.2), [epoch])


@pytest.mark.parametrize(
    ("curve", "epoch"),
    [
        ([1, 2, 3, 2, 1], 10),
        ([1, 3, 3, 2, 1], 1),
        ([3, 2, 1, 1, 1], NAN),
        ([3, 3, 3, 3, 3], NAN),
        ([1, 2, 3, 4, 5], np.inf),
        ([1, 2, 3, 3, 3], np.inf),
        ([1, 2, 3, 1, NAN], NAN),
        ([1, NAN, 3, 1, 1], 10),
        ([NAN, NAN, NAN, NAN, NAN], NAN),
    ],
)
def test_a_layer_turns_where_it_knows_most(curve, epoch):
    np.testing.assert_array_equal(peak_epochs(plane(curve), 1), [epoch])


@pytest.mark.parametrize(
    ("curve", "epoch"),
    [
        ([3, 5, 5, 1.0, 1], 100),
        ([3, 5, 5, 1.3, 1], 100),
        ([3, 5, 5, 1.6, 1], np.inf),
        ([3, 5, 5, 4.8, 4.7], NAN),
        ([5, 5, 5, 5, 5], NAN),
        ([1, 2, 3, 4, 5], NAN),
        ([1, 5, 5, 1, 1.2], 100),
        ([1, 5, 1, 1, 1.2], NAN),  # of a peak at one measured epoch only half is seen
        ([1, 5, 1, 1, NAN], NAN),
    ],
)
def test_a_layer_has_compressed_when_nine_tenths_are_lost(curve, epoch):
    np.testing.assert_array_equal(compression_epochs(plane(curve), 1, least=1.0), [epoch])


def test_every_member_has_an_epoch_of_its_own():
    curves = plane([1, 2, 3, 2, 1], [1, 3, 2, 2, 1], [1, 2, 3, 4, NAN])
    np.testing.assert_array_equal(peak_epochs(curves, 1), [10, 1, NAN])


@pytest.mark.parametrize("part", [0.0, 1.0, -1.0, NAN])
def test_a_part_lies_between_nothing_and_all(part):
    with pytest.raises(InvalidInputError, match="lies between 0 and 1"):
        compression_epochs(plane([1, 2, 3, 2, 1]), 1, least=0.1, part=part)


def test_curves_end_at_a_measured_epoch():
    curves = plane([1, 2, 3, 2, 1])
    assert until(curves, 10).epochs == (0, 1, 10)
    with pytest.raises(InvalidInputError, match="end at a measured epoch; received 11"):
        until(curves, 11)


@pytest.mark.parametrize(
    ("snr", "epoch"),
    [
        ([3.0, 3.0, 1.5, 0.1, 0.1, 0.1], 4),
        ([3.0, 3.0, 3.0, 3.0, 3.0, 0.1], np.inf),
        ([3.0, 3.0, 3.0, 1.5, 0.1, NAN], NAN),
        ([1.0] * 6, NAN),
        ([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], NAN),
        ([NAN] * 6, NAN),
    ],
)
def test_the_steepest_fall_is_read_by_member(snr, epoch):
    epochs = [1, 2, 4, 8, 16, 32]
    rows = {"epoch": epochs, "weight_norm": 1.0, "gradient_std": 1.0}
    falls = [3.0, 1.6, 0.1, 0.1, 0.1, 0.1]
    table = pd.concat(
        pd.DataFrame({**rows, "member": member, "layer": layer, "gradient_mean": own})
        for member, layer, own in ((1, 2, snr), (0, 2, falls), (0, 1, snr), (1, 1, snr))
    )
    np.testing.assert_array_equal(fall_epochs(table, 2)[1:], [epoch])
    assert fall_epochs(table, 2)[0] == 2, "ordered by member"


def test_a_fall_before_gradients_vanish_may_be_steeper_after_it():
    means = [3.0, 3.0, 2.9, 1.0, 0.0, 0.0]
    table = pd.DataFrame(
        {"member": 0, "layer": 1, "epoch": [1, 2, 4, 8, 16, 32], "weight_norm": 1.0,
         "gradient_mean": means, "gradient_std": [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]}
    )  # fmt: skip
    np.testing.assert_array_equal(fall_epochs(table, 1), [np.inf])


def test_halted_members_stay_where_they_were_at_their_own_stop():
    curves = plane(
        [1, 2, 3, 4, 5], [5, 4, 3, 2, NAN], [1, 2, 3, 4, 5], losses=[[5, 4, 3, 2, 1]] * 3
    )
    stops = pd.DataFrame({"member": [2, 0, 1], "epoch": pd.array([pd.NA, 10, 99], dtype="Int64")})
    frame = halted(curves, stops).frame
    values = [rows["i_x"].tolist() for _, rows in frame.groupby("member")]
    assert values == [[1, 2, 3, 3, 3], [5, 4, 3, 3, 3], [1, 2, 3, 4, 5]]
    assert frame["val_loss"].tolist()[:5] == [5, 4, 3, 3, 3]
    assert halted(curves, stops).epochs == EPOCHS
    with pytest.raises(InvalidInputError, match="every member stops once"):
        halted(curves, stops.iloc[:2])


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.1, 0.2])
def test_a_trembling_curve_ends_its_fall_when_a_smooth_one_does(noise):
    epochs = tuple(np.unique(np.geomspace(1, 1000, 120).round().astype(int)).tolist())
    truth = 1 + 10 * np.log(10)  # of 4 + 3 exp(-epoch / 10) nine tenths are lost, from epoch 1 on
    curve = 4 + 3 * np.exp(-np.array(epochs) / 10)
    generator = np.random.default_rng(0)
    i_x = curve + noise * generator.normal(size=(200, len(epochs)))
    curves = Trajectory.from_arrays(
        i_x[:, :, None], i_x[:, :, None] / 20, epochs=epochs, n=3000,
        guides=Guides(8.0, 0.69, 0.69), estimator="binned", setting="bin_size=0.07",
    )  # fmt: skip
    ends = compression_epochs(curves, 1, least=1.0)
    assert np.isfinite(ends).mean() > 0.95
    assert abs(np.median(ends) - truth) <= 3
