import numpy as np
import pytest
from scipy import stats

from ib_mlflow.studies.judging.relations import follow, go_together, rank_correlation

UP = np.arange(12.0)


def test_the_correlation_is_spearmans():
    one, other = np.random.default_rng(0).normal(size=(2, 30))
    assert rank_correlation(one, other).value == pytest.approx(
        stats.spearmanr(one, other).statistic
    )


def test_the_interval_covers_the_truth():
    """Of pairs of normals with correlation r the rank correlation is 6/π asin(r / 2)."""
    generator, r = np.random.default_rng(2), 0.6
    truth = 6 / np.pi * np.arcsin(r / 2)
    pairs = generator.multivariate_normal([0, 0], [[1, r], [r, 1]], size=(1000, 20))
    intervals = [rank_correlation(*pair.T) for pair in pairs]
    covered = np.mean([i.low <= truth <= i.high for i in intervals])
    assert 0.92 < covered < 0.98


@pytest.mark.parametrize(
    ("other", "opposed", "verdict"),
    [
        (UP, False, "agrees"),
        (-UP, False, "disagrees"),
        (-UP, True, "agrees"),
        (UP, True, "disagrees"),
        (UP % 2, False, "undecided"),
        (np.zeros(12), False, "undecided"),
        (np.full(12, np.nan), True, "undecided"),
    ],
)
def test_numbers_that_go_together(other, opposed, verdict):
    assert go_together(UP, other, opposed=opposed).verdict == verdict


def pairs_of(generator, n, correlation):
    """Pairs of normals with a rank correlation; Pearson (1907): r = 2 sin(π ρ / 6)."""
    r = 2 * np.sin(np.pi * correlation / 6)
    return generator.multivariate_normal([0, 0], [[1, r], [r, 1]], size=n).T


def test_a_relation_that_is_certain_and_small_does_not_agree():
    one, other = pairs_of(np.random.default_rng(0), 400, 0.2)
    assert stats.spearmanr(one, other).pvalue < 0.001
    # At twice what it may be short of 1 by any positive correlation would do.
    assert go_together(one, other).verdict == "undecided"
    assert go_together(one, -other, opposed=True).verdict == "undecided"
    assert go_together(one, -other).verdict == "disagrees"


@pytest.mark.parametrize("n", [6, 20, 50])
def test_where_the_relation_is_as_large_as_it_must_be_little_is_decided(n):
    generator = np.random.default_rng(n)
    verdicts = [go_together(*pairs_of(generator, n, 0.5)).verdict for _ in range(400)]
    decided = np.mean([verdict != "undecided" for verdict in verdicts])
    assert decided < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_a_large_relation_is_seen():
    generator = np.random.default_rng(1)
    verdicts = [go_together(*pairs_of(generator, 50, 0.8)).verdict for _ in range(100)]
    assert verdicts.count("agrees") > 80


def test_networks_without_a_number_count_against_either_verdict():
    numbers = np.arange(50.0)
    other = numbers.copy()
    other[0] = np.nan
    judgement = go_together(numbers, other)
    assert judgement.verdict == "agrees"
    assert "over 49 networks" in "".join(map(str, judgement.words))
    other[:10] = np.nan
    assert go_together(numbers, other).verdict == "undecided", "ten might lie as far off as can be"
    assert go_together(UP[:3], UP[:3]).verdict == "undecided"


@pytest.mark.parametrize(("sign", "verdict"), [(1, "agrees"), (-1, "disagrees")])
def test_settings_are_followed_seed_by_seed(sign, verdict):
    settings = [np.random.default_rng(k).normal(size=6) / 10 + k for k in range(5)]
    assert follow(settings, [sign * of for of in settings]).verdict == verdict


def test_what_hardly_follows_does_not_agree_although_its_direction_is_right():
    """Rank correlations of 0.1 to 0.4 over ten settings, in all of twelve seeds."""
    settings = [np.full(12, float(k)) for k in range(10)]
    generator = np.random.default_rng(0)
    shuffled = []
    while len(shuffled) < 12:
        order = generator.permutation(np.arange(10.0))
        if 0.1 < stats.spearmanr(np.arange(10), order).statistic < 0.4:
            shuffled.append(order)
    judgement = follow(settings, list(np.array(shuffled).T))
    assert judgement.verdict == "undecided"
    assert "At half the threshold it disagrees, at twice it agrees" in "".join(
        map(str, judgement.words)
    )


def test_few_settings_tell_nothing_and_what_stands_still_follows_nothing():
    settings = [UP + k for k in range(5)]
    assert follow(settings[:3], settings[:3]).verdict == "undecided"
    assert follow(settings, [UP] * 5).verdict == "undecided"


def test_a_seed_that_diverged_once_counts_against_either_verdict():
    settings = [UP + k for k in range(5)]
    lost = [of.copy() for of in settings]
    lost[2][0] = np.nan
    judgement = follow(settings, lost)
    assert judgement.verdict == "agrees"
    assert "1 of 12 diverged" in "".join(map(str, judgement.words))


def accidents(settings, tries=300):
    """Verdicts on numbers that settings move each in a way of its own, and 20 seeds hardly."""
    generator = np.random.default_rng(settings)
    for _ in range(tries):
        own = generator.normal(size=(2, settings, 1))
        one, other = own + 0.05 * generator.normal(size=(2, settings, 20))
        yield follow(list(one), list(other))


def test_of_four_settings_nothing_is_told_but_of_these():
    judged = list(accidents(4))
    assert sum(each.verdict != "undecided" for each in judged) > 100
    for each in judged:
        assert each.p_value is None
        assert each.alone == "networks at these 4 settings alone"
        assert "of these 4 settings" in "".join(map(str, each.words))


@pytest.mark.parametrize("settings", [5, 6, 9])
def test_seeds_that_share_an_accident_seldom_speak_of_other_settings(settings):
    judged = list(accidents(settings))
    beyond = [each.verdict != "undecided" for each in judged if not each.alone]
    assert sum(beyond) / len(judged) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(judged))
    assert all(each.p_value is None for each in judged if each.alone)


@pytest.mark.parametrize(("settings", "speaks"), [(4, False), (5, True), (9, True)])
@pytest.mark.parametrize(("sign", "verdict"), [(1, "agrees"), (-1, "disagrees")])
def test_what_all_settings_are_in_the_order_of_is_more_than_an_accident(
    settings, speaks, sign, verdict
):
    numbers = [np.arange(20.0) / 100 + k for k in range(settings)]
    judged = follow(numbers, [sign * of for of in numbers])
    assert judged.verdict == verdict
    assert (judged.alone == "") is speaks
    assert (judged.p_value is not None) is speaks
