"""Claims about three architectures judged on numbers whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from ib_mlflow.information import decoder_information
from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.units import text_of
from projects.inversion.architectures import (
    DENSE,
    PLAIN,
    POOLED,
    Architectures,
    InvertedArchitecture,
)
from projects.inversion.invariance import STUDY, Configuration
from projects.inversion.invariance_claims import architecture_table, draw
from projects.inversion.paper import GREY

TRUE = {
    DENSE: {"right": 0.5, "bound": -80.0, "moved": 1.0},
    PLAIN: {"right": 0.8, "bound": -60.0, "moved": 1.0},
    POOLED: {"right": 0.95, "bound": -65.0, "moved": 4.5},
}
"""What the paper found, in its signs: accuracy, E[ln q(x|h)] in nats, distance in pixels."""


@pytest.fixture
def architectures(blank, samples_at):
    """Makes what would be read of architectures of these truths, in their order."""

    def build(truths):
        parts = blank((1, 20, 20), 2, name="affine_mnist", n=400)
        parts = replace(parts, evaluation=replace(parts.evaluation, inputs=points(400)))
        hard = np.random.default_rng(0).normal(0, 8, 400)
        terms = {
            name: truth["bound"] + hard + balanced(sorted(TRUE).index(name), 400)
            for name, truth in truths.items()
        }
        unconditional = -90.0 + hard
        return Architectures(
            configuration=Configuration.parse(["--scale", "toy"]).model_copy(
                update={name: of.number for name, of in GREY.items()}
            ),
            parts=parts,
            inverted={
                name: InvertedArchitecture(
                    np.arange(400) < 400 * truth["right"], samples_at(moved=truth["moved"])
                )
                for name, truth in truths.items()
            },
            information=decoder_information(terms, dimensions=400, unconditional=unconditional),
            unconditional=unconditional,
        )

    return build


def points(n):
    """A point of ink in a square of 9 × 9 pixels, two of which are 4.7 pixels apart on average."""
    images, places = np.zeros((n, 1, 20, 20), np.uint8), np.arange(n)
    images[places, 0, places % 9, places // 9 % 9] = 1
    return images


def balanced(seed, n):
    """Noise of mean zero."""
    noise = np.random.default_rng(seed).normal(0, 1, n)
    return noise - noise.mean()


def findings(architectures):
    return {finding.claim: finding for finding in findings_of(STUDY.claims, architectures)}


def test_what_the_paper_found_agrees(architectures):
    judged = findings(architectures(TRUE))
    assert len(judged) == 6
    assert {finding.verdict for finding in judged.values()} == {"agrees"}
    words = text_of(judged["FC3 keeps more of the image without global pooling than with it"].words)
    assert words.startswith("5.000 nats")
    assert "The paper's: 4.5 nats." in words
    dense = "FC3 keeps more of the image in either convolutional network than in the fully "
    assert "The paper's: 11.2 nats." in text_of(judged[f"{dense}connected one"].words)


@pytest.mark.parametrize(
    ("name", "changed", "claim"),
    [
        (POOLED, {"right": 0.7}, "Global pooling classifies more digits rightly than no pooling"),
        (
            DENSE,
            {"right": 0.9},
            "Convolutions classify more digits rightly than fully connected layers",
        ),
        (
            POOLED,
            {"bound": -50.0},
            "FC3 keeps more of the image without global pooling than with it",
        ),
        (
            DENSE,
            {"bound": -63.0},
            "FC3 keeps more of the image in either convolutional network than in the fully "
            "connected one",
        ),
        (POOLED, {"moved": 1.2}, "With global pooling samples have lost the place of the digit"),
        (
            DENSE,
            {"moved": 4.0},
            "As without pooling, the fully connected network keeps the place, and its samples have "
            "moved less than those with global pooling",
        ),
    ],
)
def test_the_opposite_disagrees(architectures, name, changed, claim):
    judged = findings(architectures(TRUE | {name: TRUE[name] | changed}))
    verdicts = {each: finding.verdict for each, finding in judged.items()}
    assert verdicts.pop(claim) == "disagrees"
    assert set(verdicts.values()) == {"agrees"}


def test_the_order_of_architectures_changes_no_number(architectures):
    turned = {name: TRUE[name] for name in (POOLED, DENSE, PLAIN)}
    assert findings(architectures(turned)) == findings(architectures(TRUE))
    expected = architectures(TRUE)
    assert architectures(turned).scalars == expected.scalars
    assert expected.scalars["summary/test_accuracy.global_max"] == 0.95
    assert expected.scalars["summary/test_accuracy.fully_connected"] == 0.5


def test_numbers_stand_beside_the_papers(architectures):
    lines = architecture_table(architectures(TRUE)).markdown("nats").splitlines()
    (line,) = (line for line in lines if line.startswith(f"| {PLAIN} |"))
    assert "0.8000 [" in line
    assert "| 0.987 |" in line
    assert "| -699.55 nats |" in line
    bits = architecture_table(architectures(TRUE)).markdown("bits")
    assert f"{-699.55 / np.log(2):.2f} bits" in bits


def test_there_are_pictures_of_samples_and_bounds(architectures):
    small = replace(architectures(TRUE))
    assert set(draw(small)) == {"samples.png", "bounds.png"}
