"""Two turning points beside each other, on curves and gradients whose answer is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.units import text_of
from projects.phases.transitions import (
    coincides,
    coincides_by_seed,
    last_transitions,
    transition_claims,
    transition_of,
)

SEEDS = 12
SPREAD = [4, 8, 16, 32, 64, 128] * 2


@pytest.fixture
def transition(plane, group, turning, gradients):
    """Of the last hidden layer, from each member's own epochs."""

    def build(peaks, falls, *, lift=0.0, lost=(), until=512, since=1):
        i_x = np.array([turning(peak, until=until) + lift for peak in peaks])
        i_x[list(lost)] = np.nan
        norms = gradients(falls)
        norms.loc[norms["member"].isin(lost), ["gradient_mean", "gradient_std"]] = np.nan
        known = norms[norms["epoch"] >= since]
        return transition_of(group("networks", plane(i_x), gradients=known), 2)

    return build


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(1, "agrees"), (2, "undecided"), (4, "undecided"), (8, "disagrees")],
)
def test_turning_points_within_a_factor_are_about_the_same(transition, factor, verdict):
    judged = coincides(transition([16] * SEEDS, [16 * factor] * SEEDS))
    assert judged.verdict == verdict
    assert f"Median epochs: {16 * factor:g} of the fall, 16 of the largest" in text_of(
        judged.words, "nats"
    )


def test_half_of_the_networks_decide_nothing(transition):
    judged = coincides(transition([16] * SEEDS, [16, 128] * (SEEDS // 2)))
    assert judged.verdict == "undecided"


def test_networks_that_turn_later_also_fall_later(transition):
    both = transition(SPREAD, SPREAD)
    assert coincides_by_seed(both).verdict == "agrees"
    other = transition(SPREAD, [*SPREAD[3:], *SPREAD[:3]])
    assert coincides_by_seed(other).verdict == "undecided"


def test_where_all_turn_at_once_permuted_peaks_are_as_good(transition):
    both = transition([16] * SEEDS, [16] * SEEDS)
    assert coincides(both).verdict == "agrees"
    assert coincides_by_seed(both).verdict == "undecided"


def test_a_curve_that_is_highest_at_its_end_has_no_transition_long_before(transition):
    assert coincides(transition([2000] * SEEDS, [16] * SEEDS)).verdict == "disagrees"


def test_of_a_curve_that_is_highest_at_its_end_nothing_is_told_shortly_before(transition):
    late = transition([2000] * SEEDS, [512] * SEEDS)
    for judge in (coincides, coincides_by_seed):
        assert judge(late).verdict == "undecided"
        assert text_of(judge(late).words) == "In no network are both known."
    some = coincides(transition([16] * 8 + [2000] * 4, [16] * 8 + [512] * 4))
    assert some.verdict == "undecided"
    assert "of 8 networks; of 4 more the measured epochs do not tell" in text_of(some.words)


LAST = 1024


def test_a_ratio_that_falls_to_its_end_has_no_transition_long_before(transition):
    late = transition([16] * SEEDS, [LAST] * SEEDS)
    assert coincides(late).verdict == "disagrees"
    assert "Median epochs: beyond training of the fall, 16 of" in text_of(coincides(late).words)


def test_of_a_ratio_that_falls_to_its_end_nothing_is_told_shortly_before(transition):
    """At epoch 1024 the fall is within a factor of 2 of 512; after it, it may not be."""
    late = transition([512] * SEEDS, [LAST] * SEEDS, until=LAST)
    for judge in (coincides, coincides_by_seed):
        assert judge(late).verdict == "undecided"
        assert text_of(judge(late).words) == "In no network are both known."
    some = coincides(transition([16] * 8 + [512] * 4, [16] * 8 + [LAST] * 4, until=LAST))
    assert some.verdict == "undecided"
    assert "of 8 networks; of 4 more the measured epochs do not tell" in text_of(some.words)


def test_of_a_ratio_that_falls_from_its_first_known_epoch_nothing_is_told_about_it(transition):
    """It may have fallen more steeply before; that it falls at 64 or later is excluded."""
    for since, verdict in ((1, "agrees"), (16, "undecided")):
        assert coincides(transition([16] * SEEDS, [16] * SEEDS, since=since)).verdict == verdict
    assert coincides(transition([128] * SEEDS, [16] * SEEDS, since=16)).verdict == "disagrees"


def test_either_judge_is_asked_at_half_and_at_twice_the_distance(transition):
    both = transition(SPREAD, SPREAD)
    for judge in (coincides, coincides_by_seed):
        assert "At half the threshold it agrees, at twice it" in text_of(judge(both).words, "nats")


def test_nothing_is_judged_near_to_ln_n(transition):
    # ln 3000 is 8.006; the curves reach 5 nats.
    near = transition([16] * SEEDS, [16] * SEEDS, lift=2.9)
    assert near.unresolved == SEEDS
    for judge in (coincides, coincides_by_seed):
        judged = judge(near)
        assert judged.verdict == "undecided"
        assert "within 2 % of ln n in all 12 networks" in text_of(judged.words, "nats")


def test_members_that_diverged_are_left_out(transition):
    judged = coincides(transition([16] * SEEDS, [16] * SEEDS, lost=(0, 5)))
    assert judged.verdict == "agrees"
    assert "of 10 networks" in text_of(judged.words, "nats")
    assert "nan" not in text_of(judged.words, "nats")


def test_all_that_diverged_decide_nothing(transition):
    lost = transition([16] * SEEDS, [16] * SEEDS, lost=range(SEEDS))
    assert {judge(lost).verdict for judge in (coincides, coincides_by_seed)} == {"undecided"}


def test_groups_are_read_at_their_last_hidden_layer(plane, group, turning, gradients):
    own = group("networks", plane([turning(16)] * SEEDS), gradients=gradients([16] * SEEDS))
    [of] = last_transitions([own])
    assert (of.name, of.layer, of.ratio) == ("networks", 2, "SNR")
    claims = transition_claims("Slide", lambda readings: readings.transitions)
    findings = [claim.findings(SimpleNamespace(transitions=[of]))[0] for claim in claims]
    assert findings[0].claim == "networks, layer 2: argmin d SNR / dt ≈ argmax I(X;T)"
    assert [finding.verdict for finding in findings] == ["agrees", "undecided"]


def guarded(of):
    claims = transition_claims("Slide", lambda readings: [readings])
    return [claim.findings(of)[0].verdict for claim in claims]


def test_a_peak_that_little_was_lost_since_may_come_later(plane, group, gradients, turning):
    """Lost are 0.3 nats, less than a twentieth of 8; then 3."""
    for lost, verdict in ((0.3, "undecided"), (3.0, "disagrees")):
        i_x = np.array([turning(128, lost=lost)] * SEEDS)
        of = transition_of(group("networks", plane(i_x), gradients=gradients([8] * SEEDS)), 2)
        assert coincides(of).verdict == "disagrees"
        assert guarded(of)[0] == verdict


def test_what_coincides_before_a_second_phase_stays_decided(transition):
    assert guarded(transition(SPREAD, SPREAD)) == ["agrees", "agrees"]
