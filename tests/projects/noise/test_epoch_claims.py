"""The epochs of Fig. 5a, judged on curves whose turns are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.units import text_of
from projects.noise.epoch_claims import EPOCHS as CLAIMS
from projects.noise.epoch_claims import drops_from, grows_until, loss_rises_from
from projects.noise.networks import TURNS, measured_epochs

EPOCHS = (0, 10, 50, 100, 1000)


@pytest.mark.parametrize(
    ("curve", "verdict"),
    [
        ([0, 1, 4, 2, 1], "undecided"),  # from 10 to 100
        ([4, 1, 1, 1, 1], "disagrees"),
        ([0, 1, 2, 3, 4], "disagrees"),  # no peak, and not before 100
    ],
)
def test_where_a_curve_peaks_is_held_against_the_papers_epoch(noisy_group, curve, verdict):
    judged = grows_until(noisy_group(np.ones(5), np.array(curve, float)))
    assert judged.verdict == verdict
    assert "learning rate" in text_of(judged.words, "nats")


def test_estimates_that_are_not_reliable_leave_the_peak_open(noisy_group):
    curve = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    unsure = noisy_group(
        np.ones(5), curve, reliable=False, i_x_lower=lambda rows: 0.0 * rows["i_x"]
    )
    assert grows_until(noisy_group(np.ones(5), curve)).verdict == "disagrees"
    assert grows_until(unsure).verdict == "undecided"


@pytest.mark.parametrize(
    ("curve", "verdict"),
    [
        ([0, 1, 4, 3, 1], "agrees"),  # from 50 to 100
        ([4, 3, 1, 1, 1], "disagrees"),
        ([0, 1, 4, 4, 4], "disagrees"),  # it does not drop
    ],
)
def test_where_a_curve_begins_to_drop_is_held_against_epoch_80(noisy_group, curve, verdict):
    assert drops_from(noisy_group(np.ones(5), np.array(curve, float))).verdict == verdict


def test_a_loss_that_is_lowest_early_does_not_begin_to_rise_late(noisy_group):
    losses = dict(zip(EPOCHS, (0.7, 0.2, 0.3, 0.4, 0.5), strict=True))
    rising = noisy_group(
        np.ones(5), np.arange(5.0), val_loss=lambda rows: rows["epoch"].map(losses)
    )
    judged = loss_rises_from(rising)
    assert judged.verdict == "disagrees"
    assert "epochs 0 and 50 in the median" in text_of(judged.words, "nats")


def test_a_rise_at_epoch_3200_is_no_question_to_1000_epochs(noisy_group):
    losses = dict(zip(EPOCHS, (0.7, 0.2, 0.3, 0.4, 0.5), strict=True))
    group = noisy_group(np.ones(5), np.arange(5.0), val_loss=lambda rows: rows["epoch"].map(losses))
    (claim,) = (each for each in CLAIMS if "test loss begins" in each.words)
    judged = claim.judge(group)
    assert judged.verdict == "undecided"
    assert text_of(judged.words).endswith(
        "Training ended at epoch 1,000, the paper's rise of the test loss comes at 3,200: "
        "undecided."
    )


@pytest.mark.parametrize(("epochs", "measured"), [(3000, 7), (4000, 12), (10_000, 50)])
def test_the_papers_epochs_are_measured_as_near_as_a_verdict_needs(epochs, measured):
    """An exact curve that turns at the very epochs of the paper agrees."""
    schedule = measured_epochs(SimpleNamespace(epochs=epochs, measured=measured), TURNS)
    seen = {epoch for epoch in TURNS if 2 * epoch <= epochs}
    assert seen | {0, epochs} <= set(schedule.epochs)
    plain = measured_epochs(SimpleNamespace(epochs=epochs, measured=measured))
    assert len(schedule.epochs) <= len(plain.epochs) + len(TURNS)
    beside = [b / a for a, b in zip(schedule.epochs[2:], schedule.epochs[3:], strict=False)]
    assert min(beside) > 1.02


def test_a_short_training_has_no_epochs_of_the_paper():
    configuration = SimpleNamespace(epochs=20, measured=3)
    assert measured_epochs(configuration, TURNS) == measured_epochs(configuration)
