"""What the estimator of noisy layers refuses: arguments, and networks that break its rules."""

import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import noisy_information


@pytest.mark.parametrize(
    "wrong",
    [
        {"beta": 0.0},
        {"beta": True},
        {"beta": [0.1, 0.2]},
        {"beta": np.nan},
        {"beta": 1e-200},
        {"beta": 1e-90},
        {"beta": 1e200},
        {"repeats": 10**9},
        {"n_queries": 10**12},
        {"beta": "much"},
        {"repeats": 5},
        {"repeats": 2},
        {"repeats": 4.0},
        {"n_queries": 10},
        {"seed": -1},
        {"labels": [0, 1]},
    ],
    ids=str,
)
def test_what_cannot_be_measured_is_refused(truth, wrong):
    net = truth["net"]([[[1.0]]], beta=0.1)
    settings = {"inputs": [[0.0], [1.0], [2.0]], "labels": [0, 1, 1], "beta": 0.1, "seed": 0}
    with pytest.raises(InvalidInputError):
        dict(noisy_information(net, **{**settings, **wrong}))


def no_seed(inputs, *, repeats=1):
    yield 1, np.repeat(np.asarray(inputs), repeats, axis=0)


@pytest.mark.parametrize(
    ("networks", "received"),
    [
        (None, "received None"),
        (np.zeros((3, 2)), "received array"),
        (no_seed, "no_seed: got an unexpected keyword argument 'seed'"),
        (lambda inputs, seed: iter(()), "unexpected keyword argument 'repeats'"),
    ],
    ids=["none", "activations", "no seed", "no repeats"],
)
def test_what_cannot_be_propagated_is_refused_before_anything_runs(networks, received):
    with pytest.raises(InvalidInputError, match=rf"propagate must be callable as .*{received}"):
        noisy_information(networks, [[0.0], [1.0]], [0, 1], beta=0.1, seed=0)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (lambda rows: np.full_like(rows, np.nan), "finite"),
        (lambda rows: rows[:-1], "rows"),
        (lambda rows: rows[:, 0], "shape"),
        (lambda rows: rows + np.arange(len(rows))[:, None], "first hidden layer"),
    ],
    ids=["nan", "length", "one axis", "noise before the first layer"],
)
def test_a_network_that_does_not_keep_to_its_form_is_refused(truth, rows, message):
    def propagate(inputs, *, seed, repeats=1):
        yield 1, rows(np.repeat(np.asarray(inputs, float), repeats, axis=0))

    with pytest.raises(InvalidInputError, match=message):
        dict(noisy_information(propagate, [[0.0], [1.0]], [0, 1], beta=0.1, seed=0))


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ([1], "same layers"),
        ([1, 2, 3], "same layers"),
        ([1, 3], "same layers"),
        ([1, -2], "same shape"),
    ],
)
def test_passes_that_differ_are_refused(second, message):
    passes = iter(([1, 2], second))

    def propagate(inputs, *, seed, repeats=1):
        for layer in next(passes):
            yield abs(layer), np.zeros((2 * repeats, 3 if layer > 0 else 4))

    with pytest.raises(InvalidInputError, match=message):
        dict(noisy_information(propagate, [[0.0], [1.0]], [0, 1], beta=0.1, seed=0))
