"""Claims of noisy networks whose training ended before what the paper speaks of."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.studies.running.groups import Condition
from ib_mlflow.units import text_of
from projects.noise.claims import bulk_is_gone
from projects.noise.guards import bulk
from projects.noise.layer_claims import LAYERS
from projects.noise.paper import HIDDEN
from projects.noise.readings import NoiseReadings, Regularisation
from projects.noise.saturation_claims import SATURATION, counted_pairs
from projects.noise.sweep_claims import CLAIMS

ORTHONORMAL = Condition(0.005, 5e-5)
UP = np.array([1.0, 3.0, 3.0, 3.0, 3.0])
END = np.array([0.0, 0.0, 0.0, 1.0, 1.0])


def claim_with(words, where="", claims=(*CLAIMS, *SATURATION, *LAYERS)):
    (claim,) = (each for each in claims if words in each.words and where in each.where)
    return claim


def shortened(group, last):
    """The same curves, trained for so many epochs in place of 1000."""
    plane, short = group.plane, replace(group)
    epochs = {epoch: last * place // 4 for place, epoch in enumerate(plane.epochs)}
    frame = plane.frame.assign(epoch=plane.frame["epoch"].map(epochs))
    # The plane is read once, and kept.
    short.__dict__["plane"] = replace(plane, frame=frame)
    return short


def with_saturated(group, count):
    rows = [
        {"member": member, "layer": layer, "at": at, "saturated": count, "units": 3}
        for member in group.group.members
        for at in (1.0, 0.5, 2.0)
        for layer in (1, 2)
    ]
    return replace(group, saturation=pd.DataFrame(rows))


@pytest.mark.parametrize(("last", "verdict"), [(40, "undecided"), (1000, "disagrees")])
def test_a_layer_that_has_not_compressed_by_epoch_40_may_do_so_from_80_on(
    noisy_group, last, verdict
):
    group = shortened(noisy_group(UP + 5, UP), last)
    judged = claim_with("rises and then falls", "Fig. 5a").judge(group)
    assert judged.verdict == verdict
    if last == 40:
        assert "the paper's drop of I(X;T) comes at 80: undecided" in text_of(judged.words)


@pytest.mark.parametrize("words", ["rises late in training, and less", "does not increase"])
def test_the_test_loss_is_no_question_before_it_rises_in_the_paper(noisy_group, words):
    flat = {"val_loss": 0.5}
    pair = Regularisation(
        noisy_group(UP, UP, **flat), noisy_group(UP, UP, condition=ORTHONORMAL, **flat)
    )
    judged = claim_with(words).judge(pair)
    assert judged.verdict == "undecided"


@pytest.mark.parametrize(("units", "verdict"), [(1, "undecided"), (3, "agrees")])
def test_units_that_do_not_saturate_yet_may(noisy_group, units, verdict):
    group = with_saturated(noisy_group(UP, UP), units)
    assert claim_with("at the end tanh saturates").judge(group).verdict == verdict


@pytest.mark.parametrize(("free", "verdict"), [(3, "agrees"), (0, "undecided")])
def test_that_units_stay_unsaturated_needs_free_ones_that_do_not(noisy_group, free, verdict):
    groups = [
        with_saturated(noisy_group(UP, UP), free),
        with_saturated(noisy_group(UP, UP, condition=ORTHONORMAL), 0),
    ]
    claim = claim_with("vast majority of units do not saturate")
    (finding,) = findings_of([claim], NoiseReadings(None, groups))
    assert finding.verdict == verdict
    assert finding.claim.startswith("tanh, beta=0.005, orthonormal")
    assert (
        counted_pairs(NoiseReadings(None, [groups[0], replace(groups[1], saturation=None)])) == []
    )


@pytest.mark.parametrize(("lost", "verdict"), [(2.0, "agrees"), (0.0, "undecided")])
def test_that_layers_stay_needs_free_weights_with_which_they_do_not(noisy_group, lost, verdict):
    groups = [
        noisy_group(UP + 5, UP - lost * END),
        noisy_group(UP + 5, UP, condition=ORTHONORMAL),
    ]
    findings = findings_of([claim_with("does not compress")], NoiseReadings(None, groups))
    assert findings[-1].verdict == verdict


@pytest.mark.parametrize(("late", "verdict"), [(0.7, "undecided"), (0.88, "disagrees")])
def test_an_accuracy_on_its_way_is_not_the_papers_yet(noisy_group, late, verdict):
    curve = dict(zip((0, 10, 50, 100, 1000), (0.5, 0.6, 0.65, late, 0.883), strict=True))
    group = noisy_group(
        UP, UP, val_accuracy=lambda rows: rows["epoch"].map(curve) + 1e-4 * rows["member"]
    )
    claim = claim_with("test accuracy at the end")
    configured = SimpleNamespace(configuration=SimpleNamespace(hidden=HIDDEN))
    (finding,) = findings_of([claim], NoiseReadings(configured, [group]))
    assert finding.verdict == verdict


SOON, LATE = np.array([0.0, 0.0, 1.0, 1.0, 1.0]), np.array([0.0, 0.0, 0.0, 0.0, 1.0])


@pytest.mark.parametrize(
    ("own", "last", "at_rest", "from_the_drop"),
    [
        (SOON, 1000, "agrees", "agrees"),
        (LATE, 1000, "undecided", "undecided"),
        # The spiral's figure has no epoch 80.
        (SOON, 40, "agrees", "undecided"),
    ],
)
def test_what_regularised_weights_keep_they_may_lose_where_they_move(
    noisy_group, own, last, at_rest, from_the_drop
):
    raised = np.array([4.0, 5.0, 5.0, 5.0, 5.0])
    groups = (
        noisy_group(raised + 5, raised - 3 * SOON),
        noisy_group(raised + 5, raised - 0.2 * own, condition=ORTHONORMAL),
    )
    pair = Regularisation(*(shortened(group, last) for group in groups))
    assert bulk(bulk_is_gone)(pair).verdict == at_rest
    claim = next(
        each for each in CLAIMS if each.where == "Sec. 5; Fig. 5b" and "bulk" in each.words
    )
    assert claim.judge(pair).verdict == from_the_drop
