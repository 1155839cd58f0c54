"""Both examples, and what the conclusion reads of them."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.trajectory.drops import corrected_drop
from projects.noise.minimal_examples.examples import (
    NAMES,
    WEIGHTS,
    ends_table,
    leaky_pair,
    log_scalars,
    sweep_weight,
    tanh_neuron,
)
from projects.noise.minimal_examples.information import EXACT, exact_information


def test_the_classes_are_those_of_the_paper():
    assert tanh_neuron(0.1).labels.tolist() == [0, 0, 0, 1]
    assert leaky_pair(0.1).labels.tolist() == [0] * 4 + [1] * 4
    assert leaky_pair(0.1).classes == ("0", "0.25")


def test_each_noise_has_the_exact_curve_of_its_own():
    sweep = sweep_weight(tanh_neuron(0.01), (0.5, 0.1))
    assert list(sweep.curves) == [0.1, 0.5]
    assert sweep.curves[0.1][0] == pytest.approx(0, abs=1e-9)
    middle = np.array([[WEIGHTS[80], -2 * WEIGHTS[80]]])
    for beta, curve in sweep.curves.items():
        exact = exact_information(tanh_neuron(beta), middle)[1].i_x.point
        assert curve[80] == exact
    assert (sweep.curves[0.1][1:] > sweep.curves[0.5][1:]).all()


def test_the_evidence_holds_exact_planes_and_all_rows(readings):
    evidence = readings.evidence
    assert evidence.summary == "3 networks of one neuron and 2 of two were trained"
    assert set(evidence.planes) == {"tanh neuron", "leaky ReLU pair"}
    for plane in evidence.planes.values():
        assert set(plane.frame["estimator"]) == {EXACT}
    table = evidence.tables["trajectory.parquet"]
    assert table.groupby("run").size().to_dict() == {
        "tanh neuron": 3 * 4 * 4,
        "leaky ReLU pair": 2 * 4 * 4 * 2,
    }


def test_ends_stand_beside_their_estimators(readings):
    rows = {(layer, name): ends for layer, name, *ends in ends_table(readings.pair).rows}
    assert len(rows) == 8
    for estimator, name in NAMES.items():
        for layer in (1, 2):
            i_x, i_y = rows[layer, name]
            end = readings.pair.curves(estimator, layer)[:, -1].mean()
            assert i_x.value == pytest.approx(end)
            assert i_y.value == pytest.approx(end / 2)
            assert (i_x.unit, i_y.unit) == ("nats", "nats")


def test_scalars_go_to_the_run_of_their_chain(readings):
    logged = {}
    for trained in readings.chains:
        trained.recording.child = lambda name: SimpleNamespace(
            log_metrics=lambda scalars: logged.update({name: scalars})
        )
    log_scalars(readings.chains)
    for trained in readings.chains:
        for layer in trained.chain.layers:
            curve = trained.curves(EXACT, layer)
            scalars = logged[trained.name]
            assert scalars[f"summary/compression_nats.layer_{layer}"] == pytest.approx(
                np.mean([corrected_drop(each, np.full(each.size, np.nan))[0] for each in curve])
            )
