import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging.intervals import (
    POSITIVE,
    accuracy,
    information,
    known,
    mean,
    median,
    share,
)
from ib_mlflow.studies.judging.thresholds import FEWEST


def test_exact_limits_by_their_definition():
    interval = share([True] * 14 + [False] * 6)
    assert stats.binom.sf(13, 20, interval.low) == pytest.approx(0.025)
    assert stats.binom.cdf(14, 20, interval.high) == pytest.approx(0.025)


@pytest.mark.parametrize("n", [5, 8, 20])
@pytest.mark.parametrize("p", [0.05, 0.5, 0.97])
def test_the_interval_of_a_share_covers_it(n, p):
    weights = stats.binom.pmf(np.arange(n + 1), n, p)
    limits = [share(np.arange(n) < held) for held in range(n + 1)]
    covered = [interval.low <= p <= interval.high for interval in limits]
    assert weights @ covered >= 0.95


def test_the_interval_of_a_mean_covers_it_as_often_as_it_says():
    generator = np.random.default_rng(0)
    draws = generator.normal(1.0, 3.0, size=(500, 6))
    covered = [found.low <= 1.0 <= found.high for found in map(mean, draws)]
    assert np.mean(covered) == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 500))


@pytest.mark.parametrize(
    ("draw", "truth", "within", "least"),
    [
        (lambda g: g.beta(20, 1, size=10), 20 / 21, (0, 1), 0.93),
        (lambda g: g.exponential(size=10), 1.0, (0, np.inf), 0.92),
        (lambda g: g.exponential(size=20), 1.0, (0, np.inf), 0.92),
        (lambda g: np.tanh(g.normal(1.83, 0.2, size=6)), 0.9468, (-1, 1), 0.92),
    ],
)
def test_means_of_what_has_a_range_are_covered_and_their_limits_stay_inside(
    draw, truth, within, least
):
    """Of skewed numbers Student's covers 0.90 at ten; the bootstrap-t gives 0.93 to 0.95."""
    generator = np.random.default_rng(4)
    intervals = [mean(draw(generator), within) for _ in range(400)]
    assert all(within[0] <= of.low <= of.value <= of.high <= within[1] for of in intervals)
    covered = np.mean([of.low <= truth <= of.high for of in intervals])
    assert covered >= least - 4 * np.sqrt(least * (1 - least) / 400)


def test_numbers_outside_the_range_they_are_said_to_have_are_refused():
    with pytest.raises(InvalidInputError, match="lie from 0 to 1"):
        mean([0.5, 0.6, 1.2, 0.4, 0.3], (0, 1))


def test_below_five_networks_the_single_values_stand_without_an_interval():
    assert (
        mean([1.0, 2.0, 3.0, 4.0]).text(digits=1)
        == "2.5 [no interval from so few: 1.0, 2.0, 3.0, 4.0]"
    )
    assert np.isinf(share([True] * 4).low)
    assert mean([np.log(2)]).quantity("nats").text("bits") == ("1.000 bits [no interval of one]")


def test_an_accuracy_has_the_error_of_its_test_rows():
    """Networks that answer alike on 1000 rows of which each is answered rightly with 0.9."""
    generator = np.random.default_rng(5)
    shares = generator.binomial(1000, 0.9, size=400) / 1000
    intervals = [accuracy(of + 1e-4 * np.arange(5), rows=1000) for of in shares]
    covered = np.mean([of.low <= 0.9002 <= of.high for of in intervals])
    assert covered >= 0.95 - 4 * np.sqrt(0.05 * 0.95 / 400)
    alone = np.mean(
        [of.low <= 0.9002 <= of.high for of in map(mean, shares[:, None] + 1e-4 * np.arange(5))]
    )
    assert alone < 0.2


@pytest.mark.parametrize("n", [6, 9, 20])
def test_the_median_is_covered_though_networks_are_stuck(n):
    generator = np.random.default_rng(n)
    stuck = generator.random((500, n)) < 0.1
    draws = np.where(stuck, 0.0, generator.normal(3.5, 0.3, size=(500, n)))
    truth = stats.norm.ppf((0.5 - 0.1) / 0.9, 3.5, 0.3)
    covered = np.mean([of.low <= truth <= of.high for of in map(median, draws)])
    assert covered >= 0.95 - 4 * np.sqrt(0.05 * 0.95 / 500)


def test_diverged_members_are_left_out():
    assert mean([1.0, np.nan, 3.0]).value == 2.0
    assert share([1.0, np.nan, 0.0]) == share([True, False])
    for nobody in (mean([np.nan]), share([]), share([np.nan])):
        assert np.isnan([nobody.value, nobody.low, nobody.high]).all()
        assert nobody.text("nats") == "– [no network is left]"


def test_nothing_is_known_of_a_member_without_one_of_its_numbers():
    found = known([True, True, False, False], [1.0, np.nan, 1.0, 1.0], [1.0, 1.0, 1.0, np.inf])
    np.testing.assert_array_equal(found, [1.0, np.nan, 0.0, np.nan])


NUMBERS = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(NUMBERS, st.integers(1, 5000))
def test_no_share_accuracy_correlation_or_entropy_is_printed_beyond_its_limits(numbers, rows):
    """With the limits of the quantity, whatever the numbers; below five there are none."""
    values = np.array(numbers)
    intervals = {
        (0, 1): [mean(values, (0, 1)), accuracy(values, rows), share(values > 0.5)],
        (-1, 1): [mean(2 * values - 1, (-1, 1))],
        (0, 8.3): [information(8.3 * values, 8.3), information(9 * values - 0.5, 8.3)],
        (0, np.inf): [information(values), mean(values, POSITIVE)],
    }
    for (lowest, highest), of_range in intervals.items():
        for interval in of_range:
            if values.size < FEWEST:
                assert np.isinf([interval.low, interval.high]).all()
            else:
                slack = 1e-9
                assert lowest - slack <= interval.low <= interval.value + slack
                assert interval.value - slack <= interval.high <= highest + slack
