from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.information import ib_curve
from ib_mlflow.studies.judging.bottleneck import BoundedPlane
from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.trajectory import Guides, Trajectory
from projects.phases import bound_claims
from projects.phases.bound_claims import CLAIMS
from projects.phases.bound_reporting import bound_figures, bound_tables
from projects.phases.bounds import Bounds, Rule

MEMBERS = 12
SPREAD = np.linspace(0, 1, MEMBERS)
CURVE = ib_curve([[0.45, 0.05], [0.05, 0.45]], np.geomspace(1, 100, 100))


@pytest.fixture
def rule():
    """Three layers at the start and at the end, by the tradeoffs above them and their distances."""

    def build(tradeoffs=(8, 5, 3), near=0.01, far=0.3, *, i_x=None, lost=(), losses=SPREAD):
        if i_x is None:
            i_x = [float(CURVE.i_x[np.searchsorted(CURVE.tradeoff, of)]) for of in tradeoffs]
        places = np.broadcast_to(np.array(i_x), (MEMBERS, 2, 3)).copy()
        below = np.array([far, near])[None, :, None] * (1 + 0.1 * SPREAD[:, None, None])
        heights = CURVE.bound(places) - below
        for member in lost:
            places[member, -1] = heights[member, -1] = np.nan
        plane = Trajectory.from_arrays(
            places,
            np.where(np.isnan(heights), np.nan, np.maximum(heights, 0)),
            epochs=[0, 100],
            n=4096,
            guides=Guides(8.3, 0.69, CURVE.information),
            estimator="known",
            setting="",
            learning={"val_loss": np.stack([losses, losses], axis=1)},
        )
        group = SimpleNamespace(name="I(X;Y) = 0.5 bits", last_hidden=2, plane=lambda: plane)
        return Rule(group, BoundedPlane(plane, CURVE))

    return build


@pytest.mark.parametrize(
    ("near", "verdict"), [(0.01, "agrees"), (0.0, "agrees"), (-0.05, "disagrees")]
)
def test_a_layer_above_the_bound_is_seen(rule, near, verdict):
    assert bound_claims.satisfies(rule(near=near)).verdict == verdict


@pytest.mark.parametrize(("near", "verdict"), [(0.01, "agrees"), (0.2, "disagrees")])
def test_the_end_is_near_up_to_a_tenth_of_a_bit(rule, near, verdict):
    assert bound_claims.ends_near(rule(near=near).last_hidden).verdict == verdict


def test_a_layer_that_knows_all_of_x_is_at_the_bound_by_nothing_it_learnt(rule):
    judgement = bound_claims.ends_near(rule(near=0.0, i_x=(8.25, 8.25, 8.25)).last_hidden)
    assert judgement.verdict == "undecided"
    assert f"In {MEMBERS} networks it knows all of X" in "".join(map(str, judgement.words))


@pytest.mark.parametrize(
    ("far", "near", "verdict"),
    [
        (0.2, 0.1, "agrees"),
        (0.1, 0.2, "disagrees"),
        (0.01, 0.02, "undecided"),
        (1e-13, 1e-14, "undecided"),
    ],
)
def test_training_leads_nearer_or_away(rule, far, near, verdict):
    assert bound_claims.approaches(rule(far=far, near=near).last_hidden).verdict == verdict


@pytest.mark.parametrize(("i_x", "verdict"), [((3, 0.1, 0.05), "agrees"), ((3, 2, 1), "disagrees")])
def test_what_a_layer_could_spare(rule, i_x, verdict):
    assert bound_claims.needs_all(rule(near=0.001, i_x=i_x).last_hidden).verdict == verdict


@pytest.mark.parametrize("column", ["tradeoff", "tradeoff_across"])
@pytest.mark.parametrize(
    ("tradeoffs", "verdict"),
    [((8, 5, 3), "agrees"), ((5, 8, 3), "disagrees"), ((5, 5, 3), "disagrees")],
)
def test_the_tradeoff_falls_from_layer_to_layer(rule, column, tradeoffs, verdict):
    judgement = bound_claims.tradeoff_falls(rule(tradeoffs, near=0.001), column)
    assert judgement.verdict == verdict


def test_tradeoffs_beyond_the_bound_tell_nothing(rule):
    judgement = bound_claims.tradeoff_falls(rule(i_x=(5, 4, 0.1)))
    assert judgement.verdict == "undecided"
    assert "In 12 other networks" in judgement.words[-1]
    assert bound_claims.tradeoff_falls(rule(i_x=(5, 0.4, 0.1))).verdict == "agrees"
    assert bound_claims.tradeoff_falls(rule(i_x=(0.4, 5, 4))).verdict == "disagrees"


@pytest.mark.parametrize(("losses", "verdict"), [(SPREAD, "agrees"), (1 - SPREAD, "disagrees")])
def test_nearer_to_the_bound_goes_with_a_lower_loss(rule, losses, verdict):
    assert bound_claims.nearer_is_better(rule(losses=losses)).verdict == verdict


def test_every_claim_leaves_out_what_diverged(rule):
    of = rule(lost=(0, 3))
    ensembles = SimpleNamespace(configuration=SimpleNamespace(unit="nats"))
    readings = Bounds(ensembles, [of])
    findings = findings_of(CLAIMS, readings)
    assert len(findings) == 1 + 3 + 3 + 2 + 1 + 1
    words = ["".join(str(word) for word in finding.words) for finding in findings]
    assert "2 of 12 diverged" in words[1]
    assert "nan" not in "".join(finding.claim for finding in findings)
    (table,) = bound_tables(readings).values()
    assert [row[0] for row in table.rows] == ["layer 1", "layer 2", "the output"]
    tradeoffs = [float(row[-2]) for row in table.rows]
    np.testing.assert_allclose(tradeoffs, [8, 5, 3], rtol=0.05)
    assert set(bound_figures(readings)) == {
        "theoretical_bound.png",
        "distances.png",
        "tradeoffs.png",
    }


def test_networks_that_all_diverged_leave_every_claim_undecided(rule):
    readings = Bounds(SimpleNamespace(), [rule(lost=range(MEMBERS))])
    verdicts = {finding.claim: finding.verdict for finding in findings_of(CLAIMS, readings)}
    # what was measured before they diverged is measured
    assert verdicts.pop(next(iter(verdicts))) == "agrees"
    assert set(verdicts.values()) == {"undecided"}


def the_claim(words):
    (claim,) = (each for each in CLAIMS if words in each.words)
    return claim.judge


@pytest.mark.parametrize(
    ("words", "column", "of_layer"),
    [
        ("gets nearer", "i_x", True),
        ("bound's slope at the I(X;T)", "i_x", False),
        ("bound's slope at the I(T;Y)", "i_y", False),
        ("the more optimal", "i_x", False),
    ],
)
@pytest.mark.parametrize(("moves", "verdict"), [(False, "agrees"), (True, "undecided")])
def test_places_under_the_bound_are_judged_at_rest(rule, words, column, of_layer, moves, verdict):
    of = rule(near=0.001, far=0.02)
    if moves:
        frame = of.bounded.plane.frame
        frame.loc[frame["epoch"] == 0, column] += 0.2
    assert the_claim(words)(of.last_hidden if of_layer else of).verdict == verdict
