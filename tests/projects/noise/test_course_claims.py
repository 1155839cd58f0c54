"""What happens from an epoch on, judged on curves whose answer is known."""

import numpy as np
import pytest

from ib_mlflow.studies.running.groups import Condition
from ib_mlflow.units import text_of
from projects.noise.course_claims import COURSE, falls_from, gains, last_layers, last_two_of_fig_5a
from projects.noise.layer_claims import NoisyLayer
from projects.noise.readings import NoiseReadings

FLAT = np.full(5, 3.0)


@pytest.mark.parametrize(
    ("curve", "verdict"),
    [([1, 3, 3, 3, 2], "agrees"), ([1, 3, 3, 2, 3], "disagrees"), ([1, 3, 3, 2, 2], "undecided")],
    ids=["falls after", "only before", "stays"],
)
def test_a_fall_counts_from_the_epoch_on(noisy_group, curve, verdict):
    """Of epochs 0, 10, 50, 100 and 1000 the fourth lies nearest to 160."""
    group = noisy_group(FLAT, np.array(curve, float))
    judged = falls_from(NoisyLayer(group, 2), 160)
    assert judged.verdict == verdict
    assert "From epoch 100 to 1000" in text_of(judged.words)


@pytest.mark.parametrize(("lower", "verdict"), [(2.9, "agrees"), (0.5, "undecided")])
def test_an_estimate_that_is_too_high_shows_no_fall(noisy_group, lower, verdict):
    group = noisy_group(
        FLAT,
        np.array([1.0, 3, 3, 3, 2]),
        reliable=lambda rows: rows["epoch"] == 1000,
        i_x_lower=lambda rows: np.minimum(rows["i_x"], lower + 0 * rows["i_x"]),
    )
    assert falls_from(NoisyLayer(group, 2), 160).verdict == verdict


@pytest.mark.parametrize(
    ("curve", "verdict"), [([1, 2, 3, 3, 3], "agrees"), ([3, 3, 3, 3, 3.0], "disagrees")]
)
def test_a_layer_gains_or_not(noisy_group, curve, verdict):
    group = noisy_group(FLAT, np.array(curve, float), condition=Condition(0.01))
    assert gains(group).verdict == verdict


@pytest.mark.parametrize(("late", "verdict"), [(2.9, "disagrees"), (2.0, "undecided")])
def test_what_has_not_fallen_by_the_end_may_still_where_it_moves(noisy_group, late, verdict):
    groups = [noisy_group(FLAT, np.array([1.0, 3, 3, late, 3]))]
    early = next(claim for claim in COURSE if "reduced even more" in claim.words)
    assert [of.verdict for of in early.findings(NoiseReadings(None, groups))] == [verdict]


def test_1000_epochs_say_nothing_of_what_comes_after_3200(noisy_group):
    groups = [noisy_group(FLAT, np.array([1.0, 3, 3, 2.9, 3]))]
    readings = NoiseReadings(None, groups)
    early, late = (claim for claim in COURSE if "Fig. 5a" in claim.where)
    assert {finding.verdict for finding in early.findings(readings)} == {"disagrees"}
    findings = late.findings(readings)
    assert {finding.verdict for finding in findings} == {"undecided"}
    assert len(findings) == len(last_two_of_fig_5a(readings)) == 2
    assert [of.layer for of in last_layers(readings)] == [2]
