"""Lines through medians, on times whose slope is known."""

import numpy as np
import pytest

from ib_mlflow.studies.judging.lines import falls_as_a_power, line, rises_in_a_line
from ib_mlflow.studies.judging.powers import Times

SIZES = (32.0, 64.0, 128.0, 256.0, 512.0)
NOISE = np.random.default_rng(0).normal(0, 0.5, (len(SIZES), 40))


def times_of(curve, noise=NOISE, sizes=SIZES):
    by_size = {size: curve(size) + own for size, own in zip(sizes, noise, strict=False)}
    return Times("the turn", "epochs", "batch size", by_size)


def test_the_slope_is_found_with_its_interval():
    fit = line(times_of(lambda size: 10 + 0.1 * size))
    assert fit.slope.low < 0.1 < fit.slope.high
    assert fit.slope.high - fit.slope.low < 0.01
    assert fit.explained.low > 0.99
    assert fit.settings == SIZES


def test_the_interval_covers_the_truth():
    generator, covered = np.random.default_rng(3), 0
    for _ in range(60):
        noise = generator.normal(0, 3, (len(SIZES), 30))
        fit = line(times_of(lambda size: 20 + 0.02 * size, noise))
        covered += fit.slope.low <= 0.02 <= fit.slope.high
    assert covered >= 52


@pytest.mark.parametrize(
    ("curve", "verdict"),
    [
        (lambda size: 10 + 0.1 * size, "agrees"),
        (lambda size: 100 - 0.1 * size, "disagrees"),
        (lambda size: 50.0, "undecided"),
        # What jumps once and then stays is no line.
        (lambda size: 90.0 if size > 32 else 10.0, "disagrees"),
    ],
)
def test_a_line_that_rises_agrees(curve, verdict):
    assert rises_in_a_line(times_of(curve)).verdict == verdict


def test_noise_about_a_line_is_undecided():
    noise = np.random.default_rng(1).normal(0, 30, (len(SIZES), 12))
    assert rises_in_a_line(times_of(lambda size: 100 + 0.1 * size, noise)).verdict == "undecided"


def test_what_training_was_too_short_for_is_not_counted():
    times = times_of(lambda size: 10 + 0.1 * size if size < 512 else np.inf)
    assert line(times).settings == SIZES[:-1]
    few = times_of(lambda size: 10 + 0.1 * size, sizes=SIZES[:2])
    assert rises_in_a_line(few).verdict == "undecided"


def test_members_without_the_time_are_left_out():
    noise = NOISE.copy()
    noise[:, 3] = np.nan
    assert rises_in_a_line(times_of(lambda size: 10 + 0.1 * size, noise)).verdict == "agrees"


def test_one_network_says_nothing_of_others():
    fit = line(times_of(lambda size: size, np.zeros((len(SIZES), 1))))
    assert fit.slope.value == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("curve", "verdict"),
    [
        (lambda size: 4000 / size, "agrees"),
        (lambda size: size / 4, "disagrees"),
        # It falls once by half, and stays: the exponent is negative, and no power describes it.
        (lambda size: 100.0 if size == 32 else 20.0, "disagrees"),
        (lambda size: 100.0, "undecided"),
    ],
    ids=["as a power", "grows", "falls once", "stays"],
)
def test_a_negative_power_is_a_line_of_logarithms(curve, verdict):
    noise = np.random.default_rng(4).normal(0, 0.05, (len(SIZES), 40))
    assert falls_as_a_power(times_of(curve, noise)).verdict == verdict


def test_two_settings_make_no_power():
    few = times_of(lambda size: 4000 / size, sizes=SIZES[:2])
    assert falls_as_a_power(few).verdict == "undecided"
