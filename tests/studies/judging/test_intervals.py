import numpy as np
import pytest
from scipy import stats

from ib_mlflow.studies.judging.intervals import known, mean, share


def test_wilson_limits_by_their_definition():
    found = share([True] * 14 + [False] * 6)
    z = stats.norm.ppf(0.975)
    for limit in (found.low, found.high):
        assert abs(0.7 - limit) == pytest.approx(z * np.sqrt(limit * (1 - limit) / 20), abs=1e-12)


def test_the_interval_of_a_mean_covers_it_as_often_as_it_says():
    generator = np.random.default_rng(0)
    draws = generator.normal(1.0, 3.0, size=(500, 6))
    covered = [found.low <= 1.0 <= found.high for found in map(mean, draws)]
    assert np.mean(covered) == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 500))


def test_diverged_members_are_left_out():
    assert mean([1.0, np.nan, 3.0]).value == 2.0
    assert share([1.0, np.nan, 0.0]) == share([True, False])
    for nobody in (mean([np.nan]), share([]), share([np.nan])):
        assert np.isnan([nobody.value, nobody.low, nobody.high]).all()
        assert nobody.text("nats") == "– [no network is left]"


def test_nothing_is_known_of_a_member_without_one_of_its_numbers():
    found = known([True, True, False, False], [1.0, np.nan, 1.0, 1.0], [1.0, 1.0, 1.0, np.inf])
    np.testing.assert_array_equal(found, [1.0, np.nan, 0.0, np.nan])
