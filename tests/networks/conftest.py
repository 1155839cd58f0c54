from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.networks import Ensemble, GaussianNoise, mlp, stack


class Case(NamedTuple):
    """An ensemble, inputs it takes, and one member's network in torch."""

    ensemble: Ensemble
    inputs: np.ndarray
    networks: list[nn.Module]
    measured: list[nn.Module]


def convolutional():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Dropout(0.2),
        GaussianNoise(0.5),
        nn.Flatten(),
        nn.Linear(36, 3),
    )


def perceptron_case(dtype, beta=0.0):
    ensemble = mlp(
        (6, 5, 4, 3),
        activation=["tanh", "sigmoid"],
        beta=beta,
        members=3,
        dtype=dtype,
        device="cpu",
    )
    networks = []
    for member in range(3):
        network = nn.Sequential(
            nn.Linear(6, 5, dtype=dtype),
            nn.Tanh(),
            nn.Linear(5, 4, dtype=dtype),
            nn.Sigmoid(),
            nn.Linear(4, 3, dtype=dtype),
        )
        for number, index in enumerate((0, 2, 4), start=1):
            network[index].weight.data = ensemble.parameters[f"layer_{number}.weight"][member]
            network[index].bias.data = ensemble.parameters[f"layer_{number}.bias"][member]
        networks.append(network)
    inputs = np.random.default_rng(0).normal(size=(600, 6))
    return Case(ensemble, inputs, networks, [network[:2] for network in networks])


def convolutional_case():
    ensemble = stack(convolutional, seeds=(5, 1, 5), layers=["2", "3"], device="cpu")
    random = torch.Generator().manual_seed(0)
    for name, buffer in ensemble.buffers.items():
        if buffer.is_floating_point():
            buffer.copy_(torch.rand(buffer.shape, generator=random) + (name[-3:] == "var"))
    networks = []
    for member, seed in enumerate((5, 1, 5)):
        torch.manual_seed(seed)
        network = convolutional().eval()
        for name, buffer in network.named_buffers():
            buffer.copy_(ensemble.buffers[name][member])
        networks.append(network)
    inputs = np.random.default_rng(0).random((300, 1, 8, 8))
    return Case(ensemble, inputs, networks, [network[:3] for network in networks])


@pytest.fixture(params=["float32", "float64", "noisy", "wide", "convolutional"])
def case(request, monkeypatch):
    """Ensembles by the compiled kernels, in both precisions, and by torch.func; some with noise."""
    if request.param == "convolutional":
        return convolutional_case()
    if request.param == "wide":
        monkeypatch.setattr("ib_mlflow.networks.perceptrons.perceptron.LARGEST_COMPILED", 0)
    if request.param in ("wide", "noisy"):
        return perceptron_case(torch.float32, beta=[0.0, 0.1, 0.2])
    return perceptron_case(getattr(torch, request.param))
