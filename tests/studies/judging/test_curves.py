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
from ib_mlflow.studies.judging.drops import falls_somewhere
from ib_mlflow.units import text_of

MEMBERS = 12


@pytest.fixture
def plane(curves_of):
    """One layer's curve, alike in all members but for a shift; some members diverge."""

    def build(curve, lost=()):
        i_x = np.asarray(curve, np.float64)[None, :, None]
        i_x = i_x + np.linspace(0, 0.01, MEMBERS)[:, None, None]
        i_x[list(lost), 2:] = np.nan
        return curves_of(i_x, epochs=(0, 10, 50, 100, 1000))

    return build


@pytest.mark.parametrize(
    ("curve", "both", "fall"),
    [
        ([1, 5, 5, 5, 2], "agrees", "agrees"),
        ([5, 4, 3, 2, 1], "disagrees", "agrees"),
        ([5, 5.02, 5.02, 4, 3], "disagrees", "agrees"),
        ([1, 2, 3, 3, 3], "disagrees", "disagrees"),
    ],
)
def test_a_layer_that_only_falls_has_not_risen_and_fallen(plane, curve, both, fall):
    curves = plane(curve, lost=(1, 2))
    assert rises_and_falls(curves, 1).verdict == both
    assert falls(curves, 1).verdict == fall
    assert keeps(curves, 1).verdict == ("disagrees" if fall == "agrees" else "agrees")


def test_members_that_diverged_do_not_vote(plane):
    judgement = keeps(plane([1, 1, 1, 1, 1], lost=(1, 2)), 1)
    assert "In 10 of 10 networks" in text_of(judgement.words)


def test_a_layer_compresses_from_a_share_of_the_entropy_of_the_input(plane):
    assert compressing(plane([1, 1, 1, 1, 1])) == pytest.approx(0.4)
    for lost, verdict in ((0.19, "disagrees"), (0.39, "undecided"), (0.81, "agrees")):
        assert falls(plane([5, 5, 5, 5, 5 - lost]), 1).verdict == verdict


def test_a_gain_counts_from_a_tenth_of_a_bit(plane):
    for gained, verdict in (
        (NEAR / 2 - 0.001, "disagrees"),
        (NEAR + 0.001, "undecided"),
        (2 * NEAR + 0.001, "agrees"),
    ):
        assert rises_and_falls(plane([4, *[4 + gained] * 3, 3]), 1).verdict == verdict


def test_what_was_measured_is_written_in_the_readers_unit(plane):
    words = rises_and_falls(plane([1, 5, 5, 5, 2]), 1).words
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


SIZES = [0.05, 0.3, 3.0]
"""Of noise, in nats, where a loss counts from 0.4."""


@pytest.mark.parametrize("scale", SIZES)
def test_noise_is_not_said_to_compress(curves_of, scale):
    """Flat curves and nothing but errors: of 60 ensembles a fortieth may agree, by the level."""
    generator = np.random.default_rng(round(100 * scale))
    agreed, peak = np.zeros(3), 0
    for _ in range(60):
        curves = 10 + scale * generator.normal(size=(20, 20, 1))
        plane = curves_of(curves, epochs=tuple(range(20)))
        judged = (
            falls(plane, 1), rises_and_falls(plane, 1),
            falls_somewhere(plane, 1, least=compressing(plane)),
        )  # fmt: skip
        agreed += [judgement.verdict == "agrees" for judgement in judged]
        peak += np.mean(curves.max(axis=1) - curves[:, -1] > compressing(plane)) > 0.8
    assert (agreed <= 5).all(), "1.5 are nominal, and 5 within three standard deviations of them"
    assert peak > 50 or scale < 1, "by the peak minus the end all would compress"
    if scale <= 0.05:
        assert keeps(plane, 1).verdict == "agrees"


def test_a_fall_in_some_networks_is_told_from_none(curves_of):
    curves = np.full((20, 5, 1), 5.0)
    curves[:7, -1] = 3.0
    plane = curves_of(curves, epochs=(0, 10, 50, 100, 1000))
    assert falls(plane, 1).verdict != "agrees"
    judgement = falls_somewhere(plane, 1, least=0.4)
    assert judgement.verdict == "agrees"
    assert text_of(judgement.words).startswith("7 of 20 networks fall by more than 0.400 nats")
    curves[7:14, -1] = 7.0
    assert falls_somewhere(curves_of(curves, epochs=range(5)), 1, least=0.4).verdict == "undecided"
    assert (
        falls_somewhere(curves_of(curves[14:], epochs=range(5)), 1, least=0.4).verdict
        == "undecided"
    )
