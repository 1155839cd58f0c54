import numpy as np
import pytest
from scipy import stats

from ib_mlflow.information import Estimate
from ib_mlflow.studies.judging.intervals import Interval
from ib_mlflow.studies.judging.published import reproduces
from ib_mlflow.studies.judging.shares import sometimes
from ib_mlflow.studies.judging.verdicts import (
    always,
    interval_of,
    judge_interval,
    most,
    positive,
    rises,
)
from ib_mlflow.units import nats, text_of


def test_diverged_members_count_against_either_verdict():
    judgement = most([1.0] * 7 + [np.nan] * 6)
    assert judgement.verdict == "undecided"
    assert "In 7 of 7 networks" in text_of(judgement.words)
    assert text_of(judgement.words).endswith("; 6 of 13 diverged, counted against either verdict.")
    assert most([1.0] * 12 + [np.nan]).verdict == "agrees"
    assert most([0.0] * 12 + [np.nan]).verdict == "disagrees"
    rising = 1 + 0.1 * np.arange(12)
    assert rises([*rising, np.nan]).verdict == "agrees"
    assert rises([*-rising, np.nan]).verdict == "disagrees"
    judgement = rises([*rising[:5], np.nan, np.nan])
    assert judgement.verdict == "undecided"
    assert "positive in 5 of 5 networks; 2 of 7 diverged" in text_of(judgement.words)


def test_what_diverged_in_a_known_direction_enters_as_the_largest_difference():
    slightly = -0.01 * np.arange(1, 5)
    assert rises([*slightly, *[np.inf] * 6]).verdict == "undecided"
    assert rises([*slightly[:1], *[np.inf] * 9]).verdict == "agrees"
    assert rises([*slightly, *slightly, *[-np.inf] * 2]).verdict == "disagrees"
    assert "6 of 10 without limit upwards" in text_of(rises([*slightly, *[np.inf] * 6]).words)


def test_one_exception_refutes_what_is_said_of_all():
    assert always([True] * 19 + [False]).verdict == "disagrees"
    assert always([True] * 20).verdict == "agrees"
    assert "more than 14%" in text_of(always([True] * 20).words)
    assert always([True] * 5).verdict == "undecided"
    assert always([True] * 19 + [np.nan]).verdict == "undecided"


@pytest.mark.parametrize("differences", [[2e-16, 4e-16, 2e-16, 3e-16, 1e-16, 5e-16], [0.5] * 20])
def test_rounding_and_copies_of_one_number_decide_nothing(differences):
    assert rises(differences).verdict == "undecided"
    assert rises(differences).p_value is None


def test_a_share_is_judged_by_the_exact_test():
    for n in range(1, 30):
        for held in range(n + 1):
            p_value = stats.binomtest(held, n).pvalue
            judgement = most(np.arange(n) < held)
            decided = judgement.verdict != "undecided"
            assert decided == (p_value <= 0.05), (held, n)
    assert most([True] * 5).verdict == "undecided"
    assert most([True] * 6).verdict == "agrees"


def test_where_all_members_diverged_nothing_is_decided_and_nothing_is_nan():
    lost = np.full(5, np.nan)
    for judgement in (
        most(lost),
        sometimes(lost),
        rises(lost),
        reproduces(lost, 0.9),
    ):
        assert judgement.verdict == "undecided"
        assert "5 of 5 diverged, counted against either verdict" in text_of(judgement.words)
        assert "nan" not in text_of(judgement.words)


def test_what_happens_sometimes_happens_more_often_than_accidents():
    assert sometimes([False] * 17 + [True] * 3).verdict == "undecided"
    assert sometimes([False] * 16 + [True] * 4).verdict == "agrees"
    assert sometimes([False] * 20).verdict == "undecided"
    assert sometimes([False] * 19 + [True], chance=0.001).verdict == "agrees"


@pytest.mark.parametrize(
    ("holds", "verdict"),
    [([True] * 20, "agrees"), ([False] * 20, "disagrees"), ([True, False] * 10, "undecided")],
)
def test_verdict_of_a_share(holds, verdict):
    assert most(holds).verdict == verdict


def test_one_network_decides_nothing():
    assert rises([5.0]).verdict == "undecided"
    assert most([True]).verdict == "undecided"


def test_verdict_of_a_difference():
    assert rises([1.0, 1.1, 0.9, 1.2, 0.8]).verdict == "agrees"
    assert rises([-1.0, -1.1, -0.9, -1.2, -0.8]).verdict == "disagrees"
    assert rises([-1.0, 1.0, 1.1, -1.1, 0.2]).verdict == "undecided"
    assert rises([1.0, 1.1, 0.9, 1.2]).verdict == "undecided"
    assert rises([1.0, 1.1, 0.9, 1.2, 0.8]).p_value == pytest.approx(
        stats.ttest_1samp([1.0, 1.1, 0.9, 1.2, 0.8], 0).pvalue
    )


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.3, "agrees"), (-0.3, "disagrees"), (0.19, "undecided")]
)
def test_one_number_is_judged_by_its_standard_error(value, verdict):
    judgement = positive(Estimate(value, 0.1, "point", n=400))
    assert judgement.verdict == verdict
    assert "over 400 images of this network" in text_of(judgement.words)


def test_the_interval_of_an_estimate_holds_95_percent():
    judgement = interval_of(Estimate(2.0, 0.5, "lower", n=10))
    assert stats.t(9, 2.0, 0.5).cdf(judgement.high) == pytest.approx(0.975)
    assert stats.t(9, 2.0, 0.5).cdf(judgement.low) == pytest.approx(0.025)


def test_notes_stand_behind_the_sentence_and_are_written_in_the_readers_unit():
    note = ("Lost ", nats(np.log(2)), ".")
    judgement = most([True, False], note=note)
    assert text_of(judgement.words, "bits").endswith(
        "a share of 0.50 [no interval from so few]. Lost 1.000 bits."
    )
    assert text_of(judgement.words).endswith(". Lost 0.693 nats.")
    mean = rises([np.log(2)] * 5)
    assert text_of(mean.words, "bits").startswith(
        "Mean 1.000 bits [1.000, 1.000]; positive in 5 of 5"
    )


def test_numbers_of_another_unit_are_written_as_they_are():
    judgement = rises([1.0, 2.0, 3.0, 4.0, 5.0], "cells", of="ensembles")
    assert text_of(judgement.words, "bits").startswith("Mean 3.000 cells [")
    assert "positive in 5 of 5 ensembles" in text_of(judgement.words)
    accuracy = reproduces([0.9001, 0.8999, 0.9, 0.9, 0.9], 0.95, digits=2)
    assert text_of(accuracy.words) == (
        "Mean 0.90 [0.90, 0.90], standard deviation 0.00. The paper's: 0.95; the same is up to "
        "0.01 from it. At half the margin it disagrees, at twice it disagrees."
    )
    assert accuracy.verdict == "disagrees"


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        ((0.1, 0.3), "agrees"),
        ((-0.3, -0.1), "disagrees"),
        ((-0.1, 0.3), "undecided"),
        ((0.0, 0.3), "undecided"),
        ((-np.inf, np.inf), "undecided"),
        ((np.nan, np.nan), "undecided"),
    ],
)
def test_an_interval_decides_where_it_lies_on_one_side(limits, verdict):
    judgement = judge_interval(Interval(0.2, *limits), ("an exponent",), note="Of medians.")
    assert judgement.verdict == verdict
    assert text_of(judgement.words) == "An exponent. Of medians."
