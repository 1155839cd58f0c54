"""Occupied bins: of trained networks, and on layers whose values are known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.information import bin_histogram, occupied_bins
from ib_mlflow.studies.checkpoints.occupancy import filled_bins, occupied_cells, unit_histograms
from ib_mlflow.studies.running.groups import binned_groups
from ib_mlflow.studies.running.training import Trained, run_ensemble
from ib_mlflow.trajectory import Trajectory

BIN = 0.07


@pytest.fixture
def trained(spec_of, kept_study):
    groups = binned_groups("linear", [0.3], tuple(range(6)))
    return run_ensemble(kept_study, spec_of(groups, activation="linear", epochs=(1, 2, 3)))


@pytest.fixture
def broken(trained, monkeypatch):
    """The same ensemble, of which members 0 and 4 diverge in the second epoch."""
    at = Trained.at

    def broken_at(self, epoch):
        ensemble = at(self, epoch)
        if epoch > 1:
            for parameter in ensemble.parameters.values():
                parameter[[0, 4]] = np.nan
        return ensemble

    monkeypatch.setattr(Trained, "at", broken_at)
    frame = trained.trajectory.frame
    frame.loc[frame["member"].isin([0, 4]) & (frame["epoch"] > 1), "i_x"] = np.nan
    return replace(trained, trajectory=Trajectory(frame, trained.trajectory.guides))


def test_cells_are_counted_of_every_member_epoch_and_layer(trained):
    cells = occupied_cells(trained, [], bin_size=BIN).set_index(["epoch", "layer", "member"])
    for epoch in (0, 1, 2, 3):
        for layer, activations in trained.at(epoch).activations(trained.spec.inputs):
            counts = cells.loc[(epoch, layer)].sort_index()["occupied"]
            np.testing.assert_array_equal(counts, occupied_bins(activations, bin_size=BIN))


def test_filled_bins_are_those_of_each_axis(trained):
    rows = filled_bins(trained, [1, 3], bin_size=BIN, layers=[2])
    assert set(rows["layer"]) == {2}
    filled = rows.set_index(["epoch", "member"])["filled"]
    for epoch in (1, 3):
        activations = dict(trained.at(epoch).activations(trained.spec.inputs))[2]
        for member in range(6):
            # By what a bin is: a unit's values, divided and rounded down.
            places = np.floor(activations[member].astype(np.float64) / BIN)
            axes = [np.unique(axis).size for axis in places.T]
            assert filled[epoch, member] == pytest.approx(np.mean(axes))


def test_cells_and_histograms_are_those_of_the_networks_that_are_left(broken):
    assert broken.sound == (1, 2, 3, 5)
    cells = occupied_cells(broken, [1, 3], bin_size=BIN)
    assert set(cells["member"]) == {1, 2, 3, 5}
    histograms = unit_histograms(broken, [1, 3], bin_size=BIN)
    assert set(histograms["epoch"]) == {1, 3}
    activations = dict(broken.at(3).activations(broken.spec.inputs))
    rows = histograms[
        (histograms["epoch"] == 3) & (histograms["layer"] == 1) & (histograms["unit"] == 1)
    ]
    expected = bin_histogram(activations[1][1], bin_size=BIN).counts[0]
    np.testing.assert_array_equal(rows["count"], expected)


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
def counted():
    """Four networks, the first and the last of which diverged."""
    return SimpleNamespace(
        trajectory=SimpleNamespace(epochs=EPOCHS, layers=(1, 2, 3, 4)),
        spec=SimpleNamespace(inputs=None),
        at=Ensemble,
        sound=(1, 2),
    )


def test_cells_are_counted_of_the_networks_that_are_left(counted):
    cells = occupied_cells(counted, (3,), bin_size=0.5)
    assert set(cells["epoch"]) == set(EPOCHS)
    assert set(cells["member"]) == {1, 2}
    expected = 2 * cells["member"] + cells["epoch"] + cells["layer"]
    np.testing.assert_array_equal(cells["occupied"], expected)


def rows_of(bins, epoch, layer, unit):
    return bins[(bins["epoch"] == epoch) & (bins["layer"] == layer) & (bins["unit"] == unit)]


def test_units_are_counted_of_the_first_network_that_is_left_in_the_last_three_layers(counted):
    bins = unit_histograms(counted, (3, 0, 3), bin_size=0.5)
    assert set(bins["layer"]) == {2, 3, 4}
    assert set(bins["epoch"]) == {0, 3}
    for unit in (1, 2):
        expected = bin_histogram(activations(3, 2)[1], bin_size=0.5).counts[unit - 1]
        np.testing.assert_array_equal(rows_of(bins, 3, 2, unit)["count"], expected)


def test_a_network_and_layers_may_be_named_and_what_lies_beyond_the_reach_counts_with_it(counted):
    bins = unit_histograms(counted, (3,), bin_size=0.5, layers=(1,), member=2, reach=2.0)
    assert set(bins["layer"]) == {1}
    values = activations(3, 1)[2]
    assert values.max() > 2.0
    own = rows_of(bins, 3, 1, 1)
    beyond = own[own["bin_left"] <= 2.0].iloc[-1]
    assert own["bin_left"].max() <= 2.0
    assert beyond["count"] == (values[:, 0] >= 2.0).sum()
    assert own["count"].sum() == len(values)
