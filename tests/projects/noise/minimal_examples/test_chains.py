from dataclasses import replace

import numpy as np
import pytest
import torch

from ib_mlflow.errors import CheckpointError
from ib_mlflow.training import Schedule
from projects.noise.minimal_examples import chains
from projects.noise.minimal_examples.chains import LEAK, Chain, descend

TANH = Chain(
    "neuron", "tanh", (-3.0, -1.0, 1.0, 3.0), (-1.0, -1.0, -1.0, 1.0), ((0.1, 0.2),), 0.01, 0.05
)
PAIR = Chain(
    "pair",
    "leaky_relu",
    (1.0, 2.0, 3.0, 4.0, 5.0),
    (0.0, 0.0, 0.0, 0.25, 0.25),
    ((-0.3, 1.0), (-1.0, -0.1)),
    0.02,
    0.1,
)


def by_autograd(chain, noise):
    weights = torch.tensor(chain.initial, dtype=torch.float64, requires_grad=True)
    leaky = torch.nn.LeakyReLU(LEAK)
    for step in noise:
        value = torch.tensor(chain.inputs, dtype=torch.float64)
        for (w, b), normals in zip(weights, step, strict=True):
            z = w * value + b
            value = torch.tanh(z) if chain.activation == "tanh" else leaky(z)
            value = value + chain.beta * torch.tensor(normals)
        loss = ((value - torch.tensor(chain.targets)) ** 2).mean()
        (gradient,) = torch.autograd.grad(loss, weights)
        weights = (weights - chain.learning_rate * gradient).detach().requires_grad_()
    return weights.detach().numpy()


@pytest.mark.parametrize("chain", [TANH, PAIR], ids=lambda chain: chain.name)
def test_steps_follow_the_gradient(chain):
    noise = chains._noise(7, 0, len(chain.initial), len(chain.inputs))[:20]
    *_, last = descend(chain, Schedule.of([20]), seeds=[7])
    np.testing.assert_allclose(last.weights[0], by_autograd(chain, noise), rtol=1e-12)


@pytest.mark.parametrize("chain", [TANH, PAIR], ids=lambda chain: chain.name)
@pytest.mark.parametrize("broken", [1, 30, 100])
def test_a_resumed_training_ends_with_the_same_bits(chain, broken, monkeypatch):
    monkeypatch.setattr(chains, "BLOCK", 32)
    schedule = Schedule.of([1, 30, 100, 150])
    whole = {snapshot.epoch: snapshot for snapshot in descend(chain, schedule, seeds=[3, 4])}
    rest = list(descend(chain, schedule, seeds=[3, 4], resume=whole[broken].checkpoint()))
    assert [snapshot.epoch for snapshot in rest] == [e for e in schedule.epochs if e > broken]
    for snapshot in rest:
        np.testing.assert_array_equal(snapshot.weights, whole[snapshot.epoch].weights)


def test_networks_differ_by_their_seeds_alone():
    together = list(descend(TANH, Schedule.of([9]), seeds=[0, 1, 0]))[-1].weights
    np.testing.assert_array_equal(together[0], together[2])
    assert (together[0] != together[1]).all()
    (alone,) = list(descend(TANH, Schedule.of([9]), seeds=[1]))[-1].weights
    np.testing.assert_array_equal(together[1], alone)


def test_networks_start_around_the_chosen_weights_each_by_its_seed():
    around = replace(PAIR, spread=(0.02, 0.3))
    starts = around.starts(range(4000))
    np.testing.assert_array_equal(starts[[3, 7]], around.starts([3, 7]))
    distances = starts - np.array(PAIR.initial)
    for part, deviation in enumerate(around.spread):
        both = distances[..., part]
        error = deviation / np.sqrt(both.size)
        assert both.mean() == pytest.approx(0, abs=4 * error)
        assert both.std() == pytest.approx(deviation, rel=4 / np.sqrt(2 * both.size))
    first = next(iter(descend(around, Schedule.of([1]), seeds=[7])))
    np.testing.assert_array_equal(first.weights[0], starts[7])
    assert (PAIR.starts([0, 1]) == np.array(PAIR.initial)).all()


def test_a_checkpoint_of_other_networks_is_refused():
    checkpoint = next(descend(TANH, Schedule.of([1]), seeds=[0])).checkpoint()
    with pytest.raises(CheckpointError, match=r"weights of shape \(2, 1, 2\)"):
        list(descend(TANH, Schedule.of([1]), seeds=[0, 1], resume=checkpoint))


def test_propagations_have_the_noise_of_the_layers_below():
    weights = np.array([PAIR.initial, [[0.5, 0.0], [2.0, 0.0]]])
    layers = dict(PAIR.propagate(weights, seed=0, repeats=20_000))
    assert tuple(layers) == PAIR.layers == (1, 2)
    first, second = layers[1], layers[2]
    assert first.shape == second.shape == (2, 100_000, 1)
    centres = PAIR.centres(weights)
    np.testing.assert_array_equal(first[..., 0], np.repeat(centres[1], 20_000, axis=1))
    # Far above the kink the second network is linear: the noise is doubled there.
    of_five = second[1, -20_000:, 0]
    assert of_five.mean() == pytest.approx(centres[2][1, -1], abs=4 * 0.2 / np.sqrt(20_000))
    assert of_five.std() == pytest.approx(0.2, rel=4 / np.sqrt(2 * 20_000))


def test_centres_are_what_the_formula_says():
    weights = np.array([PAIR.initial])[None]
    centres = PAIR.centres(weights)
    first, second = centres[1], centres[2]
    assert first.shape == second.shape == (1, 1, 5)
    z = -0.3 * np.arange(1, 6) + 1.0
    t = np.where(z > 0, z, z / 10)
    np.testing.assert_allclose(first[0, 0], t)
    z = -t - 0.1
    np.testing.assert_allclose(second[0, 0], np.where(z > 0, z, z / 10))
    assert PAIR.labels.tolist() == [0, 0, 0, 1, 1]
    assert PAIR.classes == ("0", "0.25")
    assert PAIR.guides.h_x == pytest.approx(np.log(5))
