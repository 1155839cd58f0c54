import numpy as np
import pytest

from ib_mlflow.studies.checkpoints.saturation import saturated


@pytest.mark.parametrize("scale", [0.1, 1.0, 3.0, 10.0])
def test_units_of_gaussian_inputs_are_saturated_from_a_known_spread_on(scale):
    """|tanh z| lies above sqrt(0.9) for |z| above 1.818: of N(0, s²) in most cases from s = 2.7."""
    z = scale * np.random.default_rng(0).normal(size=(3, 4000, 5))
    assert saturated(np.tanh(z)).shape == (3, 5)
    assert saturated(np.tanh(z)).all() == (scale > 2.7)
    assert saturated(np.tanh(z)).any() == (scale > 2.7)


def test_a_wider_meaning_of_flat_counts_no_fewer():
    values = np.tanh(np.random.default_rng(1).normal(0, 2.5, (1000, 50)))
    counts = [saturated(values, flat=flat).sum() for flat in (0.05, 0.1, 0.2)]
    assert counts == sorted(counts)
    assert saturated(np.zeros((10, 2))).sum() == 0
