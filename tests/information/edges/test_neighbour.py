"""What neighbours tell is never more than the truth, and unmasks what cells are too wide for."""

import math

import numpy as np
import pytest

from ib_mlflow.information import Edge, edge_information
from ib_mlflow.information.edges.neighbour import neighbour_floor

LN2 = math.log(2)


def floors(draw, count=60, *, discrete):
    parts = [
        neighbour_floor(*draw(np.random.default_rng(seed)), discrete=discrete)
        for seed in range(count)
    ]
    return np.array(parts).T


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.95])
def test_of_gaussians_the_floor_stays_below_the_truth(rho):
    def draw(generator):
        x, noise = generator.normal(size=(2, 1000))
        return x[:, None], (rho * x + math.sqrt(1 - rho**2) * noise)[:, None]

    values, errors = floors(draw, discrete=False)
    truth = -0.5 * math.log(1 - rho**2)
    assert (values <= truth + 4 * errors + 4 / 1000).all()
    assert values.mean() >= (0.1 if rho else -0.01) * truth


@pytest.mark.parametrize("flip", [0.5, 0.2, 0.0])
def test_of_labels_the_floor_stays_below_the_truth(flip):
    def draw(generator):
        x = generator.uniform(size=(1000, 2))
        label = (x[:, 0] > 0.5) ^ (generator.uniform(size=1000) < flip)
        return x, label[:, None].astype(float)

    values, errors = floors(draw, discrete=True)
    inside = [p * math.log(p) for p in (flip, 1 - flip) if p]
    truth = LN2 + sum(inside)
    assert (values <= truth + 4 * errors + 4 / 1000).all()
    assert values.mean() >= 0.3 * truth - 0.01


def test_what_is_finer_than_cells_is_not_called_reliable():
    generator = np.random.default_rng(0)
    u = generator.uniform(size=4000)
    fine = edge_information(u, (np.floor(512 * u) % 2).astype(int))
    assert fine.value < 0.1
    assert not fine.diagnostics["reliable"]
    assert 0.2 < fine.diagnostics["neighbour_floor"] <= LN2
    wave = edge_information(u, np.sin(100 * math.pi * u) + 0.1 * generator.normal(size=4000))
    assert not wave.diagnostics["reliable"]
    measured = Edge()(u[:, None], (np.floor(512 * u) % 2).astype(int))
    assert not measured.reliable.any()


def test_what_was_right_is_still_reliable():
    generator = np.random.default_rng(1)
    x, noise = generator.normal(size=(2, 4000))
    for y in (x + noise, noise, x > 0, (x > 0) ^ (generator.uniform(size=4000) < 0.2)):
        assert edge_information(x, y).diagnostics["reliable"]


def test_too_many_units_have_no_floor():
    x = np.random.default_rng(0).normal(size=(100, 9))
    assert neighbour_floor(x, x[:, :1], discrete=False) == (-math.inf, 0.0)


def test_many_samples_are_a_part_of_them():
    x = np.random.default_rng(0).normal(size=(50_000, 1))
    value, error = neighbour_floor(x, x, discrete=False)
    assert value > 3
    assert error == pytest.approx(1 / math.sqrt(20_000), rel=0.01)
