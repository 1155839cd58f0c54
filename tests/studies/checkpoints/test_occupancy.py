from dataclasses import replace

import numpy as np
import pytest

from ib_mlflow.information import bin_histogram, occupied_bins
from ib_mlflow.studies.checkpoints.occupancy import occupied_cells, unit_histograms
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
