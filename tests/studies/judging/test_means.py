"""Means of skewed numbers: their verdicts, and the intervals that are printed beside them."""

import numpy as np
import pytest
from scipy import stats

from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.verdicts import rises


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("n", [10, 20])
def test_a_skewed_mean_of_zero_is_seldom_decided(n, side):
    """Exponentials less their mean; Student's t alone decides 10 % of ten and 8 % of twenty."""
    draws = side * (np.random.default_rng(n).exponential(size=(600, n)) - 1)
    decided = np.mean([rises(of).verdict != "undecided" for of in draws])
    # Of ten numbers the sample itself hardly shows that it is skewed.
    assert decided <= (0.065 if n == 10 else 0.05) + 3 * np.sqrt(0.05 * 0.95 / 600)
    assert np.mean(stats.ttest_1samp(draws, 0, axis=1).pvalue <= 0.05) > 0.07


def test_the_interval_that_is_printed_and_the_verdict_agree():
    generator = np.random.default_rng(1)
    for n in (5, 9, 10, 12, 20, 40):
        for draw in generator.exponential(size=(50, n)) - generator.uniform(0.2, 1.5, (50, 1)):
            interval, judged = mean(draw), rises(draw)
            beyond = interval.low > 0 or interval.high < 0
            assert beyond == (judged.verdict != "undecided") == (judged.p_value <= 0.05)


@pytest.mark.parametrize("n", [10, 20])
def test_normal_numbers_lose_little_power_by_it(n):
    draws = np.random.default_rng(n).normal(1, 1, (600, n))
    seen = np.mean([rises(of).verdict == "agrees" for of in draws])
    by_t = np.mean(stats.ttest_1samp(draws, 0, axis=1).pvalue <= 0.05)
    # Five hundredths of ten networks, none of twenty; and three standard errors of the difference,
    # which is a share of the same draws.
    lost = 0.05 if n == 10 else 0.0
    assert by_t - lost - 3 * np.sqrt(0.05 / 600) <= seen <= by_t


def test_very_many_numbers_are_resampled_in_parts():
    many = np.random.default_rng(0).exponential(size=5_000)
    error = stats.sem(many)
    by_t = stats.t.interval(0.95, many.size - 1, many.mean(), error)
    np.testing.assert_allclose([mean(many).low, mean(many).high], by_t, atol=0.3 * error)
