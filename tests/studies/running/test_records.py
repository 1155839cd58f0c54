"""What is kept beside the plane: under its own members, whoever has trained, kept on disk too."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Binned
from ib_mlflow.studies.running import training
from ib_mlflow.studies.running.children import child_of
from ib_mlflow.studies.running.groups import Condition, Group
from ib_mlflow.studies.running.training import run_ensemble
from ib_mlflow.tracking import open_study
from ib_mlflow.training import gradient_rows, gradient_share_rows, train
from ib_mlflow.trajectory import LossCurves

ESTIMATORS = {"plane": Binned(0.3)}


@pytest.fixture(scope="module")
def spec(spec_of):
    """Two groups of one ensemble, of which the second comes first in it."""
    groups = [
        Group("noisy", (5, 2), ESTIMATORS, Condition(beta=0.1)),
        Group("plain", (9, 2), ESTIMATORS),
    ]
    return replace(spec_of(groups, epochs=(1, 4, 6)), every_epoch=True, gradients=True)


@pytest.fixture(scope="module")
def snapshots(spec):
    """The same training, by hand."""
    task = spec.task
    return list(
        train(
            spec.ensemble(),
            task.train_set,
            spec.schedule,
            validation=task.validation_set,
            **spec.training(),
        )
    )


def test_each_group_has_the_rows_of_its_members(spec, snapshots, kept_study):
    trained = run_ensemble(kept_study, spec)
    losses = LossCurves.concat(snapshot.losses for snapshot in snapshots)
    assert trained.groups[0].losses.epochs == tuple(range(7))
    tables = {"gradients": gradient_rows, "gradient_shares": gradient_share_rows}
    for group in trained.groups:
        own = losses.select(members=group.members)
        pd.testing.assert_frame_equal(group.losses.frame, own.frame)
        for name, rows in tables.items():
            whole = pd.concat([rows(snapshot) for snapshot in snapshots], ignore_index=True)
            expected = whole[whole["member"].isin(group.members)].reset_index(drop=True)
            pd.testing.assert_frame_equal(group.record(name), expected)
            logged = kept_study.recordings[0].child(group.name).tables
            pd.testing.assert_frame_equal(logged[f"{name}.parquet"], expected)
            assert logged["losses.parquet"].frame.equals(own.frame)
    assert not set(trained.groups[0].members) & set(trained.groups[1].members)


def test_what_was_not_asked_for_is_refused_by_name(spec, kept_study):
    trained = run_ensemble(kept_study, replace(spec, gradients=False))
    assert trained.kept == ["losses"]
    with pytest.raises(InvalidInputError, match="one that keeps losses"):
        trained.record("gradients")
    plain = run_ensemble(type(kept_study)(), replace(spec, gradients=False, every_epoch=False))
    with pytest.raises(InvalidInputError, match="none of these tables"):
        _ = plain.groups[0].losses


def test_trainings_that_keep_less_are_others(spec):
    digests = {
        child_of(replace(spec, every_epoch=losses, gradients=norms), spec.groups[0]).digest
        for losses in (False, True)
        for norms in (False, True)
    }
    assert len(digests) == 4


def test_what_is_kept_survives_an_interruption_and_the_end(spec, experiment_id, monkeypatch):
    assert experiment_id

    def run(study):
        trained = run_ensemble(study, spec)
        group = trained.groups[0]
        return group.losses.frame, group.record("gradient_shares")

    def stopping(snapshots):
        for snapshot in snapshots:
            yield snapshot
            if snapshot.epoch == 4:
                raise KeyboardInterrupt

    def attempt(name):
        with open_study(name, {}) as study:
            return run(study)

    with monkeypatch.context() as patch:
        patch.setattr(training, "train", lambda *a, **k: stopping(train(*a, **k)))
        with pytest.raises(KeyboardInterrupt):
            attempt("kept")
    resumed, again = attempt("kept"), attempt("kept")
    for parts in zip(resumed, again, strict=True):
        pd.testing.assert_frame_equal(*parts)
    losses, shares = resumed
    assert losses["epoch"].max() == 6
    assert np.unique(shares["epoch"]).tolist() == [1, 4, 6]
