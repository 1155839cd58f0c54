"""Images by pixel on the CPU: a faster layout of the same numbers, also where `view` forbids it."""

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.networks import stack


class Viewing(nn.Module):
    """Flattens by `view`, which knows only the usual layout."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(len(x), -1)


@pytest.mark.parametrize("flatten", [nn.Flatten, Viewing])
def test_numbers_are_those_of_the_usual_layout(flatten):
    def network():
        return nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.Tanh(), nn.MaxPool2d(2), flatten(), nn.Linear(4 * 3 * 3, 5)
        )

    ensemble = stack(network, seeds=(0, 1), layers=["2"], device="cpu")
    images = np.random.default_rng(0).normal(size=(7, 3, 8, 8)).astype(np.float32)
    measured = dict(ensemble.activations(images))
    for member in range(2):
        usual = ensemble.member(member, shared=False).eval()
        with torch.no_grad():
            pooled = usual[:3](torch.from_numpy(images)).flatten(1).numpy()
            logits = usual(torch.from_numpy(images)).numpy()
        np.testing.assert_allclose(measured[1][member], pooled, atol=1e-6)
        np.testing.assert_allclose(ensemble.logits(images)[member], logits, atol=1e-6)
