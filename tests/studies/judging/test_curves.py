"""Judgements of planes on curves whose answer is known."""

import numpy as np
import pytest

from ib_mlflow.studies.judging.curves import (
    NEAR,
    compressing,
    early_epoch,
    falls,
    keeps,
    loss_rises,
    rises_and_falls,
)
from ib_mlflow.units import text_of

MEMBERS = 12


@pytest.fixture
def plane(curves_of):
    """One layer's curve, alike in all members but for a shift; some members diverge."""

    def build(curve, lost=()):
        i_x = np.asarray(curve, np.float64)[None, :, None]
        i_x = i_x + np.linspace(0, 0.01, MEMBERS)[:, None, None]
        i_x[list(lost), 2:] = np.nan
        return curves_of(i_x)

    return build


@pytest.mark.parametrize(
    ("curve", "both", "fall"),
    [
        ([1, 4, 5, 2], "agrees", "agrees"),
        ([5, 4, 3, 2], "disagrees", "agrees"),
        ([5, 5.05, 4, 3], "disagrees", "agrees"),
        ([1, 2, 3, 3], "disagrees", "disagrees"),
    ],
)
def test_a_layer_that_only_falls_has_not_risen_and_fallen(plane, curve, both, fall):
    curves = plane(curve, lost=(1, 2))
    assert rises_and_falls(curves, 1).verdict == both
    assert falls(curves, 1).verdict == fall
    assert keeps(curves, 1).verdict == ("disagrees" if fall == "agrees" else "agrees")


def test_members_that_diverged_do_not_vote(plane):
    judgement = keeps(plane([1, 1, 1, 1], lost=(1, 2)), 1)
    assert "In 10 of 10 networks" in text_of(judgement.words)


def test_a_layer_compresses_from_a_share_of_the_entropy_of_the_input(plane):
    assert compressing(plane([1, 1, 1, 1])) == pytest.approx(0.4)
    for lost, verdict in ((0.39, "disagrees"), (0.41, "agrees")):
        assert falls(plane([5, 5, 5, 5 - lost]), 1).verdict == verdict


def test_a_gain_counts_from_a_tenth_of_a_bit(plane):
    for gained, verdict in ((NEAR - 0.001, "disagrees"), (NEAR + 0.001, "agrees")):
        assert rises_and_falls(plane([4, 4 + gained, 3, 3]), 1).verdict == verdict


def test_what_was_measured_is_written_in_the_readers_unit(plane):
    words = rises_and_falls(plane([1, 4, 5, 2]), 1).words
    assert "lost after it: 3.000 nats" in text_of(words)
    assert "counted from 0.100 bits; lost after it: 4.328 bits" in text_of(words, "bits")


@pytest.mark.parametrize(("sign", "verdict"), [(1, "agrees"), (-1, "disagrees")])
def test_training_on_makes_the_loss_larger_or_smaller(curves_of, sign, verdict):
    shift = np.linspace(0, 0.02, 6)[:, None]
    loss = 1.0 + sign * np.array([0.0, 0.1, 0.3, 0.6]) * (1 + shift)
    accuracy = np.full((6, 4), 0.9) - [0, 0, 0.1, 0.2]
    curves = curves_of(np.ones((6, 4, 1)), val_loss=loss, val_accuracy=accuracy)
    assert early_epoch(curves) == 100
    judgement = loss_rises(curves)
    assert judgement.verdict == verdict
    assert f"Mean {sign * 0.303:.3f} nats" in text_of(judgement.words)
    assert "Accuracy changed by -0.1000" in text_of(judgement.words)
