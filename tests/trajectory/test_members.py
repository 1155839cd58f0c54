from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory.members import (
    at_end,
    at_epoch,
    at_layer,
    at_own_epoch,
    drops,
    gains,
    hidden_layers,
    nearest_epoch,
    resolved,
    thinned,
    validation_accuracy,
)

EPOCHS = [0, 1, 10, 100]
# Two members, four epochs, two layers.
I_X = np.array([[[1, 3], [4, 3], [3, 3], [2, 1]], [[5, 2], [6, 2], [6, 4], [6, 2]]], float)


@pytest.fixture
def trajectory(curves):
    accuracies = np.array([[0.1, 0.2, 0.5, 0.4], [0.3, 0.6, 0.7, 0.9]])
    return curves(I_X, epochs=EPOCHS, val_accuracy=accuracies)


def test_numbers_are_ordered_by_member_whatever_the_order_of_rows(trajectory):
    shuffled = trajectory.frame[trajectory.frame["epoch"] == 10].sample(frac=1, random_state=3)
    np.testing.assert_array_equal(at_layer(shuffled, "i_x", 2), I_X[:, 2, 1])


@pytest.mark.parametrize("epoch", EPOCHS)
@pytest.mark.parametrize("layer", [1, 2])
def test_an_epoch_is_read_at_its_layer(trajectory, epoch, layer):
    numbers = at_epoch(trajectory, "i_x", epoch=epoch, layer=layer)
    np.testing.assert_array_equal(numbers, I_X[:, EPOCHS.index(epoch), layer - 1])


def test_the_end_is_the_last_measured_epoch(trajectory):
    np.testing.assert_array_equal(at_end(trajectory, "i_x", 1), [2, 6])


@pytest.mark.parametrize(
    ("curve", "gained", "lost"),
    [([1, 4, 4, 4, 2], 3, 2), ([4, 4, 4, 4, 4], 0, 0), ([1, 4, 4, 4, 4], 3, 0),
     ([4, 4, 4, 4, 1], 0, 3)],
)  # fmt: skip
def test_gain_and_loss_are_taken_from_the_peak(curves, curve, gained, lost):
    plane = curves([[[value] for value in curve]], epochs=range(5))
    assert gains(plane, 1).tolist() == [gained]
    assert drops(plane, 1).tolist() == [lost]


def test_noise_gains_nothing_and_loses_nothing(curves):
    noise = np.random.default_rng(2).normal(scale=0.5, size=(500, 40, 1))
    plane = curves(4 + noise, epochs=range(40))
    for change in (gains(plane, 1), drops(plane, 1)):
        assert abs(change.mean()) < 4 * change.std() / np.sqrt(500)
    assert np.nanmean(noise.max(axis=1) - noise[:, -1]) > 0.8, "of the peak it would seem so"


def test_the_last_layer_is_not_hidden(trajectory):
    assert hidden_layers(trajectory) == (1,)


@pytest.mark.parametrize(
    ("asked", "nearest"), [(0, 0), (0.3, 0), (0.5, 1), (3, 1), (4, 10), (33, 100), (1e6, 100)]
)
def test_the_nearest_epoch_is_nearest_on_a_logarithmic_scale(trajectory, asked, nearest):
    assert nearest_epoch(trajectory, asked) == nearest


def test_accuracies_are_of_every_member_once(trajectory):
    np.testing.assert_array_equal(validation_accuracy(trajectory, 10), [0.5, 0.7])


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60, unique=True).map(sorted))
def test_thinned_epochs_keep_both_ends_and_are_a_fifth_apart(epochs):
    kept = thinned(epochs)
    assert (kept[0], kept[-1]) == (epochs[0], epochs[-1])
    assert set(kept) <= set(epochs)
    assert all(late >= 1.2 * early for early, late in pairwise(kept[:-1]))


def test_a_layer_without_rows_has_no_numbers():
    assert at_layer(pd.DataFrame({"member": [0], "layer": [1], "gap": [0.1]}), "gap", 2).size == 0


def test_what_a_member_that_diverged_has_lost_is_not_known(curves):
    i_x = I_X.copy()
    i_x[1, 2:] = np.nan
    assert np.isnan(drops(curves(i_x, epochs=EPOCHS), 1)).tolist() == [False, True]


def test_an_epoch_that_was_not_measured_is_refused(curves):
    with pytest.raises(InvalidInputError, match=r"epoch 5.*nearest one, 9"):
        at_epoch(curves([[[1.0], [2.0]]], epochs=[0, 9]), "i_x", epoch=5, layer=1)


def test_each_member_is_read_at_an_epoch_of_its_own(trajectory):
    np.testing.assert_array_equal(
        at_own_epoch(trajectory, "i_x", np.array([1.0, 100.0]), 1), [4, 6]
    )
    unknown = at_own_epoch(trajectory, "i_x", np.array([np.nan, 50.0]), 1)
    assert np.isnan(unknown).all(), "an epoch that was not measured has no value"


@pytest.mark.parametrize("within", [0.02, 0.2])
def test_what_comes_near_to_ln_n_is_not_resolved(curves, within):
    ceiling = np.log(curves(I_X, epochs=EPOCHS).frame["n"].iloc[0])
    highest = ceiling * np.array([1 - within - 0.01, 1 - within + 0.01])
    i_x = np.full((3, len(EPOCHS), 1), 0.1)
    i_x[:2, 2, 0] = highest
    i_x[2] = np.nan
    plane = curves(i_x, epochs=EPOCHS)
    assert resolved(plane, 1, within=within).tolist() == [True, False, False]
