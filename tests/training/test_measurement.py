import numpy as np
import pytest
from torch import nn

from ib_mlflow.data import load, subset
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import (
    Binned,
    BoundedBins,
    SamplePropagation,
    mutual_information,
    noisy_information,
)
from ib_mlflow.networks import mlp, stack
from ib_mlflow.training import Schedule, measure, train
from ib_mlflow.trajectory import COLUMNS, DIAGNOSTICS, Guides, Trajectory

ESTIMATORS = [Binned(bin_size=0.07), Binned(bin_size=0.3)]


def guides(dataset):
    return Guides(dataset.input_entropy, dataset.label_entropy, dataset.information_xy)


@pytest.fixture(scope="module")
def szt():
    return load("szt")


def test_rows_are_what_the_estimators_say(szt):
    ensemble = mlp((12, 5, 3, 2), members=3)
    *_, last = train(ensemble, szt, Schedule.of([2]), learning_rate=0.2, validation=szt)
    table = measure(last, ESTIMATORS, szt)
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 3 * 3 * 2
    layers = dict(last.activations(szt.features()))
    for row in table.itertuples():
        size = float(row.setting.partition("=")[2])
        activations = layers[row.layer][row.member]
        (alone,) = (e for e in ESTIMATORS if e.setting == row.setting)
        assert row.i_x == pytest.approx(float(alone(activations, szt.labels).i_x), abs=1e-12)
        bins = np.floor(activations.astype(np.float64) / size).astype(int)
        expected = mutual_information(bins, szt.labels)
        assert row.i_y == pytest.approx(float(expected), abs=0.02)
        assert row.train_loss == row.val_loss == last.train_loss[row.member]
    assert set(table["epoch"]) == {2}


def test_tables_of_several_epochs_make_a_trajectory(szt):
    ensemble = mlp((12, 4, 2), members=2)
    snapshots = train(ensemble, szt, Schedule.of([1, 2]), learning_rate=0.2)
    tables = [Trajectory(measure(s, ESTIMATORS, szt), guides(szt)) for s in snapshots]
    assert len(Trajectory.concat(tables).frame) == 3 * 2 * 2 * 2


@pytest.mark.parametrize("rates", [[1e6, 0.1], [1e6, 1e6]])
def test_diverged_members_are_kept_as_unknown(szt, rates):
    ensemble = mlp((12, 5, 3, 2), activation="linear", members=2)
    *_, last = train(ensemble, szt, Schedule.of([3]), learning_rate=rates)
    assert last.diverged.tolist() == [rate > 1 for rate in rates]
    table = measure(last, ESTIMATORS, szt)
    lost = table["member"].isin(np.flatnonzero(last.diverged))
    assert table.loc[lost, ["i_x", "i_x_se", "i_y", "i_y_se", "train_loss"]].isna().all(axis=None)
    assert not table.loc[lost, ["reliable", "saturated"]].any(axis=None)
    assert table.loc[~lost, ["i_x", "i_y", "train_loss"]].notna().all(axis=None)
    assert len(Trajectory(table, guides(szt)).frame) == len(table)


def test_a_member_on_its_way_to_diverge_stops_no_other(szt):
    ensemble = mlp((12, 5, 2), activation="linear", members=2)
    ensemble.parameters["layer_1.weight"][0] *= 1e25
    (snapshot,) = train(ensemble, szt, Schedule.of([0]), learning_rate=0.1)
    assert not snapshot.diverged.any()
    table = measure(snapshot, ESTIMATORS, szt)
    huge = (table["member"] == 0) & (table["layer"] == 1)
    assert table.loc[huge, "i_x"].isna().all()
    assert table.loc[~huge, "i_x"].notna().all()


def test_the_plane_of_ones_own_network():
    """A convolutional network with batch normalisation: stack, train, measure."""

    def network():
        return nn.Sequential(
            nn.Conv2d(1, 4, 3),
            nn.BatchNorm2d(4),
            nn.Tanh(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(36, 8),
            nn.Tanh(),
            nn.Linear(8, 3),
        )

    digits = subset(load("digits"), classes=["1", "3", "8"], per_class=100)
    ensemble = stack(network, seeds=(0, 1), layers=["2", "6"])
    schedule = Schedule.geometric(8, dense=1, ratio=2)
    first, *_, last = train(ensemble, digits, schedule, learning_rate=0.1, batch_size=32)
    assert (last.train_accuracy > 0.95).all()
    assert (last.train_loss < first.train_loss).all()
    table = measure(last, [Binned(bin_size=0.1)], digits)
    assert table["layer"].tolist() == [1, 2, 3] * 2
    assert (table["i_x"] <= np.log(len(digits)) + 1e-9).all()
    assert (table["i_y"] <= np.log(3) + 1e-9).all()


@pytest.mark.parametrize("estimators", [[], [Binned(bin_size=0.1), Binned(bin_size=0.1)]])
def test_estimators_must_differ(szt, estimators):
    (snapshot,) = train(mlp((12, 2)), szt, Schedule.of([]), learning_rate=0.1)
    with pytest.raises(InvalidInputError, match="estimators must be one or more"):
        measure(snapshot, estimators, szt)


def test_noisy_networks_are_propagated(szt):
    """Rows of hidden layers, those of `noisy_information`; every other layer has its own."""
    few = subset(szt, classes=list(szt.classes), per_class=100)
    betas = [0.05, 0.2]
    ensemble = mlp((12, 5, 3, 2), seeds=[4, 4], beta=betas)
    *_, last = train(ensemble, few, Schedule.of([2]), learning_rate=0.2)
    estimator = SamplePropagation(repeats=4, n_queries=200, seed=1)
    table = measure(last, [Binned(bin_size=0.5), estimator], few)
    assert list(zip(table["layer"], table["estimator"], strict=True)) == 2 * [
        (1, "binned"), (1, "sp"), (2, "binned"), (2, "sp"), (3, "binned"),
    ]  # fmt: skip
    assert len(Trajectory(table, guides(few)).frame) == len(table)
    layers = dict(
        noisy_information(last.ensemble.propagate, few.features(), few.labels, beta=betas, seed=1,
                          repeats=4, n_queries=200)
    )  # fmt: skip
    for row in table[table["estimator"] == "sp"].itertuples():
        information = layers[row.layer]
        assert row.i_x == information.i_x[row.member]
        assert row.i_y_se == information.i_y_se[row.member]
        assert (row.n, row.kind, row.setting) == (information.n, "point", estimator.setting)
        assert row.reliable == information.reliable[row.member]
        for name in DIAGNOSTICS:
            assert getattr(row, name) == information.diagnostics[name][row.member]
    assert table.loc[table["estimator"] == "binned", DIAGNOSTICS].isna().all(axis=None)
    by_beta = table[(table["estimator"] == "sp") & (table["layer"] == 1)]["i_x"]
    assert by_beta.is_monotonic_decreasing


@pytest.mark.parametrize("rates", [[1e6, 0.1], [1e6, 1e6]])
def test_diverged_members_are_not_propagated(szt, rates):
    few = subset(szt, classes=list(szt.classes), per_class=20)
    ensemble = mlp((12, 5, 3, 2), activation="linear", members=2, beta=0.1)
    *_, last = train(ensemble, few, Schedule.of([4]), learning_rate=rates)
    assert last.diverged.tolist() == [rate > 1 for rate in rates]
    table = measure(last, [SamplePropagation(repeats=4, n_queries=100)], few)
    assert table["layer"].tolist() == [1, 2, 1, 2]
    lost = table["member"].isin(np.flatnonzero(last.diverged))
    unknown = ["i_x", "i_x_se", "i_y", "i_y_se", *(DIAGNOSTICS if rates[1] < 1 else ())]
    assert table.loc[lost, unknown].isna().all(axis=None)
    assert not table.loc[lost, ["reliable", "saturated"]].any(axis=None)
    assert table.loc[~lost, ["i_x", "i_y"]].notna().all(axis=None)


def test_networks_without_noise_are_not_propagated(szt):
    (snapshot,) = train(mlp((12, 3, 2)), szt, Schedule.of([]), learning_rate=0.1)
    with pytest.raises(InvalidInputError, match="beta must be positive"):
        measure(snapshot, [SamplePropagation(repeats=4, n_queries=100)], szt)


def test_each_layer_is_measured_by_the_estimator_that_it_has(szt):
    ensemble = mlp((12, 4, 3, 2), members=2, activation=("tanh", "relu"))
    (snapshot,) = train(ensemble, szt, Schedule.of([0]), learning_rate=0.2)
    rows = measure(snapshot, [BoundedBins(0.3, ("tanh", "relu", "softmax"))], szt)
    assert set(rows["setting"]) == {"bin_size=0.3,bin_origin=bounds"}
    ranges = {1: (-1, 1), 2: None, 3: (0, 1)}
    for layer, activations in ensemble.activations(szt.features()):
        own = Binned(bin_size=0.3, value_range=ranges[layer])(activations, szt.labels)
        np.testing.assert_array_equal(rows[rows["layer"] == layer]["i_x"], own.i_x)
