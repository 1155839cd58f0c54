"""Trainings that end before what a paper says of them, and controls that show nothing."""

from dataclasses import replace

import numpy as np
import pytest

from ib_mlflow.studies.judging.judgements import Judgement
from ib_mlflow.studies.judging.lengths import (
    EITHER,
    HAPPENS,
    STAYS_AWAY,
    Course,
    PaperEpoch,
    after,
    at_its_end,
    beside,
    unless_before,
)
from ib_mlflow.studies.judging.margins import SAME_ACCURACY, SETTLED, STILL
from ib_mlflow.studies.judging.reach import thresholds_of
from ib_mlflow.studies.judging.shares import most_within
from ib_mlflow.trajectory import Guides, Trajectory
from ib_mlflow.units import text_of

RISE = PaperEpoch(1000, "rise of the loss")
VERDICTS = ("agrees", "disagrees", "undecided")


def judged(verdict):
    return Judgement(verdict, ("It is so.",), 0.01)


def plane(before, end, losses=None):
    """Six networks whose curve goes from 0 to 10, to what is said before the end, and there."""
    curves = np.array([0.0, 10.0, before, end])[:, None] * np.ones((6, 1, 1))
    guides = Guides(h_x=20.0, h_y=0.69, i_xy=0.69)
    return Trajectory.from_arrays(
        curves, curves / 20, epochs=[0, 10, 50, 100], n=100, guides=guides, estimator="exact",
        setting="", learning={} if losses is None else {"train_loss": losses},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("turns", "left_open"),
    [(HAPPENS, {"disagrees"}), (STAYS_AWAY, {"agrees"}), (EITHER, {"agrees", "disagrees"})],
)
def test_what_training_on_might_turn_is_left_open_and_nothing_else(turns, left_open):
    guards = (
        after(judged, RISE, lambda _: 999, turns),
        at_its_end(judged, lambda _: Course(plane(8, 5), 1), turns),
    )
    for guard in guards:
        turned = {verdict for verdict in VERDICTS if guard(verdict).verdict != verdict}
        assert turned == left_open
        assert all(guard(verdict).p_value is None for verdict in turned)


@pytest.mark.parametrize(
    ("stuck", "verdict"), [(0, "disagrees"), (2, "disagrees"), (3, "undecided"), (6, "undecided")]
)
def test_networks_that_have_learnt_nothing_have_not_come_to_rest(stuck, verdict):
    losses = np.where(np.arange(6)[:, None] < stuck, 0.69, [0.69, 0.4, 0.1, 0.1])
    guard = at_its_end(judged, lambda _: Course(plane(5, 5, losses), 1), HAPPENS)
    end = guard("disagrees")
    assert end.verdict == verdict
    if verdict == "undecided":
        assert f"Only {6 - stuck} of 6 networks have learnt" in text_of(end.words)


@pytest.mark.parametrize(("end", "verdict"), [(100, "disagrees"), (101, "undecided")])
def test_a_training_as_long_as_the_papers_ends_as_its_does(end, verdict):
    moving = Course(plane(8, 5), 1, end=end)
    assert at_its_end(judged, lambda _: moving)("disagrees").verdict == verdict


def test_a_training_long_enough_keeps_its_verdict_as_it_is():
    long, at_rest = (
        after(lambda of: of, RISE, lambda _: 2000),
        at_its_end(lambda of: of, lambda _: Course(plane(5.5, 5), 1)),
    )
    for whole in map(judged, VERDICTS):
        assert long(whole) is whole
        assert at_rest(whole) is whole


def test_the_words_name_both_epochs():
    short, near = (
        text_of(unless_before(judged("disagrees"), RISE, last=last).words) for last in (100, 1500)
    )
    assert short.endswith(
        "Training ended at epoch 100, the paper's rise of the loss comes at 1,000: undecided."
    )
    assert "at epoch 1,500" in near
    assert "up to 2 times later" in near


def test_parts_are_judged_as_a_whole():
    guarded = after(lambda _: (judged("agrees"), judged("disagrees")), RISE, lambda _: 5)
    assert guarded(None).verdict == "undecided"
    assert len(guarded(None).parts) == 2


@pytest.mark.parametrize(
    ("away", "there", "verdict"),
    [
        ("agrees", "agrees", "agrees"),
        ("agrees", "disagrees", "undecided"),
        ("agrees", "undecided", "undecided"),
        ("disagrees", "disagrees", "disagrees"),
        ("undecided", "agrees", "undecided"),
    ],
)
def test_nothing_stays_away_from_where_it_never_was(away, there, verdict):
    guarded = beside(lambda _: judged(away), lambda _: judged(there), "free weights have it")
    assert guarded(None).verdict == verdict


def test_what_is_there_to_stay_away_is_said_as_a_clause():
    guarded = beside(judged, lambda _: judged("disagrees"), "labels are learnt")
    assert text_of(guarded("agrees").words).endswith(
        "That labels are learnt disagrees: undecided, for nothing is there to stay away."
    )


def jittering(step, column):
    """Six flat curves of one information and a loss that jitter as far; the rest stays 1."""
    epochs = np.arange(41)
    curves = np.random.default_rng(5).uniform(0.0, step, (6, 41, 1))
    other = np.ones_like(curves)
    i_x, i_y = (curves + 2, other) if column == "i_x" else (other, 0.3 + curves / 2)
    guides = Guides(h_x=20.0, h_y=0.69, i_xy=0.69)
    flat = Trajectory.from_arrays(
        i_x, i_y, epochs=epochs, n=100, guides=guides, estimator="exact", setting=""
    )
    return replace(flat, frame=flat.frame.assign(val_loss=flat.frame[column]))


@pytest.mark.parametrize("column", ["i_x", "i_y"])
@pytest.mark.parametrize("verdict", VERDICTS)
def test_an_information_that_only_jitters_is_at_rest(column, verdict):
    guarded = at_its_end(judged, lambda _: Course(jittering(0.9 * STILL, column), 1, column))
    assert guarded(verdict).verdict == verdict


def test_one_that_moves_farther_or_has_another_unit_is_not():
    courses = (
        Course(jittering(2 * STILL, "i_x"), 1),
        Course(jittering(0.9 * STILL, "i_x"), 1, "val_loss"),
    )
    for course in courses:
        guarded = at_its_end(judged, lambda _, course=course: course)
        assert guarded("agrees").verdict == "undecided"


def test_a_guarded_judge_still_tells_its_thresholds():
    def stays(of):
        return most_within(of, SAME_ACCURACY)

    guarded = at_its_end(stays, lambda of: Course(of, 1))
    assert {SAME_ACCURACY, SETTLED, STILL} <= set(thresholds_of([guarded]))
