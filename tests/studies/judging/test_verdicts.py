import numpy as np
import pytest
from scipy import stats

from ib_mlflow.information import Estimate
from ib_mlflow.studies.judging.intervals import Interval
from ib_mlflow.studies.judging.verdicts import (
    interval_of,
    judge_interval,
    most,
    positive,
    reproduces,
    rises,
    sometimes,
)
from ib_mlflow.units import nats, text_of


def test_diverged_members_do_not_vote():
    held = np.array([1.0] * 7 + [np.nan] * 6)
    judgement = most(held)
    assert judgement.verdict == "agrees"
    assert "In 7 of 7 networks" in text_of(judgement.words)
    assert text_of(judgement.words).endswith("; 6 of 13 diverged, left out.")
    judgement = rises([1.0, 1.1, 0.9, np.nan])
    assert judgement.verdict == "agrees"
    assert "positive in 3 of 3 networks; 1 of 4 diverged, left out." in text_of(judgement.words)


def test_where_all_members_diverged_nothing_is_decided_and_nothing_is_nan():
    lost = np.full(5, np.nan)
    for judgement in (
        most(lost),
        sometimes(lost),
        rises(lost),
        reproduces(lost, 0.9),
    ):
        assert judgement.verdict == "undecided"
        assert "5 of 5 diverged, left out" in text_of(judgement.words)
        assert "nan" not in text_of(judgement.words)


def test_what_happens_sometimes_needs_one_network_and_no_number_of_them_refutes_it():
    assert sometimes([False] * 19 + [True]).verdict == "agrees"
    assert sometimes([False] * 20).verdict == "undecided"


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
    assert rises([1.0, 1.1, 0.9]).verdict == "agrees"
    assert rises([-1.0, -1.1, -0.9]).verdict == "disagrees"
    assert rises([-1.0, 1.0]).verdict == "undecided"


def test_a_number_of_the_paper_is_reproduced_as_often_as_the_interval_says():
    generator = np.random.default_rng(1)
    draws = generator.normal(0.9, 0.01, size=(500, 9))
    verdicts = [reproduces(d[:8], float(d[8])).verdict for d in draws]
    share_of_agreement = np.mean([verdict == "agrees" for verdict in verdicts])
    assert share_of_agreement == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 500))
    assert reproduces([0.9], 0.9).verdict == "undecided"


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.3, "agrees"), (-0.3, "disagrees"), (0.19, "undecided")]
)
def test_one_number_is_judged_by_its_standard_error(value, verdict):
    judgement = positive(Estimate(value, 0.1, "point", n=400))
    assert judgement.verdict == verdict
    assert "over 400 images" in text_of(judgement.words)


def test_the_interval_of_an_estimate_holds_95_percent():
    judgement = interval_of(Estimate(2.0, 0.5, "lower", n=10))
    assert stats.norm(2.0, 0.5).cdf(judgement.high) == pytest.approx(0.975)
    assert stats.norm(2.0, 0.5).cdf(judgement.low) == pytest.approx(0.025)


def test_notes_stand_behind_the_sentence_and_are_written_in_the_readers_unit():
    note = ("Lost ", nats(np.log(2)), ".")
    judgement = most([True, False], note=note)
    assert text_of(judgement.words, "bits").endswith(
        "a share of 0.50 [0.09, 0.91]. Lost 1.000 bits."
    )
    assert text_of(judgement.words).endswith(". Lost 0.693 nats.")
    mean = rises([np.log(2), np.log(2)])
    assert text_of(mean.words, "bits").startswith(
        "Mean 1.000 bits [1.000, 1.000]; positive in 2 of 2"
    )


def test_numbers_of_another_unit_are_written_as_they_are():
    judgement = rises([1.0, 2.0, 3.0], "cells", of="ensembles")
    assert text_of(judgement.words, "bits").startswith("Mean 2.000 cells [")
    assert "positive in 3 of 3 ensembles" in text_of(judgement.words)
    accuracy = reproduces([0.9] * 5, 0.95, digits=2)
    assert text_of(accuracy.words) == (
        "Mean 0.90 [0.90, 0.90], standard deviation 0.00. The paper's: 0.95."
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
