"""The claims about noise in the gradient, on curves whose answer is known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.units import text_of
from projects.phases.descent_claims import (
    ALIKE,
    BETTER,
    FORGETS_MORE,
    descent_figures,
    descent_table,
    forgets,
    forgets_more_with_noise,
    generalises_alike,
    generalises_better_with_noise,
)
from projects.phases.descents import Comparison, Descent, Descents

SEEDS = 12


@pytest.fixture
def descent(plane, turning):
    def build(name="full batches", *, lost=3.0, accuracy=0.95, gone=(), shift=0.0):
        curves = np.stack(
            [turning(8, lost=lost * (1 + (seed - 5.5) / 1000)) for seed in range(SEEDS)]
        )
        accuracies = (
            np.full((SEEDS, 12), accuracy) + 1e-3 * np.cos(np.arange(SEEDS) + shift)[:, None]
        )
        curves[list(gone), 3:] = np.nan
        accuracies[list(gone), 3:] = np.nan
        losses = 1 - accuracies
        losses[:, 0] = 0.7  # networks that learn
        return Descent(name, name, plane(curves, losses, accuracies), 2, 52)

    return build


@pytest.mark.parametrize(
    ("lost", "verdict"), [(3.0, "agrees"), (0.1, "disagrees"), (-1, "disagrees")]
)
def test_a_layer_that_loses_enough_forgets(descent, lost, verdict):
    judgement = forgets(descent(lost=lost))
    assert judgement.verdict == verdict
    assert "counted from 0.400 nats" in text_of(judgement.words)


@pytest.mark.parametrize(
    ("stochastic", "full", "verdict"),
    [(3.0, 1.0, "agrees"), (1.0, 3.0, "disagrees"), (3.0, 3.0, "undecided")],
)
def test_noise_that_makes_layers_forget_more_agrees(descent, stochastic, full, verdict):
    of = Comparison("updates", descent(lost=stochastic), descent(lost=full))
    assert forgets_more_with_noise(of).verdict == verdict


@pytest.mark.parametrize(
    ("full", "alike", "better"),
    [
        (0.95, "agrees", "undecided"),
        (0.93, "disagrees", "agrees"),
        (0.943, "undecided", "agrees"),
        (0.9475, "agrees", "agrees"),
        (0.97, "agrees", "disagrees"),
    ],
)
def test_accuracies_count_as_alike_within_the_margin(descent, full, alike, better):
    of = Comparison("updates", descent(), descent(accuracy=full, shift=2.0))
    assert generalises_alike(of).verdict == alike
    assert generalises_better_with_noise(of).verdict == better


def test_members_that_diverged_are_left_out(descent):
    of = Comparison("updates", descent(), descent(lost=1.0, gone=(3,)))
    assert forgets(of.full).verdict == "agrees"
    assert forgets_more_with_noise(of).verdict == "agrees"
    assert "1 of 12 diverged, counted against" in text_of(forgets_more_with_noise(of).words)


def test_each_descent_is_tabled_and_drawn(descent):
    comparisons = [
        Comparison(what, descent("minibatches"), descent(f"full, equal {what}"))
        for what in ("updates", "epochs")
    ]
    ensembles = SimpleNamespace(configuration=SimpleNamespace(unit="bits"))
    readings = Descents(ensembles, comparisons)
    lines = descent_table(readings).markdown("bits").splitlines()
    assert len(lines) == 5
    assert lines[2].startswith("| minibatches | 1024 | 53248 |")
    pictures = descent_figures(readings)
    assert sorted(pictures) == ["lost_by_descent.png", "planes_by_descent.png"]
    assert pictures["lost_by_descent.png"].axes[0].get_ylabel().endswith("[bits]")


@pytest.mark.parametrize("moving", [None, "stochastic", "full"])
def test_both_accuracies_have_to_rest(descent, moving):
    rests, moves = np.array([0.5, 0.9, *[0.95] * 10]), np.array([0.5, *[0.7] * 10, 0.95])
    parts = {}
    for name in ("stochastic", "full"):
        own = descent(name)
        curve = moves if name == moving else rests
        accuracies = own.plane.frame["epoch"].map(dict(zip(own.plane.epochs, curve, strict=True)))
        jitter = 1e-3 * np.cos(own.plane.frame["member"] + (name == "full"))
        frame = own.plane.frame.assign(val_accuracy=accuracies + jitter)
        parts[name] = replace(own, plane=replace(own.plane, frame=frame))
    judged = ALIKE(Comparison("updates", **parts))
    assert judged.verdict == ("agrees" if moving is None else "undecided")
    assert ("come to rest" in text_of(judged.words)) == (moving is not None)


MOVES = np.array([0.5, *[0.7] * 10, 0.95])
RESTS = np.array([0.5, 0.9, *[0.95] * 10])


def with_accuracy(own, curve, level=0.0):
    frame = own.plane.frame
    accuracies = frame["epoch"].map(dict(zip(own.plane.epochs, curve + level, strict=True)))
    jitter = 1e-3 * np.cos(frame["member"] + level)
    return replace(
        own, plane=replace(own.plane, frame=frame.assign(val_accuracy=accuracies + jitter))
    )


@pytest.mark.parametrize(
    ("full", "verdict"), [(RESTS, "agrees"), (MOVES, "undecided")], ids=["at rest", "on its way"]
)
def test_full_batches_that_still_learn_are_not_less_accurate(descent, full, verdict):
    stochastic, other = descent("minibatches"), descent("full batches")
    of = Comparison("epochs", with_accuracy(stochastic, RESTS), with_accuracy(other, full, -0.05))
    assert generalises_better_with_noise(of).verdict == "agrees"
    assert BETTER(of).verdict == verdict


@pytest.mark.parametrize(
    ("peak", "verdict"), [(8, "agrees"), (600, "undecided")], ids=["at rest", "on its way"]
)
def test_full_batches_that_still_gain_may_forget_as_much(descent, plane, turning, peak, verdict):
    own = descent("full batches")
    i_x = np.stack([turning(peak, lost=0.5 + seed / 1000) for seed in range(SEEDS)])
    of = Comparison("epochs", descent("minibatches"), replace(own, plane=plane(i_x)))
    assert forgets_more_with_noise(of).verdict == "agrees"
    assert FORGETS_MORE(of).verdict == verdict
