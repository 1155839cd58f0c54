"""Trained chains whose curves and weights are made up."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ib_mlflow.training import Schedule
from ib_mlflow.trajectory import Trajectory
from projects.noise.minimal_examples.examples import (
    NAMES,
    WEIGHTS,
    MinimalExamples,
    WeightSweep,
    leaky_pair,
    tanh_neuron,
)
from projects.noise.minimal_examples.training import ChainSpec, TrainedChain

EPOCHS = (0, 1, 10, 250)


def trained_chain(chain, epochs, curves, *, weights=None, errors=None) -> TrainedChain:
    """A chain after training.

    `curves` holds by (estimator, layer) I(X;T), (e, t); `errors` the standard errors of some;
    `weights` is (e, t, layers, 2).
    """
    parts = []
    for (estimator, layer), curve in curves.items():
        curve = np.asarray(curve, float)[..., None]
        made = Trajectory.from_arrays(
            curve, curve / 2, epochs=epochs, n=4, guides=chain.guides, estimator=estimator,
            setting="",
        )  # fmt: skip
        frame = made.frame.assign(layer=layer)
        if errors and (estimator, layer) in errors:
            # The frame is sorted by member, and then by epoch.
            frame["i_x_se"] = np.ravel(errors[estimator, layer])
        parts.append(Trajectory(frame, chain.guides))
    members = len(next(iter(curves.values())))
    states = {}
    if weights is not None:
        states = {
            epoch: {"weights": torch.from_numpy(np.array(weights[:, index], float))}
            for index, epoch in enumerate(epochs)
        }
    spec = ChainSpec(chain, Schedule.of(epochs), tuple(range(members)), repeats=4, n_queries=100)
    recording = SimpleNamespace(state=states.__getitem__)
    return TrainedChain(spec, Trajectory.concat(parts), recording)


@pytest.fixture(name="trained_chain", scope="session")
def _trained_chain():
    return trained_chain


@pytest.fixture
def readings():
    """Curves whose every number differs, of three and of two networks."""
    generator = np.random.default_rng(0)

    def trained(chain, members):
        shape = (members, len(EPOCHS))
        curves = {
            (estimator, layer): generator.uniform(0.1, 1, shape)
            for estimator in NAMES
            for layer in chain.layers
        }
        weights = generator.normal(size=(*shape, len(chain.layers), 2))
        return trained_chain(chain, EPOCHS, curves, weights=weights)

    sweep = WeightSweep(WEIGHTS, {0.1: np.sin(WEIGHTS)})
    configuration = SimpleNamespace(unit="bits")
    neuron, pair = trained(tanh_neuron(0.05), 3), trained(leaky_pair(0.05), 2)
    return MinimalExamples(configuration, neuron, pair, sweep)
