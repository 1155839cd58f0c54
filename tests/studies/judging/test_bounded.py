import numpy as np
import pytest

from ib_mlflow.studies.judging.bounded import (
    cautious_values,
    changes,
    reliable_shares,
)
from ib_mlflow.studies.judging.judgements import Judgement, between
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import drops, gains
from ib_mlflow.units import text_of

RISEN = [[[1.0], [5.0], [5.0], [5.0], [3.0]], [[2.0], [4.0], [4.0], [4.0], [4.0]]]
"""Two members, five epochs, one layer."""
EPOCHS = range(5)
BOUNDS = [0.5, 3.5, 3.5, 3.5, -1.0, 1.5, 3.0, 3.0, 3.0, 2.0]
"""Lower bounds, by member and epoch."""


@pytest.fixture
def plane(curves_of):
    def build(reliable, bounds=BOUNDS):
        frame = curves_of(RISEN, epochs=EPOCHS).frame.assign(reliable=reliable)
        if bounds is not None:
            frame["i_x_lower"] = bounds
        return Trajectory(frame, curves_of(RISEN, epochs=EPOCHS).guides)

    return build


def test_where_all_is_reliable_the_estimates_are_what_they_are(plane):
    curves = plane(True)
    np.testing.assert_array_equal(cautious_values(curves), curves.frame["i_x"])
    for change in changes(curves, 1):
        np.testing.assert_allclose(change.gained, [4.0, 2.0])
        np.testing.assert_allclose(change.lost, [2.0, 0.0])


def test_where_nothing_is_reliable_the_bounds_take_their_place_and_none_is_negative(plane):
    np.testing.assert_array_equal(
        cautious_values(plane(False)), [0.5, 3.5, 3.5, 3.5, 0.0, 1.5, 3.0, 3.0, 3.0, 2.0]
    )
    np.testing.assert_array_equal(cautious_values(plane(False, None)), np.zeros(10))


def test_a_change_lies_between_what_bounds_and_estimates_allow(plane):
    estimate, least, largest = changes(plane(False), 1)
    np.testing.assert_allclose(estimate.lost, [2.0, 0.0])
    np.testing.assert_allclose(least.lost, [0.5, -1.0])
    np.testing.assert_allclose(largest.lost, [5.0, 2.0])
    np.testing.assert_allclose(least.gained, [2.5, 1.0])
    np.testing.assert_allclose(largest.gained, [4.5, 2.5])
    for name in ("gained", "lost"):
        low, middle, high = (getattr(of, name) for of in (least, estimate, largest))
        assert (low <= middle).all()
        assert (middle <= high).all()


def test_of_a_member_that_diverged_nothing_is_known(plane):
    curves = plane(True)
    frame = curves.frame
    frame.loc[(frame["member"] == 0) & (frame["epoch"] == 4), ["i_x", "i_x_lower"]] = np.nan
    for change in changes(Trajectory(frame, curves.guides), 1):
        assert np.isnan(change.lost[0])
        assert change.lost[1] == 0.0


AGREES, DISAGREES, UNDECIDED = (
    Judgement(verdict, ("In 3 of 4.",)) for verdict in ("agrees", "disagrees", "undecided")
)


@pytest.mark.parametrize(
    ("judgement", "limits", "verdict"),
    [
        (AGREES, (AGREES, AGREES), "agrees"),
        (AGREES, (AGREES, UNDECIDED), "undecided"),
        (AGREES, (DISAGREES, AGREES), "undecided"),
        (DISAGREES, (DISAGREES, DISAGREES), "disagrees"),
        (DISAGREES, (DISAGREES, AGREES), "undecided"),
        (UNDECIDED, (AGREES, AGREES), "undecided"),
    ],
)
def test_a_verdict_is_kept_where_it_holds_at_both_limits(judgement, limits, verdict):
    kept = between(judgement, limits)
    assert kept.verdict == verdict
    left_open = judgement.verdict != "undecided" and verdict == "undecided"
    said = f"By the estimates it {judgement.verdict}, but their limits leave it open."
    assert (said in text_of(kept.words)) is left_open
    assert text_of(kept.words).startswith("In 3 of 4.")


def test_shares_of_reliable_estimates_by_layer(curves_of):
    frame = curves_of(np.ones((2, 2, 2)), epochs=(0, 1)).frame
    frame["reliable"] = (frame["layer"] == 2) | (frame["epoch"] == 0)
    plane = Trajectory(frame, curves_of(np.ones((1, 1, 1)), epochs=(0,)).guides)
    assert reliable_shares(plane) == {1: 0.5, 2: 1.0}


def test_changes_are_those_of_the_one_definition_of_compression(plane):
    curves = plane(True)
    for change in changes(curves, 1):
        np.testing.assert_array_equal(change.lost, drops(curves, 1))
        np.testing.assert_array_equal(change.gained, gains(curves, 1))
