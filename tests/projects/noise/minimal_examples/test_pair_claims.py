"""Verdicts on two neurons whose motion is made up."""

from dataclasses import replace

import numpy as np
import pytest

from ib_mlflow.trajectory import Trajectory
from ib_mlflow.units import text_of
from projects.noise.minimal_examples.examples import leaky_pair
from projects.noise.minimal_examples.information import EXACT
from projects.noise.minimal_examples.pair_claims import (
    QUARTER,
    ZERO,
    clusters_the_quarter,
    compresses,
    splits,
    spread,
    tightens,
    turns_over,
)

EPOCHS = (0, 10, 100, 1000, 10_000, 20_000)
MEMBERS = 12
RISING, FALLING = [0, 0.5, 1, 1.5, 2], [0, 2, 1.5, 1, 0.5]
# By epoch (w1, b1, w2, b2). Inputs 1 to 4 are of class 0, 5 to 8 of class 1/4. At last
# z1 = 4.6 - x: class 0 lies at 3.6 to 0.6, class 1/4 behind the kink at -0.04 to -0.34.
PAPER = [
    (-0.01, 1.5, -1.0, -0.1),
    (-0.5, 4.6, -1.0, -0.1),
    (-1.0, 4.6, -1.0, -0.1),  # T1 of class 1/4 is -0.04, -0.14, -0.24, -0.34: three are above 0.
    (-1.0, 4.6, -1.0, 0.2),
    (-1.0, 4.6, -0.5, 0.2),
]


@pytest.fixture
def pair(trained_chain):
    """Networks that are alike but for a shift of their curves."""

    def make(parameters=PAPER, *, first=FALLING, second=RISING, rests=True, apart=1e-3):
        last = parameters[-1] if rests else tuple(1.5 * np.array(parameters[-1]))
        course = np.reshape([*parameters, last], (1, len(EPOCHS), 2, 2))
        weights = np.tile(course, (MEMBERS, 1, 1, 1))
        weights = weights * (1 + np.linspace(-1e-6, 1e-6, MEMBERS)[:, None, None, None])
        shift = np.linspace(0, apart, MEMBERS)[:, None] * np.arange(len(EPOCHS))
        curves = {
            (EXACT, layer): np.array([*curve, curve[-1]]) + shift
            for layer, curve in ((1, first), (2, second))
        }
        return trained_chain(leaky_pair(0.01), EPOCHS, curves, weights=weights)

    return make


def with_end(**changes):
    """The paper's course, but for the last epoch."""
    names = ("w1", "b1", "w2", "b2")
    last = dict(zip(names, PAPER[-1], strict=True)) | changes
    return [*PAPER[:-1], tuple(last[name] for name in names)]


def test_spreads_are_those_of_the_centres(pair):
    trained = pair()
    assert spread(trained, 1, ZERO)[:, -1] == pytest.approx(3.0, rel=1e-5)
    assert spread(trained, 1, QUARTER)[:, -1] == pytest.approx(0.3, rel=1e-5)
    assert spread(trained, 2, QUARTER)[:, -1] == pytest.approx(0.15, rel=1e-5)


def test_each_layer_is_judged_by_its_own_curve(pair):
    trained = pair(first=FALLING, second=RISING)
    assert compresses(1)(trained).verdict == "agrees"
    assert compresses(2)(trained).verdict == "disagrees"
    swapped = pair(first=RISING, second=FALLING)
    assert compresses(1)(swapped).verdict == "disagrees"
    assert compresses(2)(swapped).verdict == "agrees"
    # Exact curves: 2 nats to 0.5, less what the members are shifted by.
    assert "It falls by 2.162 bits" in text_of(compresses(1)(trained).words, "bits")


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [({}, "agrees"), ({"w1": 1.0}, "disagrees"), ({"b1": 9.0}, "disagrees")],
)
def test_the_first_neuron_clusters_the_quarter(pair, changes, verdict):
    assert clusters_the_quarter(pair(with_end(**changes))).verdict == verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "agrees"),
        ({"w2": 0.5}, "disagrees"),
        ({"w2": -20.0}, "disagrees"),
        # Class 0 spreads over 0.9 and 0.38 of what it does in T1: together by twice the share.
        ({"w2": -0.9, "b2": 3.5}, "undecided"),
        ({"w2": -0.9, "b2": 1.5}, "undecided"),
    ],
)
def test_the_second_neuron_turns_it_over(pair, changes, verdict):
    assert turns_over(pair(with_end(**changes))).verdict == verdict


def test_inputs_split_one_by_one(pair):
    trained = pair()
    # The first crossings are found at epoch 100, the last at epoch 1000.
    assert splits(trained).verdict == "agrees"
    assert "gained 1.001 nats" in text_of(splits(trained).words)
    assert "at epochs 10 to 1,000" in text_of(splits(trained).words)
    # All at once, with a falling curve, or never.
    together = [PAPER[0], PAPER[1], PAPER[1], PAPER[3], PAPER[4]]
    assert splits(pair(together)).verdict == "disagrees"
    assert splits(pair(second=FALLING)).verdict == "disagrees"
    assert splits(pair([*PAPER[:3], PAPER[2], PAPER[2]])).verdict == "disagrees"


def test_a_course_that_goes_on_is_not_judged_by_its_end(pair):
    moving = pair(rests=False)
    for judge in (clusters_the_quarter, turns_over, tightens):
        assert judge(moving).verdict == "undecided"
    assert "only 0 of 12 networks have come to rest" in text_of(turns_over(moving).words)
    # What has happened has happened; what may still happen is left open.
    assert splits(moving).verdict == "agrees"
    assert splits(pair([*PAPER[:3], PAPER[2], PAPER[2]], rests=False)).verdict == "undecided"


@pytest.mark.parametrize(("gain", "verdict"), [(1e-13, "disagrees"), (1e-6, "agrees")])
def test_rounding_of_an_exact_information_is_no_gain(pair, gain, verdict):
    curve = [1.0, 1.0, 1.0, 1.0 + gain, 1.0 + gain]
    assert splits(pair(second=curve, apart=0.0)).verdict == verdict


def test_what_may_still_fall_is_left_open(pair):
    assert compresses(2)(pair(second=RISING)).verdict == "disagrees"
    assert compresses(2)(pair(second=RISING, rests=False)).verdict == "undecided"
    assert compresses(2)(pair(second=FALLING, rests=False)).verdict == "agrees"


def test_a_fall_has_no_limit_below_nothing(pair):
    """Falls of 0 to 2 nats scatter so much that a t interval would begin below 0."""
    trained = pair(first=FALLING)
    frame = trained.trajectory.frame
    scaled = frame["i_x"] * np.where(frame["member"] == 0, 1.0, 1e-3)
    scattered = replace(
        trained, trajectory=Trajectory(frame.assign(i_x=scaled), trained.chain.guides)
    )
    words = text_of(compresses(1)(scattered).words)
    assert "It falls by 0.126 nats [0.0" in words


def test_tightening_is_judged_after_the_last_crossing(pair):
    shrinks = tightens(pair())
    assert text_of(shrinks.words, "bits").startswith("Mean 0.400 [0.400, 0.400]")
    assert "|w₂| from 1.000 [1.000, 1.000] to 0.500" in text_of(shrinks.words)
    assert shrinks.verdict == "agrees"
    assert tightens(pair(with_end(w2=-2.0))).verdict == "disagrees"
    assert tightens(pair(with_end(w2=-0.97))).verdict == "disagrees"
    assert tightens(pair(with_end(w2=-0.87))).verdict == "undecided"
