"""Ensembles one after the other: what follows is found again, wherever it was interrupted."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from ib_mlflow.execution import LocalExecutor
from ib_mlflow.information import Binned
from ib_mlflow.studies.running import training
from ib_mlflow.studies.running.groups import Group
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.succession import train_in_turn
from ib_mlflow.studies.running.training import run_ensemble
from ib_mlflow.tracking import open_study
from ib_mlflow.training import train
from ib_mlflow.trajectory.members import at_end

ESTIMATORS = {"plane": Binned(0.3)}


@pytest.fixture
def named(spec_of):
    """Ensembles whose names say which step they are; their seeds follow from the last one."""

    def build(step, seed):
        group = Group(f"step {step}", (seed, seed + 1), ESTIMATORS)
        return replace(spec_of([group], name=group.name, epochs=(1, 4, 6)), every_epoch=True)

    return build


@pytest.fixture
def following(named):
    """A second step, whose seeds follow from the first one's numbers."""

    def follow(trained):
        ends = at_end(trained[-1].groups[0].plane(), "i_x", 1)
        return [named(2, int(1000 * ends.mean()))] if len(trained) == 1 else []

    return follow


def run(named, following, *, workers=1, fresh=False):
    with open_study("turns", {}, fresh=fresh) as study, LocalExecutor(workers) as executor:
        runner = Runner(study, executor)
        first = runner.spread(run_ensemble, [named(1, 0)])
        return train_in_turn(runner, first, following)


def test_what_follows_is_trained_until_nothing_does(named, following, kept_study):
    runner = SimpleNamespace(
        spread=lambda compute, specs: [compute(kept_study, of) for of in specs]
    )
    first = [run_ensemble(kept_study, named(1, 0))]
    assert train_in_turn(runner, first, lambda trained: []) == first
    trained = train_in_turn(runner, first, following)
    assert [of.name for of in trained] == ["step 1", "step 2"]
    ends = at_end(first[0].groups[0].plane(), "i_x", 1)
    assert trained[1].spec.groups[0].seeds[0] == int(1000 * ends.mean()) > 0


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_interrupted_in_the_second_step_it_ends_with_the_same_bits(
    named, following, experiment_id, monkeypatch, workers
):
    assert experiment_id
    begun = []

    def stopping(*arguments, **options):
        begun.append(options["resume"])
        for snapshot in train(*arguments, **options):
            yield snapshot
            if len(begun) == 2 and snapshot.epoch == 4:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training, "train", stopping)
        with pytest.raises(KeyboardInterrupt):
            run(named, following)
    assert begun == [None, None]

    def noting(*arguments, **options):
        begun.append(options["resume"])
        return train(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(training, "train", noting)
        resumed = run(named, following, workers=workers)
    if workers == 1:
        assert [state["epoch"] for state in begun[2:]] == [4], "the second step alone went on"
    whole = run(named, following, fresh=True)
    assert [of.name for of in resumed] == [of.name for of in whole] == ["step 1", "step 2"]
    for ours, undisturbed in zip(resumed, whole, strict=True):
        pd.testing.assert_frame_equal(
            ours.trajectory.frame, undisturbed.trajectory.frame, check_exact=True
        )
        pd.testing.assert_frame_equal(
            ours.groups[0].losses.frame, undisturbed.groups[0].losses.frame, check_exact=True
        )
        assert {of.run_id for of in runs_of(ours)} != {of.run_id for of in runs_of(undisturbed)}


def runs_of(trained):
    return [trained.recording.child(group.name) for group in trained.groups]
