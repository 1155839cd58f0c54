import logging

import numpy as np
import pytest
from torch import nn

from ib_mlflow.data import Dataset
from ib_mlflow.networks import mlp, stack
from ib_mlflow.training import Schedule, train
from ib_mlflow.training.outputs import are_probabilities

RNG = np.random.default_rng(0)
DATA = Dataset.of(RNG.normal(size=(40, 3)), RNG.integers(3, size=40))
SAID = "the outputs are probabilities: the loss takes logits"


def remarks(caplog, ensemble, validation=None):
    with caplog.at_level(logging.WARNING, logger="ib_mlflow"):
        schedule = Schedule.of([0, 1, 2])
        list(train(ensemble, DATA, schedule, learning_rate=0.1, validation=validation))
    return [record.getMessage() for record in caplog.records if SAID in record.getMessage()]


def own(*last):
    return stack(
        lambda: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3), *last),
        seeds=(0, 1),
        layers=["1"],
        device="cpu",
    )


def test_a_last_softmax_is_remarked_once(caplog):
    assert len(remarks(caplog, own(nn.Softmax(dim=1)), validation=DATA)) == 1


@pytest.mark.parametrize(
    "last", [(), (nn.Sigmoid(),), (nn.ReLU(),), (nn.LogSoftmax(dim=1),)], ids=str
)
def test_other_outputs_are_not(caplog, last):
    assert remarks(caplog, own(*last)) == []


def test_the_library_s_own_networks_are_not(caplog):
    assert remarks(caplog, mlp((3, 4, 3), members=2)) == []


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ([[[0.2, 0.8], [1.0, 0.0]]], True),
        ([[[0.2, 0.80005]]], True),  # rounding
        ([[[0.2, 0.8002]]], False),
        ([[[-0.5, 1.5]]], False),
        ([[[0.2, 0.8], [0.3, 0.8]]], False),  # a row is not one
        ([[[0.2, 0.8]], [[0.3, 0.8]]], False),  # a member is not one
        ([[[1.0], [1.0]]], False),  # of a single output nobody can tell
        ([[[np.nan, 1.0]]], False),
    ],
)
def test_probabilities_are_told_from_logits(outputs, expected):
    assert are_probabilities(np.array(outputs)) is expected
