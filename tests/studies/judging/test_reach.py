"""Which thresholds a judge reaches, and which not."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from ib_mlflow.studies.judging import margins, thresholds
from ib_mlflow.studies.judging.correlations import highly_correlated
from ib_mlflow.studies.judging.lengths import PaperEpoch, after
from ib_mlflow.studies.judging.margins import BULK, SAME_ACCURACY, TIGHT
from ib_mlflow.studies.judging.reach import thresholds_of
from ib_mlflow.studies.judging.shares import most_within
from ib_mlflow.studies.judging.threshold import Threshold
from ib_mlflow.studies.judging.thresholds import FOLLOWS, LATER, NEAR, SHARE, SHORT
from projects.noise import claims, noise_sweep
from projects.planes.main_claims import accuracy_stays
from projects.registry import STUDIES, load_study


@pytest.mark.parametrize("wrapped", [accuracy_stays, partial(accuracy_stays)])
def test_a_judge_reaches_what_it_names(wrapped):
    assert thresholds_of([wrapped, wrapped]) == [SAME_ACCURACY]
    assert thresholds_of([len, np.mean]) == []


def test_a_judge_reaches_what_it_calls_and_not_what_its_file_knows():
    reached = thresholds_of([claims.stays])
    assert set(reached) == {SHARE, NEAR}
    assert TIGHT not in reached
    assert BULK in thresholds_of([claims.bulk_is_gone])


def test_an_argument_that_is_passed_hides_the_one_that_stands_for_it():
    assert thresholds_of([highly_correlated]) == [SHORT]
    assert thresholds_of([lambda of: highly_correlated(of, of, short=FOLLOWS)]) == [FOLLOWS]
    assert thresholds_of([lambda of: highly_correlated(*of, short=FOLLOWS)]) == [FOLLOWS]


def test_a_judge_that_a_function_makes_knows_what_it_was_made_with():
    def made(limit):
        return lambda values: most_within(values, limit)

    assert thresholds_of([made(TIGHT)]) == [TIGHT]


def test_a_guard_prints_by_how_much_later_it_waits():
    rise = PaperEpoch(1000, "rise of the loss")
    assert thresholds_of([after(len, rise, float)]) == [LATER]
    assert thresholds_of([after(len, replace(rise, factor=1), float)]) == []


def test_claims_without_subjects_print_no_thresholds():
    """Of ReLU networks alone the slope of tanh decides nothing."""
    by_words = {claim.words: thresholds_of([claim.judge]) for claim in noise_sweep.STUDY.claims}
    flat = [words for words, reached in by_words.items() if margins.FLAT in reached]
    assert flat
    assert all("satur" in words for words in flat)


def test_every_threshold_is_reached_by_a_judge_or_read_before_it():
    every = {
        value
        for module in (margins, thresholds)
        for value in vars(module).values()
        if isinstance(value, Threshold)
    }
    reached = set(
        thresholds_of(claim.judge for name in STUDIES for claim in load_study(name).claims)
    )
    unread = {value.decides for value in every - reached}
    assert unread <= {
        thresholds.SEEN.decides,  # which settings a power law is fitted to
        margins.LEARNT.decides,  # which networks a claim is asked of
    }
