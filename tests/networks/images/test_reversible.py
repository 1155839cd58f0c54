from functools import partial

import numpy as np
import pytest
import torch

from ib_mlflow.data import load, split
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import Reversible, stack
from ib_mlflow.training import Schedule, train

TRAIN, HELD_OUT = split(load("digits"), test_fraction=0.2, seed=0)
MAKE = partial(Reversible, (1, 8, 8), classes=10, blocks=4, hidden=32)


@pytest.fixture(scope="module")
def learnt():
    """Two networks of digits after some epochs."""
    ensemble = stack(MAKE, seeds=(0, 1), layers=Reversible.layers(4), device="cpu")
    schedule = Schedule.of([8])
    *_, last = train(
        ensemble, TRAIN, schedule, learning_rate=0.1, batch_size=64, validation=HELD_OUT
    )
    return last


def images_of(dataset, kind):
    return torch.from_numpy(dataset.features().reshape(-1, 1, 8, 8)).to(kind)


@pytest.mark.parametrize(("kind", "error"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
@pytest.mark.parametrize("member", [0, 1])
def test_the_inverse_gives_the_images_back(learnt, kind, error, member):
    network = learnt.ensemble.member(member, shared=False).to(kind)
    images = images_of(HELD_OUT, kind)
    with torch.no_grad():
        back = network.decode(network.encode(images))
    assert back.shape == images.shape
    assert (back - images).abs().max() < error


def test_it_is_undone_from_the_last_block_and_not_by_chance(learnt):
    network = learnt.ensemble.member(0, shared=False).double()
    values = network.encode(images_of(HELD_OUT, torch.float64))
    assert (network.decode(values + 0.1) - network.decode(values)).abs().max() > 0.01


def test_any_values_are_those_of_some_image():
    """The map is onto as well: encode(decode(v)) = v."""
    network = MAKE().double()
    values = torch.randn(20, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert (network.encode(network.decode(values)) - values).abs().max() < 1e-10


def test_no_block_gives_two_images_the_same_values(learnt):
    inputs = TRAIN.features().reshape(-1, 1, 8, 8)
    distinct = len(np.unique(TRAIN.features(), axis=0))
    for layer, activations in learnt.activations(inputs):
        if layer <= 4:
            assert activations.shape == (2, TRAIN.n, 64)
            assert [len(np.unique(rows, axis=0)) for rows in activations] == [distinct] * 2


def test_it_generalises(learnt):
    assert (learnt.val_accuracy > 0.9).all()


def test_a_block_sees_the_whole_image():
    """Every second pixel in each half, and so all of it is moved after two blocks."""
    network = Reversible((6,), classes=2, blocks=2, hidden=4)
    with torch.no_grad():
        for block in network.blocks:
            for parameter in block.parameters():
                parameter.zero_()
    images = torch.arange(6.0)[None]
    assert network.encode(images).tolist() == [[0, 2, 4, 1, 3, 5]]
    assert network.decode(network.encode(images)).tolist() == images.tolist()


@pytest.mark.parametrize(
    "numbers", [{"shape": (1, 3, 3)}, {"blocks": 0}, {"hidden": 0}, {"classes": 0}, {"classes": 1}]
)
def test_impossible_networks_are_refused(numbers):
    given = {"shape": (1, 2, 2), "classes": 2, "blocks": 1, "hidden": 1, **numbers}
    with pytest.raises(InvalidInputError, match="an even number of pixels"):
        Reversible(given.pop("shape"), **given)
