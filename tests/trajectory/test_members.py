from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import (
    at_end,
    at_epoch,
    at_layer,
    compressions,
    gains,
    hidden_layers,
    nearest_epoch,
    thinned,
    validation_accuracy,
)

RISEN = [[1.0, 4.0, 2.5], [2.0, 3.0, 3.0], [5.0, 4.0, 1.0]]
"""Curves of three members over three epochs."""


@pytest.fixture
def two_layers(curves):
    """The members' curves in layer 1, and three times those in layer 2."""
    i_x = np.stack([RISEN, 3 * np.array(RISEN)], axis=-1)
    accuracy = [[0.1, 0.5, 0.9], [0.2, 0.6, 0.8], [0.3, 0.7, np.nan]]
    return curves(i_x, epochs=[0, 10, 100], val_accuracy=accuracy)


def test_numbers_are_ordered_by_member_whatever_the_order_of_the_rows(two_layers):
    shuffled = two_layers.frame.sample(frac=1, random_state=0)
    last = shuffled[shuffled["epoch"] == 100]
    np.testing.assert_array_equal(at_layer(last, "i_x", 1), [2.5, 3.0, 1.0])
    again = Trajectory(shuffled, two_layers.guides)
    np.testing.assert_array_equal(at_end(again, "i_x", 2), [7.5, 9.0, 3.0])
    np.testing.assert_array_equal(at_epoch(again, "i_x", epoch=10, layer=1), [4.0, 3.0, 4.0])
    np.testing.assert_array_equal(validation_accuracy(again, 10), [0.5, 0.6, 0.7])


def test_a_layer_that_is_not_there_has_no_numbers():
    table = pd.DataFrame({"member": [0], "layer": [1], "gap": [0.5]})
    assert at_layer(table, "gap", 2).size == 0


def test_what_was_gained_up_to_the_peak_and_lost_after_it(two_layers):
    np.testing.assert_allclose(gains(two_layers, 1), [3.0, 1.0, 0.0])
    np.testing.assert_allclose(compressions(two_layers, 1), [1.5, 0.0, 4.0])
    np.testing.assert_allclose(compressions(two_layers, 2), [4.5, 0.0, 12.0])


def test_members_that_diverged_have_lost_nothing_that_is_known(curves):
    i_x = np.array(RISEN)[..., None]
    i_x[1, 2:] = np.nan
    lost = compressions(curves(i_x, epochs=[0, 10, 100]), 1)
    np.testing.assert_allclose(lost, [1.5, np.nan, 4.0])


def test_the_last_layer_is_not_hidden(two_layers):
    assert hidden_layers(two_layers) == (1,)


@pytest.mark.parametrize(("epoch", "nearest"), [(0, 0), (1, 0), (3, 10), (30, 10), (40, 100)])
def test_epochs_are_near_on_a_logarithmic_scale(two_layers, epoch, nearest):
    assert nearest_epoch(two_layers, epoch) == nearest


def test_thinned_epochs_begin_and_end_as_the_measured_ones():
    epochs = tuple(range(500))
    shown = thinned(epochs)
    assert (shown[0], shown[-1]) == (0, 499)
    assert set(shown) <= set(epochs)
    assert all(b >= 1.2 * a for a, b in pairwise(shown[:-1]))
    assert thinned((0,)) == (0,)
