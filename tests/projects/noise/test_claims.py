"""Claims about noisy networks on curves whose answer is known."""

import numpy as np
import pytest

from ib_mlflow.studies.judging.bounded import cautious_values, changes, errors_table
from ib_mlflow.studies.running.ensembles import Condition
from ib_mlflow.trajectory import Guides, Trajectory
from projects.noise.claims import (
    Child,
    compression_finding,
    correlation,
    late_loss,
    less_compression,
    processing,
)

GUIDES = Guides(h_x=8.3, h_y=0.69, i_xy=0.69)
EPOCHS = [0, 10, 100, 1000]
RISE_AND_FALL = np.array([1.0, 4.0, 5.0, 2.0])
RISE = np.array([1.0, 2.0, 3.0, 3.0])
MEMBERS = 8


def curves(first, last, *, error=0.01, loss=None) -> Trajectory:
    """Two layers with the given curves, alike in all members but for a shift."""
    shift = np.linspace(0, 0.1, MEMBERS)[:, None, None]
    i_x = np.stack([first, last], axis=-1)[None] + shift
    made = Trajectory.from_arrays(
        i_x,
        np.full_like(i_x, 0.5),
        epochs=EPOCHS,
        n=4096,
        guides=GUIDES,
        estimator="sp",
        setting="",
        learning={} if loss is None else {"val_loss": np.broadcast_to(loss, (MEMBERS, 4))},
    )
    return Trajectory(made.frame.assign(i_x_se=error), GUIDES)


def child(first, last, *, beta=0.005, orthonormality=0.0, binned=None, **more) -> Child:
    plane = curves(first, last, **more)
    bins = plane if binned is None else curves(first, binned)
    return Child("tanh", Condition(beta, orthonormality), plane, bins)


def test_a_layer_that_loses_three_nats_compresses_and_one_that_loses_none_does_not():
    falling, rising = child(RISE + 5, RISE_AND_FALL), child(RISE + 5, RISE)
    ask = {"where": "here", "unit": "nats"}
    assert compression_finding(falling, **ask).verdict == "agrees"
    assert compression_finding(rising, **ask).verdict == "disagrees"
    assert compression_finding(rising, **ask, expected=False).verdict == "agrees"
    assert compression_finding(falling, **ask, expected=False).verdict == "disagrees"


def test_compression_is_compared_seed_by_seed():
    falling, rising = child(RISE + 5, RISE_AND_FALL), child(RISE + 5, RISE, orthonormality=5e-5)
    found = less_compression(falling, rising, claim="", where="", unit="nats")
    assert found.verdict == "agrees"
    assert "Mean 3.000 nats" in found.found
    other_way = less_compression(rising, falling, claim="", where="", unit="nats")
    assert other_way.verdict == "disagrees"


@pytest.mark.parametrize(
    ("excess", "verdict"), [(-1.0, "agrees"), (0.05, "agrees"), (0.2, "disagrees")]
)
def test_a_deeper_layer_may_exceed_the_one_before_by_the_errors_only(excess, verdict):
    # Four standard errors of a difference between errors of 0.01 are 0.057.
    found = processing(child(RISE, RISE + excess), "here")
    assert found.verdict == verdict


def test_bins_that_follow_are_correlated_and_bins_that_do_not_are_not():
    follows = child(RISE + 5, RISE_AND_FALL, binned=0.5 * RISE_AND_FALL)
    assert correlation(follows, "here").verdict == "agrees"
    against = child(RISE_AND_FALL + 5, RISE_AND_FALL, binned=20 - 3 * RISE_AND_FALL)
    assert correlation(against, "here").verdict == "disagrees"


def test_the_late_loss_counts_from_the_lowest():
    found = late_loss(child(RISE, RISE, loss=np.array([0.7, 0.2, 0.3, 0.55])))
    np.testing.assert_allclose(found, np.full(MEMBERS, 0.35))


def unsure(plane: Trajectory, lower) -> Trajectory:
    """The same curves, none of them reliable, with lower bounds of the last layer."""
    frame = plane.frame
    below = frame["i_x"] - frame["epoch"].map(dict(zip(EPOCHS, lower, strict=True)))
    return Trajectory(frame.assign(reliable=False, i_x_lower=below), GUIDES)


@pytest.mark.parametrize(
    ("lower", "verdict"),
    [((0.1, 0.1, 0.1, 0.1), "agrees"), ((3.0, 3.0, 4.0, 0.1), "undecided")],
)
def test_compression_counts_only_as_far_as_the_bounds_allow(lower, verdict):
    sure = child(RISE + 5, RISE_AND_FALL)
    found = compression_finding(
        Child("tanh", sure.condition, unsure(sure.plane, lower), sure.binned),
        where="here",
        unit="nats",
    )
    assert found.verdict == verdict
    assert "by the bounds from" in found.found
    assert ("By the estimates it agrees" in found.found) == (verdict == "undecided")


def test_unreliable_estimates_do_not_break_the_order_of_layers():
    made = child(RISE, RISE + 0.2)
    wide = Child("tanh", made.condition, unsure(made.plane, (0.5,) * 4), made.binned)
    assert processing(made, "here").verdict == "disagrees"
    assert processing(wide, "here").verdict == "undecided"


def test_without_recorded_bounds_only_what_is_reliable_counts():
    plane = curves(RISE + 5, RISE_AND_FALL)
    frame = plane.frame
    first = frame["epoch"] == EPOCHS[0]
    old = Trajectory(frame.assign(reliable=~first), GUIDES)
    values = cautious_values(old)
    np.testing.assert_array_equal(values[first], 0.0)
    np.testing.assert_array_equal(values[~first], frame.loc[~first, "i_x"])
    found, least, most = changes(old, 2)
    for change in (found, least, most):
        np.testing.assert_allclose(change.lost, 3.0)
    np.testing.assert_allclose(least.gained, found.gained)
    np.testing.assert_allclose(most.gained, 5.0 + np.linspace(0, 0.1, MEMBERS))


def test_a_rise_that_the_bounds_do_not_show_is_undecided():
    flat = child(RISE + 5, np.array([4.8, 5.0, 5.0, 2.0]))
    lifted = Child("tanh", flat.condition, unsure(flat.plane, (0.0, 0.3, 0.3, 0.0)), flat.binned)
    assert compression_finding(flat, where="here", unit="nats").verdict == "agrees"
    assert compression_finding(lifted, where="here", unit="nats").verdict == "undecided"


def test_the_table_of_errors_says_what_is_known():
    plane = unsure(child(RISE + 5, RISE_AND_FALL).plane, (0.5,) * 4)
    table = errors_table(plane, "nats").splitlines()
    assert table[0] == "| layer [nats] | I(X;T) | lower bound | reliable, all epochs |"
    assert table[-1] == "| 2 | 2.05 | 1.55 | 0 % |"
