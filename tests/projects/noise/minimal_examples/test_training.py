"""A chain's run: what identifies it, and what is read of it under which name."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.tracking import open_study
from ib_mlflow.training import Schedule
from projects.noise.minimal_examples import training
from projects.noise.minimal_examples.examples import leaky_pair, tanh_neuron
from projects.noise.minimal_examples.information import EXACT
from projects.noise.minimal_examples.training import ChainSpec, train_chain

SPEC = ChainSpec(leaky_pair(0.05), Schedule.of([1, 5, 9]), (3, 4), repeats=4, n_queries=100)


@pytest.mark.parametrize(
    "changed",
    [
        replace(SPEC, chain=leaky_pair(0.1)),
        replace(SPEC, chain=tanh_neuron(0.05)),
        replace(SPEC, schedule=Schedule.of([1, 5])),
        replace(SPEC, seeds=(3, 5)),
        replace(SPEC, repeats=6),
        replace(SPEC, n_queries=200),
    ],
)
def test_whatever_changes_the_numbers_changes_the_child(changed):
    assert changed.child.digest != SPEC.child.digest


def test_a_name_changes_no_number_and_a_copy_is_the_same_child():
    renamed = replace(SPEC, chain=replace(SPEC.chain, name="other"))
    assert renamed.child.name == "other"
    assert renamed.child.digest == SPEC.child.digest
    assert pickle.loads(pickle.dumps(SPEC)).child.digest == SPEC.child.digest


def test_parameters_stand_under_their_names(trained_chain):
    epochs, generator = (0, 1, 5), np.random.default_rng(0)
    weights = generator.normal(size=(2, 3, 2, 2))
    curves = {(EXACT, layer): generator.uniform(size=(2, 3)) for layer in (1, 2)}
    trained = trained_chain(leaky_pair(0.05), epochs, curves, weights=weights)
    np.testing.assert_array_equal(trained.weights, weights)
    np.testing.assert_array_equal(trained.w(1), weights[:, :, 0, 0])
    np.testing.assert_array_equal(trained.b(2), weights[:, :, 1, 1])
    np.testing.assert_array_equal(trained.weights_at(5), weights[:, 2])
    for layer in (1, 2):
        np.testing.assert_array_equal(trained.curves(EXACT, layer), curves[EXACT, layer])
        assert trained.centres[layer].shape == (2, 3, 8)


class StoppedError(Exception):
    """What ends a training in its middle."""


def test_an_interrupted_training_goes_on_and_ends_with_the_same_rows(tmp_path, monkeypatch):
    measure = training.measure_chain
    left = [2]

    def measure_some(chain, snapshot, **settings):
        if not left[0]:
            raise StoppedError
        left[0] -= 1
        return measure(chain, snapshot, **settings)

    def train(*, fresh=False):
        with open_study("chains", {}, fresh=fresh) as study:
            return train_chain(study, SPEC)

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training, "measure_chain", measure_some)
    with pytest.raises(StoppedError):
        train()
    left[0] = 2
    broken = train()
    # A finished one is only read: nothing is left to measure.
    again = train()
    left[0] = 4
    whole = train(fresh=True)
    assert left[0] == 0
    for trained in (broken, again):
        pd.testing.assert_frame_equal(
            trained.trajectory.frame, whole.trajectory.frame, check_exact=True
        )
        np.testing.assert_array_equal(trained.weights, whole.weights)
