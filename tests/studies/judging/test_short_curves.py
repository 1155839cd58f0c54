"""Curves of seven to ten measured epochs: what is decided of them is right as often as it says."""

import numpy as np
import pytest

from ib_mlflow.studies.judging import curve_drops, gains_and_loses, keeps_up, loses, rises
from ib_mlflow.studies.judging.judgements import between
from ib_mlflow.studies.judging.thresholds import LEVEL
from ib_mlflow.trajectory.peaks import falls

LEAST = 0.05 * np.log(4096)
EPOCHS = {
    7: np.array([0, 1, 6, 29, 143, 655, 3000.0]),
    8: np.array([0, 1, 4, 14, 55, 208, 790, 3000.0]),
    10: np.array([0, 1, 3, 8, 21, 60, 150, 420, 1100, 3000.0]),
}
EARLY, LATE = (20, 25, 28, 30, 35, 40), (45, 50, 60, 70, 80, 90)


def hills(measured, peaks, fall):
    """Networks that rise by 3 up to peaks of their own and fall, over the logarithm of epochs."""
    t = EPOCHS[measured]
    return np.array(
        [np.interp(np.log1p(t), np.log1p([0, of, 3000]), [5, 8, 8 - fall]) for of in peaks]
    )


def allowed(level, draws):
    return level + 3 * np.sqrt(level * (1 - level) / draws)


@pytest.mark.parametrize("measured", EPOCHS)
@pytest.mark.parametrize("peaks", [EARLY, LATE])
@pytest.mark.parametrize("fall", [0.1, 0.3, 0.5, 0.7, 1.0, 1.5, 3.4])
def test_no_exact_fall_is_decided_against(measured, peaks, fall):
    curves = hills(measured, peaks, fall)
    compresses, stays = gains_and_loses(curves, LEAST), keeps_up(curves, LEAST)
    if fall > LEAST:
        assert loses(curves, LEAST).verdict != "disagrees"
        assert compresses.verdict != "disagrees"
        assert stays.verdict != "agrees"
    else:
        assert compresses.verdict != "agrees"
        assert stays.verdict != "disagrees"
    # What is clear of the threshold is decided, for all its few epochs.
    if fall == 3.4:
        assert (compresses.verdict, stays.verdict) == ("agrees", "disagrees")
    if fall == 0.1:
        assert (compresses.verdict, stays.verdict) == ("disagrees", "agrees")


@pytest.mark.parametrize("measured", EPOCHS)
@pytest.mark.parametrize("peaks", [EARLY, LATE])
@pytest.mark.parametrize("left", [0.5, 0.55, 0.7, 0.9])
def test_half_of_a_fall_is_not_read_as_less_than_half(measured, peaks, left):
    free, own = falls(hills(measured, peaks, 3.4)), falls(hills(measured, peaks, 3.4 * left))
    less = between(
        rises(free.least / 2 - own.least),
        [rises(free.least / 2 - own.most), rises(free.most / 2 - own.least)],
    )
    assert less.verdict != "agrees"


@pytest.mark.parametrize("measured", EPOCHS)
@pytest.mark.parametrize("n", [6, 20])
@pytest.mark.parametrize("noise", [0.05, 0.3])
def test_noise_alone_is_seldom_said_to_compress(measured, n, noise):
    generator, draws = np.random.default_rng(measured + n), 60
    agreed = rejected = 0
    for _ in range(draws):
        flat = 5 + noise * generator.normal(size=(n, measured))
        agreed += loses(flat, LEAST).verdict == "agrees"
        rejected += keeps_up(flat, LEAST).verdict == "disagrees"
    assert agreed / draws <= allowed(LEVEL / 2, draws)
    assert rejected / draws <= allowed(LEVEL / 2, draws)


@pytest.mark.parametrize("measured", EPOCHS)
@pytest.mark.parametrize("n", [6, 20])
def test_a_true_fall_with_noise_is_seldom_said_to_be_none(measured, n):
    """Three times what counts, from peaks between 15 and 100."""
    generator, draws = np.random.default_rng(measured * n), 60
    wrong = 0
    for _ in range(draws):
        peaks = np.exp(generator.uniform(np.log(15), np.log(100), n))
        curves = hills(measured, peaks, 3 * LEAST) + 0.2 * generator.normal(size=(n, measured))
        wrong += keeps_up(curves, LEAST).verdict == "agrees"
        wrong += gains_and_loses(curves, LEAST).verdict == "disagrees"
    assert wrong / draws <= allowed(LEVEL, draws)


@pytest.mark.parametrize("measured", EPOCHS)
@pytest.mark.parametrize("n", [5, 6, 20])
def test_the_noisier_of_two_flat_groups_is_seldom_said_to_lose_more(measured, n):
    """A twentieth is meant to be decided; by the peak minus the end it is far more."""
    generator, draws = np.random.default_rng(measured * n + 1), 200
    decided = kept = by_peak = 0
    for _ in range(draws):
        one, other = (scale * generator.normal(size=(n, measured)) + 5 for scale in (1.0, 0.3))
        decided += rises(curve_drops(one) - curve_drops(other)).verdict != "undecided"
        high, low = falls(one), falls(other)
        judged = between(
            rises(high.least - low.least),
            [rises(high.least - low.most), rises(high.most - low.least)],
        )
        kept += judged.verdict != "undecided"
        peaks = [curves[:, :-1].max(axis=1) - curves[:, -1] for curves in (one, other)]
        by_peak += rises(peaks[0] - peaks[1]).verdict == "agrees"
    assert decided / draws <= allowed(LEVEL, draws)
    assert kept / draws <= allowed(LEVEL, draws)
    assert by_peak / draws > 2 * LEVEL
