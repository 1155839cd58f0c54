import numpy as np
import pytest

from ib_mlflow.studies.judging.claims import Finding
from ib_mlflow.studies.judging.multiplicity import in_words, kept


def findings(p_values, verdict="agrees"):
    return [Finding("It rises", "Fig. 1", verdict, ("1.",), p_value) for p_value in p_values]


def test_what_is_kept_is_by_the_definition():
    """The largest k whose k-th p-value is at most k/20 of 5 %, and all below it."""
    generator = np.random.default_rng(0)
    for _ in range(20):
        p_values = generator.beta(0.3, 2, size=20)
        ordered = np.sort(p_values)
        passing = np.flatnonzero(ordered <= 0.05 * np.arange(1, 21) / 20)
        most = ordered[passing[-1]] if passing.size else -1
        assert kept(findings(p_values)) == list(p_values <= most)


def test_of_nothing_a_twentieth_of_the_reports_keeps_something():
    generator = np.random.default_rng(1)
    reports = [any(kept(findings(generator.random(20)))) for _ in range(400)]
    assert np.mean(reports) <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 400)


def test_undecided_and_untested_verdicts_are_not_marked():
    assert kept(findings([1e-6], "undecided")) == [False]
    assert kept(findings([None, 1e-6])) == [False, True]
    assert kept([]) == []


@pytest.mark.parametrize(("count", "expected"), [(20, "about 1.0"), (30, "about 1.5")])
def test_what_chance_would_decide_is_said(count, expected):
    text = in_words(findings([0.01] * count))
    assert f"{count} verdicts rest on a test" in text
    assert expected in text
    assert in_words(findings([None] * 3)) == ""


@pytest.mark.parametrize(
    ("p_values", "verdict", "words"),
    [
        ([0.5, 0.9], "undecided", "; 0 are decided. None remains where"),
        ([0.01], "agrees", "1 verdict rests on a test; chance alone would have decided about 0.1"),
        ([0.01], "agrees", "; 1 is decided. The one marked with * remains where"),
        ([0.01, 0.01], "agrees", "; 2 are decided. The 2 marked with * remain where"),
    ],
)
def test_none_one_and_some_are_said_as_such(p_values, verdict, words):
    assert words in in_words(findings(p_values, verdict))
