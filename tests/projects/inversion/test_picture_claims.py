"""Variety and blur of pictures that are made with both."""

from dataclasses import replace

import numpy as np
import pytest

from projects.inversion.inversion import Configuration
from projects.inversion.inverted import Inversion
from projects.inversion.picture_claims import (
    Pictures,
    fine_power,
    get_blurrier,
    pictures,
    variety,
    vary_more,
)


def test_variety_of_independent_bits_is_the_chance_that_two_differ():
    share = 0.3
    samples = np.random.default_rng(0).random((200, 4, 1, 14, 14)) < share
    spread = variety(samples, 2)
    error = spread.std() / np.sqrt(spread.size)
    assert spread.mean() == pytest.approx(2 * share * (1 - share), abs=4 * error)
    assert (variety(samples * 255, 256) == spread).all()
    assert variety(np.ones((3, 4, 1, 5, 5)), 2).tolist() == [0, 0, 0]


def test_power_of_all_frequencies_is_the_variance_and_blur_takes_the_fine_ones():
    images = np.random.default_rng(1).normal(size=(50, 2, 16, 16))
    frequency = np.hypot(np.fft.fftfreq(16)[:, None], np.fft.fftfreq(16))
    # White noise has the same power everywhere.
    share = (frequency > 0.25).mean()
    power = fine_power(images)
    assert power.mean() == pytest.approx(share, abs=4 * power.std() / np.sqrt(50))
    blurred = sum(np.roll(images, (i, j), (2, 3)) for i in (0, 1) for j in (0, 1)) / 4
    response = (
        np.cos(np.pi * np.fft.fftfreq(16))[:, None] * np.cos(np.pi * np.fft.fftfreq(16))
    ) ** 2
    left = response[frequency > 0.25].sum() / 256
    assert fine_power(blurred).mean() == pytest.approx(left, rel=0.1)


@pytest.fixture
def drawn(inverted):
    """CONV1's samples vary by so much and its reconstructions are so blurred, CONV2's by others."""

    def build(flips=(0.1, 0.3), shares=(1.0, 0.5), name="svhn"):
        generator = np.random.default_rng(0)
        images = (generator.random((8, 1, 8, 8)) < 0.5).astype(np.uint8)
        samples = {}
        for layer, flip, share in zip(("CONV1", "CONV2"), flips, shares, strict=True):
            flipped = images[:, None] ^ (generator.random((8, 4, 1, 8, 8)) < flip)
            smooth = images.mean(axis=(2, 3), keepdims=True)
            samples[layer] = replace(
                inverted.samples[layer],
                inputs=images,
                samples=flipped.astype(np.uint8),
                reconstructions=(smooth + share * (images - smooth)).astype(np.float32),
            )
        parts = replace(inverted.parts, name=name)
        return replace(inverted, parts=parts, samples=samples)

    return build


@pytest.mark.parametrize(("flips", "verdict"), [((0.1, 0.3), "agrees"), ((0.3, 0.1), "disagrees")])
def test_samples_that_vary_more_are_seen(drawn, flips, verdict):
    judgement = vary_more(Pictures(drawn(flips=flips), "CONV1", "CONV2"))
    assert judgement.verdict == verdict
    # Eight images of one network: the report counts it apart.
    assert judgement.alone == "images of one network"


@pytest.mark.parametrize(("shares", "verdict"), [((1.0, 0.5), "agrees"), ((0.5, 1.0), "disagrees")])
def test_reconstructions_that_blur_are_seen(drawn, shares, verdict):
    assert get_blurrier(Pictures(drawn(shares=shares), "CONV1", "CONV2")).verdict == verdict


@pytest.mark.parametrize(("name", "beyond"), [("svhn", False), ("mnist", True)])
def test_the_paper_says_it_of_two_sets_of_images(drawn, name, beyond):
    (of,) = pictures(Inversion(Configuration.parse(["--scale", "toy"]), [drawn(name=name)]))
    assert (of.before, of.after) == ("CONV1", "CONV2")
    assert of.where.startswith("Beyond the paper") is beyond
