"""Full batches set beside minibatches, at equal updates and at equal epochs."""

import numpy as np
import pytest

from ib_mlflow.studies.running.children import child_of
from projects.phases.descents import FULL, STOCHASTIC, read_descents, steps_of
from projects.registry import load_study

SEEDS = 6


@pytest.fixture
def specs():
    study = load_study("full_batch")
    words = ["--scale", "toy", "--epochs", "7", "--batch_size", "1000"]
    return {spec.name: spec for spec in study.trains(study.configuration.parse(words))}


def test_full_batches_make_as_many_updates_from_the_same_start(specs):
    stochastic, full = specs[STOCHASTIC], specs[FULL]
    assert (steps_of(stochastic), steps_of(full)) == (4, 1)
    assert full.schedule.last == 28
    assert stochastic.schedule.last == 7
    assert 7 in full.schedule.epochs
    assert full.descent.batch_size == full.task.train_set.n == 3276
    assert full.members == stochastic.members
    starts = [spec.ensemble().logits(spec.inputs[:5]) for spec in (stochastic, full)]
    np.testing.assert_array_equal(*starts)
    children = [child_of(spec, spec.groups[0]).digest for spec in specs.values()]
    assert len(set(children)) == 2


def test_an_epoch_between_the_geometric_ones_is_measured_too():
    study = load_study("full_batch")
    words = ["--scale", "toy", "--epochs", "173", "--batch_size", "64"]
    full = study.trains(study.configuration.parse(words))[1]
    assert 173 in full.schedule.epochs
    assert full.schedule.last == 173 * 52


def test_full_batches_are_read_at_their_end_and_at_equal_epochs(plane, group, turning, monkeypatch):
    monkeypatch.setattr("projects.phases.descents.log_groups", lambda _: None)
    accuracies = np.linspace(0.5, 0.95, 12)
    short = plane([turning(8, until=64)[:8]] * SEEDS, None, [accuracies[:8]] * SEEDS, range(8))
    curves = [turning(64)] * SEEDS
    whole = plane(curves, None, [accuracies] * SEEDS, (*range(8), 14, 28, 56, 63))
    stochastic = group(STOCHASTIC, short, batch_size=120)
    full = group(FULL, whole, batch_size=1000)
    readings = read_descents(None, None, [full.trained, stochastic.trained])
    updates, epochs = readings.comparisons
    assert (updates.equal, epochs.equal) == ("updates", "epochs")
    assert (readings.stochastic.epochs, readings.stochastic.updates) == (7, 63)
    assert (updates.full.epochs, updates.full.updates) == (63, 63)
    assert (epochs.full.epochs, epochs.full.updates) == (7, 7)
    assert [descent.name for descent in readings.descents] == [
        "minibatches of 120",
        "full batches, equal updates",
        "full batches, equal epochs",
    ]
    np.testing.assert_allclose(updates.full.accuracy, 0.95)
    np.testing.assert_allclose(epochs.full.accuracy, accuracies[7])
