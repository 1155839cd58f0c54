"""Turning points by batch size, on curves whose answer is known."""

import numpy as np
import pytest

from ib_mlflow.studies.judging.powers import grows
from projects.phases.turns import turning_times

SEEDS = 8


@pytest.fixture
def times(plane, group, turning, gradients):
    """Epochs and updates to the turning points, of batches of several sizes."""

    def build(turn, fall=lambda size: 16):
        groups = {
            size: group(
                f"batches of {size}",
                plane([turning(turn(size))] * SEEDS),
                batch_size=size,
                gradients=gradients([fall(size)] * SEEDS),
            )
            for size in (100, 200, 400)
        }
        return turning_times(groups)

    return build


def test_turning_points_are_read_in_epochs_and_in_updates(times):
    epochs, updates, falls, fall_updates = times(lambda size: 64)
    assert epochs.title == "epochs to the largest I(X;T) of the last hidden layer"
    assert updates.title == "updates to the largest I(X;T) of the last hidden layer"
    assert [set(epochs.by_setting[size]) for size in (100, 200, 400)] == [{64}] * 3
    assert falls.title == "epochs to the steepest fall of SNR, last hidden layer"
    assert [set(falls.by_setting[size]) for size in (100, 200, 400)] == [{16}] * 3
    assert set(fall_updates.by_setting[400]) == {48}
    # 1000 rows are 10, 5, and 2 whole and a broken batch.
    assert [set(updates.by_setting[size]) for size in (100, 200, 400)] == [{640}, {320}, {192}]


@pytest.mark.parametrize(
    ("turn", "of_epochs", "of_updates"),
    [
        (lambda size: {100: 2, 200: 16, 400: 128}[size], "agrees", "agrees"),
        (lambda size: {100: 128, 200: 16, 400: 2}[size], "disagrees", "disagrees"),
        (lambda size: 64, "undecided", "disagrees"),
    ],
)
def test_a_delayed_transition_agrees(times, turn, of_epochs, of_updates):
    epochs, updates, *_ = times(turn)
    assert grows(epochs).verdict == of_epochs
    assert grows(updates).verdict == of_updates


def test_networks_that_have_not_turned_yet_lie_beyond_training(times):
    epochs, *_ = times(lambda size: 2000 if size == 400 else 64)
    assert np.isinf(epochs.by_setting[400]).all()
    assert grows(epochs).verdict == "undecided", "two sizes make no law"


def test_the_steepest_fall_is_a_turning_point_of_its_own(times):
    _, _, falls, _ = times(lambda size: 64, lambda size: {100: 2, 200: 16, 400: 128}[size])
    assert grows(falls).verdict == "agrees"


def test_a_fall_at_the_end_of_training_lies_beyond_it(times):
    _, _, falls, _ = times(lambda size: 64, lambda size: 2000 if size == 400 else 16)
    assert np.isnan(falls.by_setting[400]).all(), "it never falls"
    _, _, falls, _ = times(lambda size: 64, lambda size: 1024 if size == 400 else 16)
    assert np.isinf(falls.by_setting[400]).all()


def test_a_peak_that_little_was_lost_since_lies_beyond_training(plane, group, turning, gradients):
    """A twentieth of 8 nats counts as lost."""
    for lost, at in ((0.3, np.inf), (3.0, 64)):
        groups = {
            size: group(
                f"batches of {size}",
                plane([turning(64, lost=lost)] * SEEDS),
                batch_size=size,
                gradients=gradients([16] * SEEDS),
            )
            for size in (100, 200, 400)
        }
        epochs, *_ = turning_times(groups)
        assert set(epochs.by_setting[100]) == {at}
