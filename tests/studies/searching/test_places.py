"""An epoch of a batch is measured in one pass where every trial comes out as it does by itself."""

import pandas as pd
import pytest

from ib_mlflow.information import Binned, SamplePropagation
from ib_mlflow.studies.running.groups import Condition, Group
from ib_mlflow.studies.running.training import run_ensemble
from ib_mlflow.studies.searching import places
from ib_mlflow.studies.searching.batches import run_batch

FINE, COARSE = {"plane": Binned(0.1)}, {"plane": Binned(0.3)}
SAMPLED = {"plane": SamplePropagation(repeats=4, n_queries=100)}


@pytest.fixture
def trial(spec_of):
    """Makes a trial of two networks, or of those that it is told."""

    def build(name, rate, *, seeds=(5, 2), measures=FINE, beta=0.0, **changes):
        group = Group(name, seeds, measures, Condition(beta=beta), {"learning_rate": rate})
        return spec_of([group], name=name, epochs=(1, 4), learning_rate=rate, **changes)

    return build


@pytest.fixture
def measured(monkeypatch):
    """How many members each call of `measure` saw, in order."""
    members, measure = [], places.measure

    def counting(snapshot, estimators, dataset):
        members.append(len(snapshot.seeds))
        return measure(snapshot, estimators, dataset)

    monkeypatch.setattr(places, "measure", counting)
    return members


def assert_as_alone(specs, kept_study):
    """To the last bit, of every trial and epoch."""
    outcomes = run_batch(kept_study, specs)
    for outcome, spec in zip(outcomes, specs, strict=True):
        theirs = run_ensemble(type(kept_study)(), spec).trajectory.frame
        pd.testing.assert_frame_equal(outcome.trained.trajectory.frame, theirs, check_exact=True)
    return [outcome.state for outcome in outcomes]


def test_trials_that_are_measured_alike_are_measured_together(trial, kept_study, measured):
    specs = [trial("trial 0", 0.1), trial("trial 1", 0.4, seeds=(7,)), trial("trial 2", 0.2)]
    assert_as_alone(specs, kept_study)
    assert measured == [5, 5, 5]  # before training, and at two epochs


@pytest.mark.parametrize(
    ("first", "second"),
    [({}, {"measures": COARSE}), ({"measures": SAMPLED, "beta": 0.2},) * 2],
    ids=["differently", "by running the networks"],
)
def test_others_are_measured_by_themselves(trial, kept_study, measured, first, second):
    assert_as_alone([trial("trial 0", 0.1, **first), trial("trial 1", 0.4, **second)], kept_study)
    assert measured == [2, 2] * 3


def test_so_are_those_whose_activations_need_the_memory(trial, kept_study, measured, monkeypatch):
    monkeypatch.setattr(places, "TOGETHER", 0)
    assert_as_alone([trial("trial 0", 0.1), trial("trial 1", 0.4)], kept_study)
    assert measured == [2, 2] * 3


def test_a_network_that_diverges_changes_no_row_of_the_others(trial, kept_study, measured):
    good, bad = (trial(name, rate, activation="relu") for name, rate in (("a", 0.1), ("b", 1e38)))
    outcomes = run_batch(kept_study, [good, bad])
    assert [outcome.state for outcome in outcomes] == ["complete", "failed"]
    assert measured[:3] == [4, 2, 2]
    theirs = run_ensemble(type(kept_study)(), good).trajectory.frame
    pd.testing.assert_frame_equal(outcomes[0].trained.trajectory.frame, theirs, check_exact=True)
    rows = outcomes[1].trained.trajectory.frame.query("epoch == 1")
    assert rows["i_x"].isna().all()
    assert not rows["reliable"].any()
