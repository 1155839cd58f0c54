import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from ib_mlflow.data import Dataset
from ib_mlflow.networks.noise import random_layers, standard_normals, training_streams
from ib_mlflow.training import data_order

sys.path.insert(0, str(Path(__file__).parent))  # for the modules that tests share


@pytest.fixture
def make_dataset():
    """Random datasets of a given shape, in which labels follow from the inputs."""

    def make(n, *shape, classes=2, seed=0):
        inputs = np.random.default_rng(seed).integers(0, 256, (n, *shape)).astype(np.uint8)
        labels = inputs.reshape(n, -1).astype(np.int64).sum(axis=1) % classes
        return Dataset(
            name="random",
            inputs=inputs,
            labels=labels,
            classes=tuple(str(label) for label in range(classes)),
            source="drawn at random",
            levels=256,
        )

    return make


def orthonormalise(weight, alpha):
    """The formula of Goldfeld et al., supplement 9.1."""
    matrix = weight.reshape(len(weight), -1).clone()
    change = (matrix @ matrix.T - torch.eye(len(matrix)).to(matrix)) @ matrix
    weight -= alpha * change.reshape(weight.shape)


@contextmanager
def draws_of_a_member(network, seed, epoch, start):
    """Let the layers of a network draw what those of an ensemble's member with this seed do."""

    def give(layer, module, inputs):
        rows, units = inputs[0].flatten(1).shape
        streams = training_streams([seed], epoch)
        draws = standard_normals(streams, layer=layer, start=start, rows=rows, units=units)
        module.draws = torch.from_numpy(draws[0])

    layers = enumerate(random_layers(network).values(), start=1)
    hooks = [module.register_forward_pre_hook(partial(give, layer)) for layer, module in layers]
    yield
    for hook in hooks:
        hook.remove()


@pytest.fixture
def train_alone():
    """Train one network by PyTorch's own optimiser: the truth for members of an ensemble."""

    def run(
        network: nn.Module,
        seed,
        dataset,
        epochs,
        *,
        batch_size,
        factor=1.0,
        orthonormality=0.0,
        **rates,
    ):
        optimiser = torch.optim.SGD(network.parameters(), **rates)
        fall = torch.optim.lr_scheduler.ExponentialLR(optimiser, factor)
        dtype = next(network.parameters()).dtype
        ids = dataset.inputs.dtype == np.int64
        inputs = torch.tensor(dataset.features(), dtype=torch.int64 if ids else dtype)
        inputs = inputs.reshape(dataset.inputs.shape)
        labels = torch.tensor(dataset.labels)
        for epoch in range(1, epochs + 1):
            order = torch.from_numpy(data_order([seed], epoch, len(dataset))[0].astype(np.int64))
            for step, indices in enumerate(order.split(batch_size)):
                optimiser.zero_grad()
                with draws_of_a_member(network, seed, epoch, step * batch_size):
                    cross_entropy(network(inputs[indices]), labels[indices]).backward()
                optimiser.step()
                for weight in network.parameters():
                    if weight.ndim > 1 and weight.requires_grad:
                        orthonormalise(weight.data, orthonormality)
            fall.step()
        return network

    return run
