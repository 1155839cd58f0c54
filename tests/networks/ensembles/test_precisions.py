"""Networks of float64 are networks of float64 wherever they are computed."""

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.data import Dataset
from ib_mlflow.networks import stack
from ib_mlflow.training import Schedule, train


class Watched(nn.Module):
    """Keeps the types of what passes, in training and in evaluation."""

    seen: set[tuple[bool, torch.dtype]]

    def forward(self, inputs):
        Watched.seen.add((self.training, inputs.dtype))
        return inputs


@pytest.fixture
def points():
    inputs = np.random.default_rng(0).normal(size=(40, 3))
    return Dataset.of(inputs, inputs[:, 0] > 0)


@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_networks_compute_in_the_precision_that_the_factory_gave_them(points, precision):
    def factory():
        return nn.Sequential(Watched(), nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).to(precision)

    Watched.seen = set()
    ensemble = stack(factory, seeds=(0, 1), layers="2", device="cpu")
    *_, last = train(ensemble, points, Schedule.of([2]), learning_rate=0.1, batch_size=8)
    layers = dict(last.ensemble.activations(points.features()))
    module = last.ensemble.module()
    with torch.no_grad():
        logits = module(torch.tensor(points.features()))
    assert Watched.seen == {(training, precision) for training in (True, False)}
    assert {str(layer.dtype) for layer in layers.values()} == {
        str(precision).removeprefix("torch.")
    }
    assert logits.dtype == precision
    np.testing.assert_array_equal(logits.numpy(), last.ensemble.logits(points.features()))


def test_a_module_of_float64_is_exported_for_the_rows_of_a_dataset(points, tmp_path):
    """As models are kept: what is loaded takes float32 and gives float64."""
    factory = lambda: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()  # noqa: E731
    ensemble = stack(factory, seeds=(0, 1), layers="1", device="cpu")
    rows = torch.tensor(points.features())
    with torch.no_grad():
        exported = torch.export.export(ensemble.module(), (rows,)).module()
        assert torch.equal(exported(rows), torch.from_numpy(ensemble.logits(points.features())))
