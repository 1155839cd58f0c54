import math

import numpy as np
import pytest
from searched import computed, opened

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.tuning import SearchPlan, compare_trials, contenders, search
from ib_mlflow.tuning.comparisons import Scored, compare
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
