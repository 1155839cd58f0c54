"""Checkpoints measured on other samples."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.information import Binned
from ib_mlflow.studies.checkpoints.planes import measured_on
from ib_mlflow.studies.running.groups import Condition, Group
from ib_mlflow.studies.running.training import Trained, run_ensemble

ESTIMATOR = Binned(0.3)


@pytest.fixture
def trained(spec_of, kept_study):
    groups = [Group("few", (0, 1, 2), {"plane": ESTIMATOR})]
    return run_ensemble(kept_study, spec_of(groups, epochs=(1, 2, 3)))


def test_on_the_same_samples_it_is_what_training_measured(trained, task):
    again = measured_on(trained, task.measured, ESTIMATOR)
    pd.testing.assert_frame_equal(again.frame, trained.trajectory.frame)
    assert again.guides == task.guides


def test_on_other_samples_it_is_of_these(trained, task):
    part = task.validation_set
    plane = measured_on(trained, part, ESTIMATOR)
    assert set(plane.frame["n"]) == {part.n}
    assert plane.guides.h_x == part.input_entropy
    for layer, activations in trained.at(3).activations(part.inputs.astype(np.float32)):
        expected = ESTIMATOR(activations, part.labels)
        rows = plane.frame[(plane.frame["layer"] == layer) & (plane.frame["epoch"] == 3)]
        np.testing.assert_array_equal(rows["i_x"], expected.i_x)
        np.testing.assert_array_equal(rows["i_y"], expected.i_y)


def test_members_that_diverged_have_nothing(trained, task, monkeypatch):
    frame = trained.trajectory.frame.copy()
    frame.loc[(frame["member"] == 1) & (frame["epoch"] == 3), ["train_loss", "i_x"]] = np.nan
    trajectory = replace(trained.trajectory, frame=frame)
    plane = measured_on(
        Trained(trained.spec, trajectory, trained.recording), task.measured, ESTIMATOR
    )
    last = plane.frame[plane.frame["epoch"] == 3].groupby("member")["i_x"].count()
    assert last.tolist() == [3, 0, 3]


def test_networks_that_learnt_random_labels_are_measured_by_true_ones(spec_of, kept_study, task):
    groups = [
        Group(f"{share:g}", (0, 1), {"plane": ESTIMATOR}, Condition(random_labels=share))
        for share in (0.0, 1.0)
    ]
    trained = run_ensemble(kept_study, spec_of(groups))
    true, random = trained.groups
    plane = measured_on(trained, task.measured, ESTIMATOR)
    for group, same in ((true, True), (random, False)):
        own, by_true = group.plane().frame["i_y"], plane.select(members=group.members).frame["i_y"]
        assert np.array_equal(own.to_numpy(), by_true.to_numpy()) is same
