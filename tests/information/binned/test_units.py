import numpy as np
import pytest

from ib_mlflow.information import binned_information, entropy, unit_information


def layers(*shape, seed=0):
    return np.tanh(2 * np.random.default_rng(seed).normal(size=shape)).astype(np.float32)


@pytest.mark.parametrize(
    "bins", [{"bin_size": 0.07}, {"bin_size": 1e-4}, {"bin_count": 2, "value_range": (-1, 1)}]
)
def test_units_are_measured_like_layers_of_one_unit(bins):
    values, labels = layers(2, 3, 200, 5), np.arange(200) % 4
    information = unit_information(values, labels, **bins)
    assert information.i_x.shape == (2, 3, 5)
    for unit in range(5):
        alone = binned_information(values[..., unit : unit + 1], labels, **bins)
        for name in ("i_x", "i_x_se", "i_y", "i_y_se", "saturated"):
            np.testing.assert_array_equal(
                getattr(information, name)[..., unit], getattr(alone, name)
            )


def test_units_have_the_entropy_of_their_bins():
    values = layers(300, 4)
    information = unit_information(values, np.zeros(300), bin_size=0.1)
    for unit in range(4):
        cells = np.floor(values[:, unit] / np.float32(0.1)).astype(int)
        assert information.i_x[unit] == pytest.approx(entropy(cells).value, abs=1e-12)
    assert not information.i_y.any()


def test_two_bins_of_evenly_spread_units_hold_a_bit():
    grid = np.linspace(-1, 1, 400)[:, None] * np.ones((1, 3))
    information = unit_information(grid, np.zeros(400), bin_count=2, value_range=(-1, 1))
    np.testing.assert_allclose(information.i_x, np.log(2), atol=1e-5)
