from math import log

import numpy as np
import pytest

from ib_mlflow.data import spiral, split


@pytest.fixture(scope="module")
def generated():
    return spiral.generate()


def test_points_lie_near_the_arm_of_their_class(generated):
    """At radius 0.1 + 0.9 w and angle 1.5 π w, half a turn further for class 1."""
    way = np.linspace(0, 1, 20_001)
    arm = (0.1 + 0.9 * way) * np.exp(1.5j * np.pi * way)
    points = generated.inputs.astype(np.float64) @ [1, 1j]
    distances = []
    for label, turned in ((0, arm), (1, -arm)):
        mine = points[generated.labels == label]
        distances += [np.abs(turned - point).min() for point in mine]
    # at most the distance to the place from which a point was scattered, a Rayleigh number
    assert max(distances) < 0.02 * np.sqrt(2 * log(4096 / 1e-4))
    assert np.sqrt(np.mean(np.square(distances))) == pytest.approx(0.02, rel=0.05)


def test_scatter_is_that_of_the_stated_generator(generated):
    """The legacy stream of seed 0, whose first numbers numpy documents by never changing them."""
    first = np.array([1.764052345967664, 0.4001572083672233]) * 0.02
    way = 0.5 / 2048
    start = (0.1 + 0.9 * way) * np.array([np.cos(1.5 * np.pi * way), np.sin(1.5 * np.pi * way)])
    np.testing.assert_allclose(generated.inputs[0], start + first, rtol=0, atol=1e-6)


def test_the_arms_take_turns_and_every_point_is_its_own_value(generated):
    assert generated.labels.reshape(-1, 2).tolist() == [[0, 1]] * 2048
    assert generated.input_entropy == log(4096)
    assert generated.information_xy == pytest.approx(log(2), abs=1e-15)
    assert generated.levels is None


def test_it_is_the_same_on_every_machine(generated):
    assert (generated.inputs * 2**20 == np.round(generated.inputs * 2**20)).all()
    assert generated.digest[:16] == "af83d00f7d30be58"


def test_parts_are_real_too(generated):
    train, test = split(generated, test_fraction=0.2, seed=0)
    assert (train.n, test.n, train.levels) == (3276, 820, None)
