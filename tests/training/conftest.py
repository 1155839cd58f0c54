import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from ib_mlflow.data import Dataset
from ib_mlflow.training import data_order


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


@pytest.fixture
def train_alone():
    """Train one network by PyTorch's own optimiser: the truth for members of an ensemble."""

    def run(network: nn.Module, seed, dataset, epochs, *, batch_size, **rates):
        optimiser = torch.optim.SGD(network.parameters(), **rates)
        dtype = next(network.parameters()).dtype
        inputs = torch.tensor(dataset.features(), dtype=dtype).reshape(dataset.inputs.shape)
        labels = torch.tensor(dataset.labels)
        for epoch in range(1, epochs + 1):
            order = torch.from_numpy(data_order([seed], epoch, len(dataset))[0].astype(np.int64))
            for chosen in order.split(batch_size):
                optimiser.zero_grad()
                cross_entropy(network(inputs[chosen]), labels[chosen]).backward()
                optimiser.step()
        return network

    return run
