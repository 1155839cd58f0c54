import numpy as np
import pytest

from projects.phases.students import IRRELEVANT, RELEVANT, WHOLE
from projects.phases.subspace_claims import (
    IRRELEVANT_FALLS,
    RELEVANT_STAYS,
    WHILE_FITTING,
    WHOLE_STAYS,
    falls_around,
    falls_while_fitting,
    fitted,
    irrelevant_falls,
    relevant_stays,
    whole_stays,
)
from projects.phases.subspaces import LayerCurves

T, E = 21, 12
RISES = np.linspace(1.0, 3.0, T)
EARLY = np.r_[np.linspace(2.0, 1.0, 6), np.full(T - 6, 1.0)]
LATE = np.r_[np.full(T - 6, 2.0), np.linspace(2.0, 1.0, 6)]
ERRORS = np.r_[np.linspace(1.0, 0.1, 6), np.full(T - 6, 0.1)]


def layer_of(*, whole=RISES, relevant=RISES, irrelevant=EARLY, errors=ERRORS, lost=()):
    """Students that are alike but for a shift; some diverge."""
    shift = np.linspace(0, 0.01, E)[:, None]
    curves = {WHOLE: whole, RELEVANT: relevant, IRRELEVANT: irrelevant}
    information = {name: curve + shift for name, curve in curves.items()}
    errors = np.tile(errors, (E, 1))
    for of in (*information.values(), errors):
        of[list(lost), 10:] = np.nan
    return LayerCurves("some", tuple(range(T)), information, errors)


@pytest.mark.parametrize(
    ("judge", "curves", "verdict"),
    [
        (irrelevant_falls, {}, "agrees"),
        (irrelevant_falls, {"irrelevant": RISES}, "disagrees"),
        (irrelevant_falls, {"irrelevant": np.full(T, 2.0)}, "disagrees"),
        (relevant_stays, {}, "agrees"),
        (relevant_stays, {"relevant": EARLY}, "disagrees"),
        (relevant_stays, {"relevant": np.full(T, 2.0)}, "disagrees"),
        (whole_stays, {}, "agrees"),
        (whole_stays, {"whole": LATE}, "disagrees"),
        (falls_while_fitting, {}, "agrees"),
        (falls_while_fitting, {"irrelevant": LATE}, "disagrees"),
        (falls_while_fitting, {"irrelevant": RISES}, "disagrees"),
    ],
)
def test_verdicts_of_known_curves(judge, curves, verdict):
    assert judge(layer_of(**curves)).verdict == verdict


@pytest.mark.parametrize(
    "judge", [irrelevant_falls, relevant_stays, whole_stays, falls_while_fitting]
)
def test_students_that_diverged_are_left_out(judge):
    judgement = judge(layer_of(lost=(5,)))
    assert judgement.verdict == "agrees"
    assert "; 1 of 12 diverged, counted against either verdict" in judgement.words
    assert judge(layer_of(lost=range(E))).verdict == "undecided"


def test_the_fit_is_done_at_95_percent_of_the_way_down():
    errors = np.array(
        [[1.0, 0.5, 0.06, 0.05, 0.5], [1.0, 1.0, 1.0, 1.0, 1.0], [1.0] + [np.nan] * 4]
    )
    assert fitted(errors).tolist() == [2, 0, 0]


def test_what_is_lost_before_and_after_adds_up():
    before, after = falls_around(layer_of(irrelevant=LATE), np.full(E, T - 3))
    np.testing.assert_allclose(before, 0.6)
    np.testing.assert_allclose(before + after, 1.0)


STEADY = np.r_[np.linspace(1.0, 3.0, 6), np.full(T - 6, 3.0)]
SLOW = np.linspace(1.0, 0.1, T)


@pytest.mark.parametrize(
    ("judge", "curves", "verdict"),
    [
        (IRRELEVANT_FALLS, {}, "agrees"),
        (IRRELEVANT_FALLS, {"irrelevant": RISES}, "undecided"),
        (IRRELEVANT_FALLS, {"irrelevant": STEADY}, "disagrees"),
        (RELEVANT_STAYS, {"relevant": STEADY}, "agrees"),
        (RELEVANT_STAYS, {}, "undecided"),
        (WHOLE_STAYS, {"whole": STEADY}, "agrees"),
        (WHOLE_STAYS, {}, "undecided"),
        (WHOLE_STAYS, {"whole": LATE}, "disagrees"),
        (WHILE_FITTING, {}, "agrees"),
        (WHILE_FITTING, {"errors": SLOW}, "undecided"),
        (WHILE_FITTING, {"irrelevant": LATE}, "disagrees"),
        (WHILE_FITTING, {"irrelevant": LATE, "errors": SLOW}, "undecided"),
    ],
)
def test_students_that_still_learn_leave_open_what_may_turn(judge, curves, verdict):
    assert judge(layer_of(**curves)).verdict == verdict
