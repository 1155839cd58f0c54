"""Whether the place of a digit is lost, on images with a single point of ink."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.studies.judging import all_hold
from projects.inversion.architectures import DENSE, PLAIN, POOLED
from projects.inversion.invariance_claims import (
    keeps_the_place,
    loses_the_place,
    to_other_places,
)

N = 60


@pytest.fixture
def images():
    """A point of ink at a random place of 20 × 20 pixels."""
    generator = np.random.default_rng(0)
    images = np.zeros((N, 1, 20, 20), np.uint8)
    images[np.arange(N), 0, generator.integers(0, 20, N), generator.integers(0, 20, N)] = 1
    return images


def test_the_distance_to_other_places_is_that_of_uniform_points(images):
    """Of two uniform points of a unit square the mean distance is 0.5214 (Santaló, 1976)."""
    distances = to_other_places(images)
    error = distances.std() / np.sqrt(N)
    assert abs(distances.mean() - 0.5214 * 20) < 4 * error + 0.1
    two = np.zeros((2, 1, 9, 9), np.uint8)
    two[0, 0, 0, 0] = two[1, 0, 3, 4] = 1
    np.testing.assert_allclose(to_other_places(two), [5, 5])


def judged(images, updates=250_000, **shares):
    """Samples that have moved a share of the way to another place, with some noise."""
    way = to_other_places(images) * (1 + 0.05 * np.random.default_rng(1).normal(size=N))
    inverted = {
        name: SimpleNamespace(samples=SimpleNamespace(moved=share * way))
        for name, share in zip((DENSE, PLAIN, POOLED), shares.values(), strict=True)
    }
    parts = SimpleNamespace(evaluation=SimpleNamespace(inputs=images))
    configuration = SimpleNamespace(filters=64, decoder_updates=updates)
    architectures = SimpleNamespace(inverted=inverted, parts=parts, configuration=configuration)
    lost, kept = loses_the_place(architectures), keeps_the_place(architectures)
    return all_hold(lost).verdict, all_hold(kept).verdict


@pytest.mark.parametrize(
    ("dense", "plain", "pooled", "verdicts"),
    [
        (0.1, 0.1, 0.95, ("agrees", "agrees")),
        (0.1, 0.1, 0.2, ("disagrees", "agrees")),
        (0.1, 0.1, 0.5, ("undecided", "agrees")),
        (0.9, 0.1, 0.95, ("agrees", "disagrees")),
        (0.1, 0.95, 0.9, ("disagrees", "disagrees")),
    ],
    ids=["lost and kept", "farther but kept", "half of the way", "dense loses it", "all lose it"],
)
def test_a_place_is_lost_where_samples_lie_anywhere(images, dense, plain, pooled, verdicts):
    assert judged(images, dense=dense, plain=plain, pooled=pooled) == verdicts


def test_where_samples_of_short_decoders_lie_does_not_disagree(images):
    shares = {"dense": 0.9, "plain": 0.1, "pooled": 0.2}
    assert judged(images, **shares) == ("disagrees", "disagrees")
    assert judged(images, updates=800, **shares) == ("undecided", "undecided")
    assert judged(images, updates=800, dense=0.1, plain=0.1, pooled=0.95) == ("agrees", "agrees")
