"""Samples of known laws: distances by their closed forms."""

import math

import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.decoding.diversity import (
    class_agreement,
    colour_distance,
    sample_distance,
    sample_numbers,
)

N, K = 400, 8


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_bits_differ_as_often_as_their_law_says(p):
    generator = np.random.default_rng(0)
    samples = (generator.random((N, K, 3, 4, 4)) < p).astype(np.uint8)
    estimate = sample_distance(samples, levels=2)
    assert abs(estimate.value - 2 * p * (1 - p)) < 4 * estimate.standard_error
    # Of k samples a pair shares a sample with others: the error knows, by the variance of a
    # U-statistic over d = 48 independent pixels.
    first = p * (1 - p) * (1 - 2 * p) ** 2
    whole = 2 * p * (1 - p) * (1 - 2 * p * (1 - p))
    variance = (4 * (K - 2) * first + 2 * whole) / (K * (K - 1)) / 48 / N
    assert estimate.standard_error == pytest.approx(math.sqrt(variance), rel=4 / math.sqrt(2 * N))


def test_images_that_differ_among_each_other_do_not_count():
    generator = np.random.default_rng(1)
    images = generator.integers(256, size=(N, 1, 3, 4, 4), dtype=np.uint8)
    samples = np.repeat(images, K, axis=1)
    numbers = sample_numbers(samples, np.zeros(N, int), lambda x: np.zeros(len(x), int))
    assert numbers.distance.value == numbers.colour_distance.value == 0
    assert numbers.distance.standard_error == 0


def test_mean_colours_differ_as_their_law_says_whatever_the_pixels_do():
    generator = np.random.default_rng(2)
    # A colour from the corners of the cube, and a pattern whose mean is none.
    colours = generator.integers(2, size=(N, K, 3, 1, 1))
    pattern = np.where(generator.random((N, K, 3, 2, 8)) < 0.5, -20, 20)
    samples = (128 + 60 * colours + np.concatenate([pattern, -pattern], axis=3)).astype(np.uint8)
    by_count = [math.comb(3, count) / 8 * math.sqrt(count / 3) for count in range(4)]
    truth = 60 * sum(by_count) / 255
    estimate = colour_distance(samples)
    assert abs(estimate.value - truth) < 4 * estimate.standard_error
    # The patterns show where pixels are compared: |60 a + 20 b| with a of −1, 0, 0, 1, b of −2…2.
    pixels = [abs(60 * a + 20 * b) for a in (-1, 0, 0, 1) for b in (-2, 0, 0, 2)]
    distance = sample_distance(samples)
    assert abs(distance.value - np.mean(pixels) / 255) < 4 * distance.standard_error


def test_agreement_is_the_share_with_its_error_over_images():
    generator = np.random.default_rng(3)
    classes = generator.integers(10, size=N)
    # All samples of an image agree, or none does: eight of them say no more than one.
    holds = generator.random(N) < 0.7
    shown = np.where(holds, classes, (classes + 1) % 10)
    samples = np.broadcast_to(shown[:, None, None, None, None], (N, K, 1, 2, 2)).astype(np.uint8)
    calls = []

    def classify(images):
        calls.append(images.shape)
        return images[:, 0, 0, 0].astype(np.int64)

    estimate = class_agreement(samples, classes, classify)
    assert calls == [(N * K, 1, 2, 2)]
    assert estimate.value == pytest.approx(holds.mean())
    assert estimate.n == N
    assert estimate.standard_error == pytest.approx(holds.std(ddof=1) / math.sqrt(N))
    assert abs(estimate.value - 0.7) < 4 * estimate.standard_error


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros((3, 1, 1, 2, 2), np.uint8),
        np.zeros((1, 3, 1, 2, 2), np.uint8),
        np.zeros((3, 3, 2, 2), np.uint8),
        np.zeros((3, 3, 1, 2, 2), np.float32),
    ],
)
def test_other_samples_are_refused(samples):
    for number in (sample_distance, colour_distance):
        with pytest.raises(InvalidInputError, match="two images and samples each"):
            number(samples)


def test_classes_that_do_not_fit_are_refused():
    samples = np.zeros((3, 2, 1, 2, 2), np.uint8)
    with pytest.raises(InvalidInputError, match=r"classes must be whole numbers of shape \(3,\)"):
        class_agreement(samples, [0, 1], lambda images: np.zeros(len(images), int))
    with pytest.raises(InvalidInputError, match=r"what classify returns .* \(6,\)"):
        class_agreement(samples, [0, 1, 2], lambda images: np.zeros((len(images), 10)))
