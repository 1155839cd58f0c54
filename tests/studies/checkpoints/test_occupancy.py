"""Occupied bins, on layers whose values are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.information import bin_histogram
from ib_mlflow.studies.checkpoints.occupancy import occupied_cells, unit_histograms

EPOCHS = (0, 1, 2, 3)


def activations(epoch, layer):
    """Member m has 2 m + epoch + layer different samples; (e, n, d)."""
    counts = 2 * np.arange(4)[:, None] + epoch + layer
    samples = np.arange(40) % counts
    return np.stack([samples / 2, -samples / 2], axis=-1)


class Ensemble:
    def __init__(self, epoch):
        self.epoch = epoch

    def activations(self, inputs):
        for layer in (1, 2, 3, 4):
            yield layer, activations(self.epoch, layer)


@pytest.fixture
def trained():
    """Four networks, the first and the last of which diverged."""
    return SimpleNamespace(
        trajectory=SimpleNamespace(epochs=EPOCHS, layers=(1, 2, 3, 4)),
        spec=SimpleNamespace(inputs=None),
        at=Ensemble,
        sound=(1, 2),
    )


def test_cells_are_counted_of_the_networks_that_are_left(trained):
    cells = occupied_cells(trained, (3,), bin_size=0.5)
    assert set(cells["epoch"]) == set(EPOCHS)
    assert set(cells["member"]) == {1, 2}
    expected = 2 * cells["member"] + cells["epoch"] + cells["layer"]
    np.testing.assert_array_equal(cells["occupied"], expected)


def rows_of(bins, epoch, layer, unit):
    return bins[(bins["epoch"] == epoch) & (bins["layer"] == layer) & (bins["unit"] == unit)]


def test_units_are_counted_of_the_first_network_that_is_left_in_the_last_three_layers(trained):
    bins = unit_histograms(trained, (3, 0, 3), bin_size=0.5)
    assert set(bins["layer"]) == {2, 3, 4}
    assert set(bins["epoch"]) == {0, 3}
    for unit in (1, 2):
        expected = bin_histogram(activations(3, 2)[1], bin_size=0.5).counts[unit - 1]
        np.testing.assert_array_equal(rows_of(bins, 3, 2, unit)["count"], expected)


def test_a_network_and_layers_may_be_named_and_what_lies_beyond_the_reach_counts_with_it(trained):
    bins = unit_histograms(trained, (3,), bin_size=0.5, layers=(1,), member=2, reach=2.0)
    assert set(bins["layer"]) == {1}
    values = activations(3, 1)[2]
    assert values.max() > 2.0
    own = rows_of(bins, 3, 1, 1)
    beyond = own[own["bin_left"] <= 2.0].iloc[-1]
    assert own["bin_left"].max() <= 2.0
    assert beyond["count"] == (values[:, 0] >= 2.0).sum()
    assert own["count"].sum() == len(values)
