"""By how much clusters form and tighten, on distances whose answer is known."""

import numpy as np
import pytest

from ib_mlflow.studies.judging.margins import PARTED, TIGHTER
from ib_mlflow.studies.judging.reach import thresholds_of
from ib_mlflow.units import text_of
from projects.noise import bin_claims, late_claims, layer_claims
from projects.noise.minimal_examples import pair_claims
from projects.noise.tightness import parted, tighter

WOBBLE = np.linspace(-0.004, 0.004, 8)
"""What eight networks differ by, far less than half of either threshold."""


@pytest.mark.parametrize(
    ("by", "verdict"),
    [
        (0.5, "agrees"),
        (0.15, "agrees"),  # at twice the threshold it would disagree, and hangs on it
        (0.07, "undecided"),
        (0.03, "disagrees"),
        (0.0, "disagrees"),
        (-0.2, "disagrees"),
    ],
)
@pytest.mark.parametrize("judge", [parted, lambda wide, own: tighter(own, wide)])
def test_a_little_less_is_not_enough(judge, by, verdict):
    wide = np.ones(8)
    hangs = 0.05 < by < 0.2
    judged = judge(wide, wide - by + WOBBLE)
    assert judged.verdict == ("undecided" if hangs else verdict)
    assert ("for it hangs on it" in text_of(judged.words)) == hangs
    assert "How much more than" in text_of(judged.words)


def test_networks_that_differ_by_more_than_they_tighten_leave_it_open():
    wide = np.ones(8)
    own = wide - 0.12 + 40 * WOBBLE
    assert parted(wide, own).verdict == tighter(own, wide).verdict == "undecided"


def test_a_network_that_diverged_counts_against_either_verdict():
    own = np.where(np.arange(8) < 1, np.nan, 0.3) + WOBBLE
    assert "1 of 8 diverged, counted against" in text_of(parted(np.ones(8), own).words)
    assert "1 of 8 diverged, counted against" in text_of(tighter(own, np.ones(8)).words)


@pytest.mark.parametrize(
    ("judge", "threshold"),
    [
        (bin_claims.parts_the_classes, PARTED),
        (bin_claims.tightens_with_depth, TIGHTER),
        (layer_claims.classes_part, PARTED),
        (late_claims.clusters_stay_wide, TIGHTER),
        (pair_claims.tightens, TIGHTER),
    ],
)
def test_reports_print_what_these_claims_are_decided_by(judge, threshold):
    assert threshold in thresholds_of([judge])
