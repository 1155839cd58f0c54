import math

import numpy as np
import pytest
from scipy import stats
from searched import computed, opened

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.tuning import SearchPlan, compare_trials, contenders, search
from ib_mlflow.tuning.comparisons import compare
from ib_mlflow.tuning.racing import pooled, worth_another
from ib_mlflow.tuning.scores import Scored, floored, score
from ib_mlflow.tuning.words import short


def test_intervals_cover_all_pairs_also_when_the_best_is_chosen():
    """Twelve equal trials: the best of them is called better than another in at most 5 %."""
    generator = np.random.default_rng(0)
    repeats, wrong, naive = 2000, 0, 0
    for _ in range(repeats):
        values = generator.standard_normal(12)
        comparison = compare([Scored(n, {}, float(v), 1.0) for n, v in enumerate(values)], "max")
        wrong += any(rival.worse for rival in comparison.rivals)
        naive += comparison.rivals[-1].difference > 1.96 * math.sqrt(2)
    assert wrong / repeats <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / repeats)
    assert wrong / repeats > 0.02
    # What the interval of one pair would have claimed.
    assert naive / repeats > 0.4


def test_errors_from_few_networks_widen_the_intervals():
    """Errors that are estimated from five networks each, and differ between trials."""
    generator = np.random.default_rng(1)
    repeats, wrong = 1000, 0
    spreads = np.linspace(0.5, 2.0, 6)
    for _ in range(repeats):
        networks = generator.standard_normal((6, 5)) * spreads[:, None]
        errors = networks.std(axis=1, ddof=1) / math.sqrt(5)
        means = networks.mean(axis=1)
        trials = [
            Scored(n, {}, float(m), float(e), 4)
            for n, (m, e) in enumerate(zip(means, errors, strict=True))
        ]
        wrong += any(rival.worse for rival in compare(trials, "min").rivals)
    assert wrong / repeats <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / repeats)


def share_wrong(networks, rows, direction="max"):
    """Of searches whose points are all equally good: where one is called better than another."""
    wrong = 0
    for values in networks:
        trials = [score(n, {}, of, rows) for n, of in enumerate(values)]
        wrong += any(rival.worse for rival in compare(trials, direction).rivals)
    return wrong / len(networks)


REPEATS = 1000
MOST = 0.05 + 3 * math.sqrt(0.05 * 0.95 / REPEATS)
COUNTED = [(2, 819, 0.998), (5, 819, 0.998), (2, 200, 0.98), (3, 10_000, 0.5), (20, 200, 0.95)]
WHOLE = [(m, n, p) for m in (2, 3, 5, 20) for n in (200, 819, 10_000) for p in (0.5, 0.95, 0.998)]


@pytest.mark.parametrize(
    ("networks", "rows", "accuracy"),
    [*COUNTED, *(pytest.param(*of, marks=pytest.mark.slow) for of in WHOLE if of not in COUNTED)],
)
def test_equal_shares_are_rarely_told_apart(networks, rows, accuracy):
    """Twenty points of one accuracy, each network's counted on its rows."""
    generator = np.random.default_rng([networks, rows])
    counts = generator.binomial(rows, accuracy, (REPEATS, 20, networks))
    assert share_wrong(counts / rows, rows) <= MOST


@pytest.mark.parametrize("networks", [2, 3, 5])
def test_points_of_few_networks_beside_one_of_many_are_rarely_told_apart(networks):
    """Equal points, and more networks, each of the one that may be best, as those that decide."""
    generator = np.random.default_rng(networks)
    repeats, wrong = 100, 0
    for _ in range(repeats):
        values = [list(of) for of in generator.standard_normal((20, networks))]
        for _ in range(40):
            trials = [score(n, {}, of) for n, of in enumerate(values)]
            values[worth_another(pooled(trials), "min").number].append(generator.standard_normal())
        trials = [score(n, {}, of) for n, of in enumerate(values)]
        wrong += any(rival.worse for rival in compare(trials, "min").rivals)
    assert wrong / repeats <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / repeats)


@pytest.mark.parametrize("networks", [2, 3])
def test_networks_that_collapsed_alike_are_not_exact(networks):
    """Half of all networks end at the share of one class, to the bit, whatever the point."""
    generator = np.random.default_rng(networks)
    shape = (REPEATS, 20, networks)
    shares = generator.binomial(819, 0.95, shape) / 819
    shares[generator.random(shape) < 0.5] = 387 / 819
    assert share_wrong(shares, 819) <= MOST
    # Of losses too, which no rows are counted of.
    losses = generator.normal(0.2, 0.01, shape)
    losses[generator.random(shape) < 0.5] = 0.691
    assert share_wrong(losses, 0, "min") <= MOST


def test_shares_that_do_differ_are_told_apart():
    generator = np.random.default_rng(3)
    shares = generator.binomial(819, [[0.95]] * 10 + [[0.85]] * 10, (200, 20, 5)) / 819
    for values in shares:
        comparison = compare([score(n, {}, of, 819) for n, of in enumerate(values)], "max")
        worse = {rival.scored.number for rival in comparison.rivals if rival.worse}
        assert not worse & set(range(10))
        assert len(worse) >= 8


def test_exact_values_are_told_apart_and_unknown_errors_are_not():
    trials = [Scored(0, {"beta": "0.1"}, 1.0, 0.0), Scored(1, {"beta": "0.2"}, 1.1, 0.0)]
    comparison = compare(trials, "min")
    (rival,) = comparison.rivals
    assert (comparison.best.number, rival.worse) == (0, True)
    assert comparison.sentence(rival).startswith("beta = 0.1 is better than beta = 0.2 by 0.1 [")
    tied = compare([trials[0], Scored(2, {"beta": "1"}, 1.0, 0.0)], "min")
    assert not tied.rivals[0].worse
    unknown = compare([trials[0], Scored(2, {"beta": "1"}, 5.0)], "min")
    assert not unknown.rivals[0].worse
    assert "a standard error is not known" in unknown.sentence(unknown.rivals[0])


def test_networks_that_tie_are_known_by_those_of_other_trials_or_not_at_all():
    tied = [score(0, {"beta": "0.1"}, [0.1, 0.1]), score(1, {"beta": "0.2"}, [0.2, 0.2])]
    (rival,) = compare(tied, "min").rivals
    assert not rival.worse
    assert math.isnan(rival.low)
    spread = score(2, {"beta": "1"}, [0.4, 0.6])
    errors = {trial.number: trial.error for trial in floored([*tied, spread])}
    assert errors == pytest.approx({0: 0.1, 1: 0.1, 2: 0.1})


def test_the_error_of_a_share_is_at_least_that_of_counting():
    (sure,) = floored([score(0, {}, [1.0] * 4, rows=100)])
    # By hand: 402 of 404 are right, counted 400 times.
    assert sure.error == pytest.approx(math.sqrt(402 / 404 * 2 / 404 / 400))
    wide = score(0, {}, [0.2, 0.9], rows=100)
    assert floored([wide]) == [wide]
    assert floored([Scored(0, {}, 1.0, 0.0)])[0].error == 0.0


def test_other_values_keep_their_own_errors():
    generator = np.random.default_rng(5)
    trials = [score(n, {}, of) for n, of in enumerate(generator.standard_normal((20, 3)))]
    assert floored(trials) == trials


def test_limits_of_a_value_are_those_of_t_over_its_networks():
    low, high = score(0, {}, [1.0, 2.0, 3.0, 4.0, 5.0]).limits
    assert (low, high) == pytest.approx(stats.ttest_1samp([1, 2, 3, 4, 5], 0).confidence_interval())
    assert all(map(math.isnan, score(0, {}, [1.0, 2.0, 3.0, 4.0]).limits))
    assert Scored(0, {}, 1.0, 0.1).limits == pytest.approx((0.804, 1.196), abs=1e-4)
    assert all(map(math.isnan, Scored(0, {}, 1.0).limits))


def test_sentences_name_what_differs():
    a = Scored(0, {"beta": "0.1234567891", "activation": "tanh"}, 1.0, 0.1)
    b = Scored(1, {"beta": "0.5", "activation": "tanh"}, 1.1, 0.1)
    comparison = compare([a, b], "max")
    sentence = comparison.sentence(comparison.rivals[0])
    assert sentence.startswith("beta = 0.5 and beta = 0.123 cannot be told apart: they differ by")
    assert [trial.number for trial in contenders(comparison)] == [1, 0]


def test_a_search_is_compared_each_point_once(storage_uri):
    study = opened(storage_uri, "x=0..1:step=0.5;y=1..2;z=1..2")
    outcome = search(study, SearchPlan(trials=20, sampler="random"), computed)
    comparison = compare_trials(study, outcome.trials)
    points = [tuple(t.parameters.values()) for t in [comparison.best, *contenders(comparison)]]
    assert len(comparison.rivals) + 1 <= 12
    assert comparison.best.error == 0.1
    assert comparison.best.degrees == 4
    assert len(set(points)) == len(points) - 1
    assert comparison.best.value == min(trial.values[0] for trial in outcome.trials.values())


def test_nothing_and_several_objectives_are_refused(storage_uri):
    with pytest.raises(InvalidInputError, match="0 trials"):
        compare([], "max")
    with pytest.raises(InvalidInputError, match="one objective"):
        compare_trials(opened(storage_uri, objectives="a:min,b:max"), {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.0012345678901234567", "0.00123"),
        ("4.5678901234e-07", "4.57e-07"),
        ("0.9995", "0.9995"),
        ("1234567890", "1234567890"),
        ("cosine|geometric", "cosine|geometric"),
    ],
)
def test_points_are_said_in_the_digits_of_a_reader(text, words):
    assert short(text) == words
