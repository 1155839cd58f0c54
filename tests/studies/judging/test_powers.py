"""Power laws of times by a setting, whose truth is known."""

import warnings

import numpy as np
import pytest

from ib_mlflow.studies.judging.powers import (
    Times,
    earlier,
    grows,
    median_text,
    power_law,
    shrinks,
)
from ib_mlflow.units import text_of

SETTINGS = (1, 2, 4, 8)
SEEDS = 20


def times(exponent, *, spread=0.2, settings=SETTINGS, seeds=SEEDS, **changed):
    random = np.random.default_rng(0)
    by_setting = {
        setting: 50 * setting**exponent * np.exp(spread * random.normal(size=seeds))
        for setting in settings
    }
    for setting, values in changed.get("changed", {}).items():
        by_setting[setting] = values(by_setting[setting])
    return Times("the end", "epochs", "depth", by_setting)


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("exponent", [-1.0, 0.5, 1.0])
def test_the_law_is_found_again(exponent):
    law = power_law(times(exponent))
    assert law.exponent.low < exponent < law.exponent.high
    assert law.exponent.value == pytest.approx(exponent, abs=0.15)
    assert law.factor == pytest.approx(50, rel=0.2)
    assert law.settings == SETTINGS
    assert 1 <= law.misfit < 1.2


def test_without_spread_the_law_is_exact():
    law = power_law(times(-0.7, spread=0))
    assert law.exponent.value == pytest.approx(-0.7, abs=1e-12)
    assert law.exponent.high - law.exponent.low < 1e-12
    assert (law.factor, law.misfit) == (pytest.approx(50), pytest.approx(1))


def test_intervals_hold_the_truth_as_often_as_they_say():
    held = []
    for seed in range(200):
        random = np.random.default_rng([7, seed])
        values = {s: s**-1.0 * np.exp(0.4 * random.normal(size=SEEDS)) for s in SETTINGS}
        exponent = power_law(Times("the end", "epochs", "depth", values)).exponent
        held.append(exponent.low < -1 < exponent.high)
    assert 0.88 <= np.mean(held) <= 0.995


@pytest.mark.parametrize(
    ("exponent", "growing", "shrinking"),
    [
        (1.0, "agrees", "disagrees"),
        (-1.0, "disagrees", "agrees"),
        (0.0, "undecided", "undecided"),
    ],
)
def test_verdicts_follow_the_interval_of_the_exponent(exponent, growing, shrinking):
    of = times(exponent, spread=0.4)
    assert grows(of).verdict == growing
    judgement = shrinks(of)
    assert judgement.verdict == shrinking
    assert text_of(judgement.words).startswith("Exponent ")
    assert "through the medians at 1, 2, 4, 8" in text_of(judgement.words)


def test_medians_that_are_all_the_same_have_no_exponent():
    of = Times("the end", "epochs", "depth", {s: np.full(4, 64.0) for s in (100, 200, 400)})
    assert power_law(of).exponent.value == 0
    assert grows(of).verdict == shrinks(of).verdict == "undecided"


def test_times_beyond_training_move_no_median_while_they_are_few():
    def late(values):
        return np.where(values > np.quantile(values, 0.8), np.inf, values)

    law, whole = power_law(times(1.0, changed={8: late})), power_law(times(1.0))
    assert law.settings == SETTINGS
    assert law.exponent.value == pytest.approx(whole.exponent.value)


@pytest.mark.parametrize("value", [np.inf, np.nan, 0.0])
def test_a_setting_that_most_networks_have_no_time_at_is_left_out(value):
    of = times(1.0, changed={8: lambda values: np.where(values > 0, value, values)})
    assert power_law(of).settings == (1, 2, 4)
    assert "At 8 too few networks had it within training." in text_of(grows(of).words)
    assert grows(of).verdict == "agrees"


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_with_fewer_than_three_settings_nothing_is_decided(value):
    gone = {each: lambda values: np.full_like(values, value) for each in (4, 8)}
    judgement = grows(times(1.0, changed=gone))
    assert judgement.verdict == "undecided"
    assert text_of(judgement.words).startswith("A power law needs three settings. At 4, 8 too few")


def test_a_member_that_diverged_is_left_out():
    def first_gone(values):
        return np.where(np.arange(values.size) == 0, np.nan, values)

    law = power_law(times(1.0, changed=dict.fromkeys(SETTINGS, first_gone)))
    assert law.exponent.value == pytest.approx(1.0, abs=0.2)
    assert np.isfinite([law.exponent.low, law.exponent.high]).all()


def test_with_too_few_networks_nothing_is_decided():
    of = times(1.0, seeds=4)
    assert grows(of).verdict == "undecided"
    assert "no interval from so few" in text_of(grows(of).words)


def step(less, more):
    values = {1: np.array(less, np.float64), 2: np.array(more, np.float64)}
    return next(Times("the end", "epochs", "depth", values).steps)


@pytest.mark.parametrize(
    ("less", "more", "verdict"),
    [
        ([20.0] * 12, [10.0] * 12, "agrees"),
        ([10.0] * 12, [20.0] * 12, "disagrees"),
        ([np.inf] * 12, [10.0] * 12, "agrees"),
        ([10.0] * 12, [np.inf] * 12, "disagrees"),
        ([10.0] * 12, [10.0] * 12, "undecided"),
        ([np.inf] * 12, [np.inf] * 12, "undecided"),
        ([np.nan] * 12, [10.0] * 12, "undecided"),
        ([10.0, 20.0] * 6, [20.0, 10.0] * 6, "undecided"),
    ],
)
def test_who_comes_first_is_told_seed_by_seed(less, more, verdict):
    of = step(less, more)
    assert (of.less, of.more) == (1, 2)
    assert earlier(of).verdict == verdict


def test_seeds_of_which_nothing_is_known_are_counted():
    of = step([20] * 10 + [np.nan, np.inf], [10] * 10 + [5, np.inf])
    words = text_of(earlier(of).words)
    assert "In 10 of 10 networks" in words
    assert "Which came first is not known of 2 of 12 seeds" in words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1, 2, 9], "2"),
        ([1, np.inf, np.inf], "beyond training"),
        ([1, np.nan, 3], "2"),
        ([np.nan], "–"),
    ],
)
def test_medians_know_what_lies_beyond_training(values, words):
    assert median_text(values) == words
