"""Labels of members' own: the same bits as without where they are equal, on every engine."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.data import load
from ib_mlflow.errors import CheckpointError, InvalidInputError
from ib_mlflow.information import Binned, SamplePropagation
from ib_mlflow.networks import mlp, stack
from ib_mlflow.training import Schedule, measure, train
from ib_mlflow.training.engines import compiled, functional, per_member
from ib_mlflow.training.labels import of_members

RATES = {"learning_rate": 0.1, "batch_size": 32}


def fully_connected():
    return mlp((12, 5, 3), seeds=(4, 4, 7), device="cpu")


def by_functions():
    return stack(
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.Tanh(), nn.Linear(5, 3)),
        seeds=(4, 4, 7),
        layers=["2"],
        device="cpu",
    )


def convolutional():
    return stack(
        lambda: nn.Sequential(nn.Conv2d(1, 3, 2), nn.Tanh(), nn.Flatten(), nn.Linear(18, 3)),
        seeds=(4, 4, 7),
        layers=["1"],
        device="cpu",
    )


ENGINES = {
    fully_connected: (compiled, (12,)),
    by_functions: (functional, (12,)),
    convolutional: (per_member, (1, 4, 3)),
}


@pytest.fixture(params=list(ENGINES), ids=lambda make: make.__name__)
def engine(request, make_dataset, monkeypatch):
    """An ensemble, data for it, and the engine that is used, or the test fails."""
    module, shape = ENGINES[request.param]
    used = []
    advance = module.advance
    monkeypatch.setattr(module, "advance", lambda *given: used.append(1) or advance(*given))
    yield request.param(), make_dataset(100, *shape, classes=3)
    assert used


def trained(ensemble, dataset, **arguments):
    return list(train(ensemble, dataset, Schedule.of([1, 3]), **RATES, **arguments))


def same_bits(one, other, member=slice(None)):
    states = one.ensemble.state(), other.ensemble.state()
    return all(torch.equal(t[member], states[1][name][member]) for name, t in states[0].items())


def test_equal_labels_give_the_bits_of_the_datasets(engine):
    ensemble, dataset = engine
    shared = trained(ensemble, dataset)
    own = trained(ensemble, dataset, labels=np.stack([dataset.labels] * 3))
    for one, other in zip(shared, own, strict=True):
        assert same_bits(one, other)
        np.testing.assert_array_equal(one.train_loss, other.train_loss)


def test_each_member_learns_its_own_labels_alone(engine):
    ensemble, dataset = engine
    labels = np.stack([dataset.labels, (dataset.labels + 1) % 3, dataset.labels[::-1]])
    *_, together = trained(ensemble, dataset, labels=labels)
    for member, row in enumerate(labels):
        *_, alone = trained(ensemble, replace(dataset, labels=row.copy()))
        assert same_bits(together, alone, member)
        assert together.train_loss[member] == alone.train_loss[member]
        assert together.train_accuracy[member] == alone.train_accuracy[member]
    assert not torch.equal(*(next(iter(together.ensemble.state().values()))[:2]))


@pytest.mark.parametrize(
    ("labels", "received"),
    [
        (np.zeros((2, 100), int), "int64 of shape (2, 100)"),
        (np.zeros((3, 99), int), "int64 of shape (3, 99)"),
        (np.zeros((3, 100)), "float64 of shape (3, 100)"),
        (np.full((3, 100), 3), "from 3 to 3"),
        (np.full((3, 100), -1), "from -1 to -1"),
    ],
)
def test_labels_that_do_not_fit_are_refused(make_dataset, labels, received):
    with pytest.raises(InvalidInputError, match=r"whole numbers in 0\.\.2 of shape") as error:
        trained(fully_connected(), make_dataset(100, 12, classes=3), labels=labels)
    assert received in str(error.value)


def test_training_goes_on_with_the_same_labels_only(make_dataset):
    dataset = make_dataset(100, 12, classes=3)
    labels = np.stack([dataset.labels, dataset.labels[::-1], dataset.labels])
    whole = trained(fully_connected(), dataset, labels=labels)
    checkpoint = whole[1].checkpoint()
    *_, last = trained(fully_connected(), dataset, labels=labels, resume=checkpoint)
    assert same_bits(whole[-1], last)
    for others in (None, labels[[1, 0, 2]]):
        with pytest.raises(CheckpointError, match="same dataset"):
            trained(fully_connected(), dataset, labels=others, resume=checkpoint)


def test_each_member_is_measured_by_its_own_labels(make_dataset):
    dataset = make_dataset(100, 12, classes=3)
    labels = np.stack([dataset.labels, dataset.labels[::-1], dataset.labels])
    estimators = [Binned(bin_size=0.5), Binned(bin_count=4, value_range=(-1, 1), clip=True)]
    *_, last = trained(fully_connected(), dataset, labels=labels)
    together = measure(last, estimators, dataset, labels=labels)
    for member, row in enumerate(labels):
        alone = measure(last, estimators, replace(dataset, labels=row.copy()))
        columns = ["layer", "setting", "i_x", "i_x_se", "i_y", "i_y_se", "reliable", "n"]
        theirs, ours = (
            of.loc[of["member"] == member, columns].reset_index(drop=True)
            for of in (alone, together)
        )
        assert ours.equals(theirs)


def test_propagation_knows_no_labels_of_members(make_dataset):
    dataset = make_dataset(20, 12, classes=3)
    *_, last = trained(fully_connected(), dataset)
    with pytest.raises(InvalidInputError, match="estimators of a layer's activations"):
        measure(last, [SamplePropagation()], dataset, labels=[dataset.labels] * 3)


def test_what_an_estimator_says_stays_in_the_order_of_the_members():
    szt = load("szt")
    layer = np.random.default_rng(0).normal(size=(5, szt.n, 2))
    labels = np.stack([szt.labels, 1 - szt.labels, szt.inputs[:, 0], szt.labels, szt.inputs[:, 0]])
    own = of_members(Binned(bin_size=0.5), layer, labels)
    for member, row in enumerate(labels):
        alone = Binned(bin_size=0.5)(layer[member], row)
        assert (own.i_x[member], own.i_y[member]) == (alone.i_x, alone.i_y)
        assert own.diagnostics["occupied"][member] == alone.diagnostics["occupied"]
