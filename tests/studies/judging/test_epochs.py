"""Windows of epochs, and verdicts on them, where the answer is known."""

import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging.epochs import (
    Window,
    drop_window,
    lie_together,
    peak_window,
    turns_about,
)
from ib_mlflow.units import text_of

NAN, INF = np.nan, np.inf
EPOCHS = np.array([0.0, 1, 4, 14, 28, 56, 80, 160, 3000])
COARSE = np.array([0.0, 1, 4, 14, 55, 208, 790, 3000])


def hill(epochs, peak, fall=3.0):
    return np.interp(np.log1p(epochs), np.log1p([0, peak, 3000]), [5, 8, 8 - fall])


def test_a_peak_lies_between_the_epochs_next_to_the_highest():
    curves = np.array([[5.0, 2, 1, 0], [0, 1, 3, 2], [0, 1, 2, 3], [0, 1, NAN, 0]])
    window = peak_window(curves, curves, np.array([0.0, 10, 20, 40]))
    np.testing.assert_array_equal(window.earliest, [0, 10, 20, NAN])
    np.testing.assert_array_equal(window.latest, [10, 40, INF, NAN])


def test_every_epoch_that_may_be_the_highest_widens_the_window():
    curve = np.array([[0.0, 2.0, 2.1, 1.0, 0.0]])
    epochs = np.array([0.0, 1, 10, 100, 1000])
    assert peak_window(curve - 0.2, curve + 0.2, epochs) == (0, 100)
    assert peak_window(curve - 3, curve + 3, epochs) == (0, INF)


@pytest.mark.parametrize("peak", [1, 5, 20, 30, 70, 300, 2000])
@pytest.mark.parametrize("epochs", [EPOCHS, COARSE])
def test_the_window_of_an_exact_hill_holds_its_peak(epochs, peak):
    curve = hill(epochs, peak)[None]
    ((earliest,), (latest,)) = peak_window(curve, curve, epochs)
    assert earliest <= peak <= latest


def test_noise_within_its_bounds_seldom_moves_the_peak_out_of_the_window():
    generator = np.random.default_rng(0)
    curve = hill(EPOCHS, 28)
    noisy = curve + 0.3 * generator.normal(size=(2000, EPOCHS.size))
    window = peak_window(noisy - 0.6, noisy + 0.6, EPOCHS)
    held = (window.earliest <= 28) & (window.latest >= 28)
    assert held.mean() > 0.95


@pytest.mark.parametrize(
    ("curve", "window"),
    [
        ([0, 3, 2.99, 1, 0], (2, 3)),
        ([0, 1, 2, 3, 3], (4, INF)),  # nothing has dropped
        ([3, 2, 1, 1, 1], (0, 1)),
        ([3, 2, 4, 4, 1], (3, 4)),  # an early dip is no drop from the peak
    ],
)
def test_a_drop_begins_after_the_last_epoch_near_the_peak(curve, window):
    curves = np.array([curve], dtype=float)
    assert drop_window(curves, curves, np.arange(5.0), 0.1) == window


def test_what_lay_before_the_first_measured_epoch_is_not_known():
    """Of the same fall from the beginning: measured from epoch 0 on, and from epoch 10 on."""
    curves = np.array([[3.0, 2, 1], [1, 3, 2]])
    assert [of[0] for of in peak_window(curves, curves, np.array([0.0, 20, 40]))] == [0, 20]
    later = np.array([10.0, 20, 40])
    np.testing.assert_array_equal(peak_window(curves, curves, later), [[0, 10], [20, 40]])
    np.testing.assert_array_equal(drop_window(curves, curves, later, 0.1), [[0, 20], [20, 40]])
    six = np.repeat(curves[:1], 6, axis=0)
    assert turns_about(peak_window(six, six, later), 300).verdict == "disagrees"
    assert turns_about(peak_window(six, six, later), 10).verdict == "undecided"


@pytest.mark.parametrize(
    ("earliest", "latest", "verdict"),
    [
        (20, 39, "agrees"),  # also at half
        (14, 56, "agrees"),  # at half it is open
        (14, 60, "undecided"),
        (4, 208, "undecided"),
        (208, 3000, "disagrees"),
        (790, INF, "disagrees"),
        (20, INF, "undecided"),
        (56, 80, "undecided"),  # at twice the factor it agrees
        (0, 4, "disagrees"),
    ],
)
def test_what_lies_within_a_factor_of_the_papers_epoch(earliest, latest, verdict):
    judged = turns_about(Window(np.full(8, earliest), np.full(8, latest)), 28, note="Ours.")
    assert judged.verdict == verdict
    words = text_of(judged.words, "nats")
    assert f"measured epochs {earliest:g} and " in words
    assert "the end in the median" in words if np.isinf(latest) else f"{latest:g}" in words
    assert "Ours." in words


def test_networks_that_diverged_count_against_either_verdict():
    window = Window(np.array([20.0] * 6 + [NAN] * 6), np.array([39.0] * 6 + [NAN] * 6))
    judged = turns_about(window, 28)
    assert judged.verdict == "undecided"
    assert "6 of 12 diverged" in text_of(judged.words, "nats")


def test_windows_that_end_before_they_begin_are_refused():
    late = np.full(6, 40.0)
    with pytest.raises(InvalidInputError, match="begins no later than it ends; received 40 to 20"):
        turns_about(Window(late, late / 2), 28)
    with pytest.raises(InvalidInputError, match="of the same networks"):
        turns_about(Window(late, late[:5]), 28)


def test_two_epochs_that_never_come_are_not_known(recwarn):
    never = Window(np.full(6, INF), np.full(6, INF))
    judged = lie_together(never, never, 2.0)
    assert judged.verdict == "undecided"
    assert "6 of 6 diverged" in text_of(judged.words)
    assert not recwarn.list
    assert lie_together(never, Window(np.full(6, 1.0), np.full(6, 2.0)), 2.0).verdict == "disagrees"
