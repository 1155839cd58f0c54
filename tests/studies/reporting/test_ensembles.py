from dataclasses import replace

import numpy as np
import pytest

from ib_mlflow.information import Binned
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.reporting.ensembles import BELOW, Ensembles, log_groups, read_ensembles
from ib_mlflow.studies.running.groups import Condition, Group, binned_groups
from ib_mlflow.studies.running.training import run_ensemble
from ib_mlflow.trajectory import Trajectory, compression

CONFIGURATION = TrainingConfiguration(members=2, epochs=4, learning_rate=0.3)


@pytest.fixture
def trained(spec_of, kept_study):
    """An ensemble of two conditions, and one measured with two bin sizes."""
    noise = [
        Group("plain", (0, 1), {"plane": Binned(0.1)}),
        Group("noisy", (0, 1), {"plane": Binned(0.1)}, Condition(beta=0.4)),
    ]
    bins = binned_groups("bins", [0.1, 0.5], (4, 5, 6))
    return [
        run_ensemble(kept_study, spec_of(noise, name="noise")),
        run_ensemble(kept_study, spec_of(bins, name="bins")),
    ]


def test_groups_and_planes_of_all_ensembles_by_name(trained):
    readings = Ensembles(CONFIGURATION, trained)
    names = {"plain", "noisy", "bins, bin_size=0.1", "bins, bin_size=0.5"}
    assert {group.name for group in readings.groups} == set(readings.planes) == names
    for group in readings.groups:
        assert readings.planes[group.name].frame.equals(group.plane().frame)


def test_what_was_learnt_stands_once_for_networks_that_were_trained_once(trained):
    evidence = Ensembles(CONFIGURATION, trained).evidence
    assert set(evidence.learning) == {"plain", "noisy", "bins"}
    assert evidence.summary == "7 networks were trained"
    assert "bins 0." in evidence.closing
    assert evidence.remarks[0] == "The paper states no learning rate; 0.3 was used."
    assert set(evidence.tables["trajectory.parquet"]["run"]) == set(evidence.planes)
    assert [use for use, _ in evidence.datasets] == ["training", "validation"]


def test_each_group_has_its_own_results_on_its_own_run(trained):
    log_groups(trained)
    for ensemble in trained:
        for group in ensemble.groups:
            notes = ensemble.recording.child(group.name)
            plane = group.plane()
            for layer in plane.layers:
                lost = compression(plane)
                own = lost[lost["layer"] == layer]["drop"].mean()
                assert notes.metrics[f"summary/compression_nats.layer_{layer}"] == own
            # Where layers end, the last value of a curve says.
            lost = {f"summary/compression_nats.layer_{layer}" for layer in plane.layers}
            errors = {"summary/i_x_error_nats", "summary/i_x_unreliable"}
            assert set(notes.metrics) <= lost | errors | {"summary/i_x_unknown_share"}
            assert set(notes.figures) == {"information_plane.png", "information_curves.png"}


def test_reading_logs_and_keeps_the_ensembles(trained):
    readings = read_ensembles(None, CONFIGURATION, trained)
    assert readings.trained == trained
    assert readings.configuration is CONFIGURATION
    for ensemble in trained:
        for group in ensemble.groups:
            assert ensemble.recording.child(group.name).figures


def remarks_of(trained):
    """The remarks on an ensemble, but for that on losses."""
    every = Ensembles(CONFIGURATION, [trained]).evidence.remarks
    return [each for each in every if each != BELOW]


def changed(trained, **columns):
    """The same, but for columns at the last epoch in the rows of member 0."""
    frame = trained.trajectory.frame
    rows = (frame["epoch"] == 4) & (frame["member"] == 0)
    for column, value in columns.items():
        frame.loc[rows, column] = value
    return replace(trained, trajectory=Trajectory(frame, trained.trajectory.guides))


@pytest.mark.parametrize(
    ("columns", "remark"),
    [
        ({"train_loss": np.nan}, "bins: 1 of 3 networks diverged and are left out."),
        ({"train_accuracy": 0.1}, "bins: 1 of 3 networks ended at chance level"),
        ({"saturated": True}, "bins: layers 1, 2, 3 end within 1 % of ln n in some networks"),
    ],
)
def test_what_became_of_the_networks_is_remarked(trained, columns, remark):
    clean = {"train_accuracy": 0.9, "saturated": False}
    ensemble = replace(
        trained[1],
        trajectory=Trajectory(
            trained[1].trajectory.frame.assign(**clean), trained[1].trajectory.guides
        ),
    )
    assert len(remarks_of(ensemble)) == 1
    remarks = remarks_of(changed(ensemble, **columns))
    assert len(remarks) == 2
    assert remarks[1].startswith(remark)


def test_a_loss_of_less_than_nothing_is_explained(trained):
    ensemble = trained[1]
    frame, guides = ensemble.trajectory.frame, ensemble.trajectory.guides
    for slope, explained in ((1.0, True), (0.0, False), (-1.0, False)):
        curves = Trajectory(frame.assign(i_x=2.0 + slope * frame["epoch"] / 10), guides)
        remarks = Ensembles(CONFIGURATION, [replace(ensemble, trajectory=curves)]).evidence.remarks
        assert (BELOW in remarks) == explained
