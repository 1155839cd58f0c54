"""Trials of one ensemble have the numbers, checkpoints and runs that they would have alone."""

from dataclasses import replace

import pandas as pd
import pytest
from mlflow import MlflowClient

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.information import Binned, SamplePropagation
from ib_mlflow.studies.running.groups import Condition, Group
from ib_mlflow.studies.running.training import run_ensemble
from ib_mlflow.studies.searching import batches
from ib_mlflow.studies.searching.batches import run_batch
from ib_mlflow.tracking import open_study

RATES = {"trial 0": 0.05, "trial 1": 0.4, "trial 2": 0.1}
RELU = {"good": 0.1, "bad": 1e38}
PLANE = {"plane": Binned(0.3)}
SAMPLED = {"plane": Binned(0.3), "sampled": SamplePropagation(repeats=4, n_queries=100)}


@pytest.fixture
def trial(spec_of):
    """Makes a trial of two or three networks."""

    def build(name, rate, *, seeds=(5, 2), beta=0.0, epochs=(1, 4, 9), measures=PLANE, **changes):
        group = Group(name, seeds, measures, Condition(beta=beta), {"learning_rate": rate})
        spec = spec_of([group], name=name, epochs=epochs, learning_rate=rate, **changes)
        return replace(spec, every_epoch=True)

    return build


@pytest.fixture
def trials(trial):
    """Three that differ in what members may differ in."""
    return [
        trial("trial 0", 0.05, beta=0.2),
        trial("trial 1", 0.4, seeds=(1, 2, 3), beta=0.1, measures=SAMPLED, momentum=0.5),
        trial("trial 2", 0.1, beta=0.3, momentum=0.9, weight_decay=0.01),
    ]


def alone(spec, kept_study):
    """The same trial, trained by itself."""
    return run_ensemble(type(kept_study)(), spec)


def assert_same(outcome, trained, last=9):
    """Compare all that was recorded of a trial up to an epoch."""
    pd.testing.assert_frame_equal(
        outcome.trained.trajectory.frame.reset_index(drop=True),
        trained.trajectory.frame.query("epoch <= @last").reset_index(drop=True),
    )
    ours, theirs = outcome.trained.groups[0], trained.groups[0]
    pd.testing.assert_frame_equal(
        ours.losses.frame, theirs.losses.frame.query("epoch <= @last").reset_index(drop=True)
    )


def test_trials_are_what_they_are_alone(trials, kept_study):
    outcomes = run_batch(kept_study, trials)
    assert [outcome.state for outcome in outcomes] == ["complete"] * 3
    for outcome, spec in zip(outcomes, trials, strict=True):
        assert outcome.spec is spec
        assert_same(outcome, alone(spec, kept_study))
        network = outcome.trained.at(9)
        assert network.seeds == tuple(seed for _, seed in spec.members)
    accuracies = [outcome.trained.trajectory.frame["train_loss"].iloc[-1] for outcome in outcomes]
    assert len(set(accuracies)) == 3  # without which the comparison above could not fail


@pytest.mark.parametrize(
    "changes",
    [
        {"momentum": 0.9},
        {"weight_decay": 0.05},
        {"seeds": (7, 9)},  # by which batches are in another order
    ],
)
def test_what_members_may_differ_in_is_trained_together_and_kept_as_if_alone(
    trial, kept_study, monkeypatch, changes
):
    ensembles = []
    together = batches._together
    monkeypatch.setattr(
        batches, "_together", lambda specs: ensembles.append(len(specs)) or together(specs)
    )
    specs = [trial("plain", 0.1), trial("changed", 0.1, **changes)]
    outcomes = run_batch(kept_study, specs)
    assert ensembles == [2]
    for outcome, spec in zip(outcomes, specs, strict=True):
        assert_same(outcome, alone(spec, kept_study))
    losses = [of.trained.trajectory.frame["train_loss"].iloc[-1] for of in outcomes]
    assert losses[0] != losses[1]


def test_what_stops_leaves_the_others_as_they_are(trials, kept_study):
    asked = []

    def stops(epoch, measured):
        asked.append((epoch, tuple(measured)))
        assert all(of.trajectory.epochs[-1] == epoch for of in measured.values())
        return ["trial 1"] if epoch == 1 else []

    outcomes = run_batch(kept_study, trials, stops=stops)
    assert [outcome.state for outcome in outcomes] == ["complete", "stopped", "complete"]
    assert [outcome.epoch for outcome in outcomes] == [9, 1, 9]
    assert asked == [(0, tuple(RATES)), (1, tuple(RATES)), (4, ("trial 0", "trial 2"))]
    for outcome, spec in zip(outcomes, trials, strict=True):
        assert_same(outcome, alone(spec, kept_study), last=outcome.epoch)


@pytest.mark.parametrize("first", [True, False])
def test_a_trial_that_diverges_fails_alone(trial, kept_study, first):
    good, bad = (trial(name, rate, activation="relu") for name, rate in RELU.items())
    outcomes = run_batch(kept_study, [bad, good] if first else [good, bad])
    by_name = {outcome.spec.name: outcome for outcome in outcomes}
    assert by_name["bad"].state == "failed"
    assert "all diverged" in by_name["bad"].error
    assert_same(by_name["good"], alone(good, kept_study))


def test_networks_of_other_shapes_are_ensembles_of_their_own(trial, kept_study):
    other = [trial("wide", 0.1, activation="relu"), trial("late", 0.1, epochs=(2, 9))]
    specs = [trial("trial 0", 0.1), *other, trial("small batches", 0.1, batch_size=8)]
    specs.append(trial("noisy", 0.1, beta=0.1))
    for outcome, spec in zip(run_batch(kept_study, specs), specs, strict=True):
        assert_same(outcome, alone(spec, kept_study))


def test_names_are_given_once(trial, kept_study):
    with pytest.raises(ConfigurationError, match="names of their own"):
        run_batch(kept_study, [trial("trial 0", 0.1), trial("trial 0", 0.2)])


def test_trials_go_on_in_another_batch_and_are_never_computed_twice(
    trials, kept_study, experiment_id
):
    client = MlflowClient()

    def runs():
        by_name = {}
        for run in client.search_runs([experiment_id]):
            by_name.setdefault(run.info.run_name, []).append(run.info.status)
        return {name: by_name[name] for name in RATES if name in by_name}

    def interrupted(epoch, _):
        if epoch == 4:
            raise KeyboardInterrupt
        return ["trial 2"] if epoch == 1 else []

    with pytest.raises(KeyboardInterrupt), open_study("tuning", {}) as study:
        run_batch(study, trials, stops=interrupted)
    assert runs() == {name: ["KILLED"] for name in RATES}
    with open_study("tuning", {}) as study:
        # The last two stand at different epochs, and the first is asked for by itself.
        (first,) = run_batch(study, trials[:1])
        outcomes = [first, *run_batch(study, trials[1:])]
        again = run_batch(study, trials[::-1])[::-1]
    assert runs() == {name: ["FINISHED"] for name in RATES}
    for outcome, read, spec in zip(outcomes, again, trials, strict=True):
        assert_same(outcome, alone(spec, kept_study))
        assert_same(read, alone(spec, kept_study))


def test_a_study_that_asks_for_the_networks_of_a_trial_finds_them(trials, experiment_id):
    assert experiment_id
    with open_study("tuning", {}) as study:
        outcomes = run_batch(study, trials)
    with open_study("afterwards", {}) as study:
        for outcome, spec in zip(outcomes, trials, strict=True):
            trained = run_ensemble(study, spec)
            assert trained.recording.unfinished == ()
            assert trained.recording.child().run_id == outcome.trained.recording.child().run_id
            assert_same(outcome, trained)
