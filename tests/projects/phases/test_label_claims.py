from dataclasses import replace

import pytest

from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.studies.running.groups import Condition
from projects.phases import label_claims
from projects.phases.label_claims import CLAIMS
from projects.phases.labellings import Labelling, Labellings, labelling_tables

RISES = [0.0, 0.1, 0.3, 0.4, 0.5, 0.6, 0.6]
FALLS = [1, 3, 5, 5, 4, 3, 2]


@pytest.fixture
def labelling(alike, group_of):
    def build(share=1.0, *, i_x=FALLS, i_y=RISES, true=0.0, train=0.99, val=0.5, lost=()):
        own = alike(i_x, i_y, lost=lost, train_accuracy=train, val_accuracy=val)
        group = group_of(
            f"{100 * share:g} % random labels", own, condition=Condition(random_labels=share)
        )
        return Labelling(group, alike(i_x, [true + 0.01] * 7, lost=lost))

    return build


@pytest.mark.parametrize(("train", "verdict"), [(0.99, "agrees"), (0.8, "disagrees")])
def test_a_labelling_is_fitted_or_not(labelling, train, verdict):
    assert label_claims.fits(labelling(train=train)).verdict == verdict


@pytest.mark.parametrize(
    ("val", "verdict"), [(0.52, "agrees"), (0.7, "disagrees"), (0.3, "disagrees")]
)
def test_a_guess_is_even(labelling, val, verdict):
    assert label_claims.guesses(labelling(val=val)).verdict == verdict


@pytest.mark.parametrize(("i_y", "verdict"), [(RISES, "agrees"), ([0.3] * 7, "disagrees")])
def test_labels_are_learnt_where_i_y_rises(labelling, i_y, verdict):
    assert label_claims.learns_the_labels(labelling(i_y=i_y)).verdict == verdict


@pytest.mark.parametrize(
    ("i_x", "verdict"), [([1, 2, 3, 4, 4, 4, 4], "agrees"), (FALLS, "disagrees")]
)
def test_compression_is_a_loss_after_the_highest(labelling, i_x, verdict):
    assert label_claims.does_not_compress(labelling(i_x=i_x)).verdict == verdict


def test_extremes_are_compared_seed_by_seed(labelling):
    falls, stays = labelling(0.0), labelling(1.0, i_x=[1, 2, 3, 4, 4, 4, 4])
    assert label_claims.compresses_less((falls, stays)).verdict == "agrees"
    assert label_claims.compresses_less((stays, falls)).verdict == "disagrees"
    assert label_claims.keeps_more((falls, stays)).verdict == "agrees"
    assert label_claims.keeps_more((stays, falls)).verdict == "disagrees"


def test_what_is_learnt_by_heart_is_not_what_generalises(labelling):
    true, random = labelling(0.0, true=0.6), labelling(1.0, true=0.1)
    assert label_claims.higher_by_learnt_labels((true, random)).verdict == "disagrees"
    assert label_claims.higher_by_true_labels((true, random)).verdict == "agrees"
    little = labelling(1.0, i_y=[0.3] * 7)
    assert label_claims.higher_by_learnt_labels((true, little)).verdict == "agrees"


@pytest.mark.parametrize(("sign", "verdict"), [(1, "agrees"), (-1, "disagrees")])
def test_true_labels_are_held_against_generalisation(labelling, sign, verdict):
    shares = [
        labelling(share, true=0.6 - share / 2, val=0.6 - sign * share / 4)
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    assert label_claims.true_labels_tell(Labellings(None, shares)).verdict == verdict


def test_claims_of_shares_that_are_not_there_are_not_judged(labelling):
    half = Labellings(None, [labelling(0.5)])
    assert half.random == half.extremes == []
    assert len(findings_of(CLAIMS, half)) == 1 + 1
    both = Labellings(None, [labelling(0.0, lost=(2,)), labelling(1.0, lost=(2,))])
    findings = findings_of(CLAIMS, both)
    assert len(findings) == 10
    assert not any("nan" in str(finding.words) for finding in findings)
    assert any("1 of 12 diverged" in str(finding.words) for finding in findings)
    first = labelling_tables(both)["The last hidden layer at the end"]
    assert "| 100 % random labels |" in first.markdown()


def the_claim(words):
    (claim,) = (each for each in CLAIMS if words in each.words)
    return claim


@pytest.mark.parametrize(("train", "verdict"), [(0.99, "agrees"), (0.5, "undecided")])
def test_that_nothing_generalises_needs_labels_that_were_learnt(labelling, train, verdict):
    assert the_claim("nothing generalises").judge(labelling(train=train)).verdict == verdict


@pytest.mark.parametrize(
    ("train", "verdict"),
    [([0.5, 0.6, 0.6, 0.6, 0.7, 0.8, 0.8], "disagrees"), ([0.5] * 6 + [0.8], "undecided")],
    ids=["at rest", "on its way"],
)
def test_labels_may_still_be_fitted(labelling, train, verdict):
    assert the_claim("easily fit a random").judge(labelling(train=train)).verdict == verdict


@pytest.mark.parametrize(
    ("i_x", "verdict"), [([1, 2, 3, 4, 4, 4, 4], "agrees"), ([1, 1, 2, 2, 2, 3, 4], "undecided")]
)
def test_a_layer_that_still_rises_may_compress_later(labelling, i_x, verdict):
    assert the_claim("can generalise, layer").judge(labelling(i_x=i_x)).verdict == verdict


REST, STAYS = [1, 3, 5, 5, 4, 2, 2], [1, 2, 3, 4, 4, 4, 4]


@pytest.mark.parametrize(
    ("words", "true", "random", "verdict"),
    [
        ("Compression is responsible", {"i_x": REST}, {"i_x": STAYS}, "agrees"),
        ("Compression is responsible", {"i_x": FALLS}, {"i_x": STAYS}, "undecided"),
        ("tells the sample complexity", {"i_x": REST}, {"i_x": STAYS}, "agrees"),
        ("tells the sample complexity", {"i_x": REST}, {"i_x": [*STAYS[:-1], 6]}, "undecided"),
        ("by the labels learnt of", {"i_y": RISES}, {"i_y": [0.3] * 7}, "agrees"),
        ("by the labels learnt of", {"i_y": [*[0.1] * 6, 0.6]}, {"i_y": [0.3] * 7}, "undecided"),
    ],
)
def test_labellings_are_compared_at_rest(labelling, words, true, random, verdict):
    extremes = labelling(0.0, **true), labelling(1.0, **random)
    assert the_claim(words).judge(extremes).verdict == verdict


@pytest.mark.parametrize(
    ("curve", "verdict"), [([0, 0.4, *[0.6] * 5], "agrees"), ([*[0.0] * 6, 0.6], "undecided")]
)
def test_true_labels_are_held_against_generalisation_at_rest(labelling, alike, curve, verdict):
    shares = [
        replace(
            labelling(share, val=0.9 - share / 4),
            true=alike(REST, [(1 - share) * at for at in curve]),
        )
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    follows = the_claim("by the true labels, over the shares").judge
    assert follows(Labellings(None, shares)).verdict == verdict
    higher = the_claim("by the true labels of all inputs").judge
    assert higher((shares[0], shares[-1])).verdict == verdict
