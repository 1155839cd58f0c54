import numpy as np
import pytest
import torch

from ib_mlflow.networks import Reversible
from projects.phases.reversals import inverse_error, probe, reversible_ensemble, row_entropy

RNG = np.random.default_rng(0)


def test_a_probe_reads_what_is_linear_and_nothing_else():
    rows = RNG.normal(size=(2000, 2))
    linear = (rows[:, 0] > 0).astype(int)
    corner = ((rows > 0).sum(axis=1) == 1).astype(int)
    read = probe(rows[:1000], linear[:1000], rows[1000:], linear[1000:])
    assert read.kind == "lower"
    assert np.log(2) > read.value > 0.6
    assert probe(rows[:1000], corner[:1000], rows[1000:], corner[1000:]).value < 0.02


def test_the_error_of_an_inverse_is_that_of_its_precision():
    network = Reversible((6,), classes=2, blocks=3, hidden=8)
    images = torch.rand(700, 6, generator=torch.Generator().manual_seed(0))
    assert inverse_error(network.double(), images) < 1e-14
    assert 0 < inverse_error(network.float(), images) < 1e-5


def test_equal_rows_are_one_value():
    rows = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert row_entropy(rows) == pytest.approx(np.log(2))
    assert row_entropy(RNG.normal(size=(64, 2))) == pytest.approx(np.log(64))


def test_noise_is_none_of_its_conditions():
    ensemble = reversible_ensemble((4,), 2, 2, 3, seeds=(0, 1), beta=[0.0, 0.0], device="cpu")
    assert ensemble.layer_names == ("blocks.0", "blocks.1", "output")
    assert not ensemble.beta.any()
