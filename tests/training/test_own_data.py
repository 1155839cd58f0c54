"""Data of one's own reach networks of one's own as they are."""

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.data import Dataset
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Binned
from ib_mlflow.networks import mlp, stack
from ib_mlflow.training import Augmentation, Schedule, measure, train


def datasets_of(inputs):
    labels = np.random.default_rng(1).integers(0, 2, len(inputs))
    return Dataset.of(inputs, labels)


KINDS = {
    "ids": (
        np.random.default_rng(0).integers(0, 10, (40, 5)),
        lambda: nn.Sequential(nn.Embedding(10, 3), nn.Flatten(), nn.Linear(15, 2)),
    ),
    "images": (
        np.random.default_rng(0).normal(size=(40, 1, 4, 4)),
        lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.Tanh(), nn.Flatten(), nn.Linear(8, 2)),
    ),
    "sequences": (
        np.random.default_rng(0).normal(size=(40, 5, 3)),
        lambda: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Flatten(), nn.Linear(20, 2)),
    ),
    "half precision": (
        np.random.default_rng(0).normal(size=(40, 6)).astype(np.float16),
        lambda: nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 2)),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_own_data_reach_networks_as_they_are(kind):
    inputs, factory = KINDS[kind]
    dataset = datasets_of(inputs)
    seen = []

    def watched():
        network = factory()
        network[0].register_forward_pre_hook(WATCH)
        return network

    def watch(module, entered):
        seen.append(entered[0])

    WATCH.watch = watch
    ensemble = stack(watched, seeds=(0, 1), layers=["0"], device="cpu")
    *_, last = train(
        ensemble, dataset, Schedule.of([2]), learning_rate=0.1, batch_size=16, validation=dataset
    )
    expected = torch.int64 if kind == "ids" else torch.float32
    assert {rows.dtype for rows in seen} == {expected}
    assert {rows.shape[-inputs.ndim + 1 :] for rows in seen} == {inputs.shape[1:]}
    assert np.isfinite(last.train_loss).all()
    assert len(measure(last, [Binned(bin_size=0.3)], dataset)) == 4
    rows = torch.from_numpy(dataset.features().reshape(inputs.shape))
    expected_logits = factory_logits(factory, last.ensemble, rows)
    np.testing.assert_allclose(last.logits(rows), expected_logits, rtol=0, atol=1e-6)


class Watch:
    """A hook that is the same object for all members."""

    def __call__(self, module, entered):
        self.watch(module, entered)


WATCH = Watch()


def factory_logits(factory, ensemble, rows):
    logits = []
    for member in range(ensemble.members):
        network = factory()
        state = {name: tensor[member] for name, tensor in ensemble.state().items()}
        network.load_state_dict(state)
        logits.append(network.eval()(rows).detach().numpy())
    return np.stack(logits)


def test_fully_connected_networks_take_any_numbers():
    inputs, _ = KINDS["ids"]
    (snapshot,) = train(
        mlp((5, 4, 2), members=2), datasets_of(inputs), Schedule.of([0]), learning_rate=0.1
    )
    expected = snapshot.logits(inputs.astype(np.float32))
    assert np.array_equal(snapshot.logits(inputs), expected)


def test_ids_are_not_augmented():
    ids = np.zeros((4, 1, 4, 4), np.int64)
    ensemble = stack(
        lambda: nn.Sequential(nn.Flatten(), nn.Embedding(1, 2), nn.Flatten(), nn.Linear(32, 2)),
        seeds=(0,),
        layers=[],
    )
    with pytest.raises(InvalidInputError, match="augmentation is for images"):
        train(
            ensemble,
            datasets_of(ids),
            Schedule.of([1]),
            learning_rate=0.1,
            augmentation=Augmentation(),
        )


class Cut(nn.Module):
    """An embedding of whatever comes, made whole."""

    def __init__(self):
        super().__init__()
        self.embedding, self.last = nn.Embedding(10, 3), nn.Linear(15, 2)

    def forward(self, inputs):
        return self.last(self.embedding(inputs.long()).flatten(1))


def trained_on(dataset):
    ensemble = stack(Cut, seeds=[0], layers=["embedding"], device="cpu")
    *_, last = train(ensemble, dataset, Schedule.of([1]), learning_rate=0.1, batch_size=20)
    return last


def test_ids_that_levels_have_scaled_are_not_cut_to_nothing():
    ids = np.random.default_rng(0).integers(0, 10, (40, 5))
    labels = ids[:, 0] % 2
    with pytest.raises(InvalidInputError, match=r"cut to whole numbers from 0 to 1\. Make the"):
        trained_on(Dataset.of(ids.astype(np.uint8), labels, levels=10))
    bits = Dataset.of((ids > 4).astype(np.uint8), labels, levels=2)  # 0 and 1 stay what they are
    for whole in (Dataset.of(ids, labels), bits):
        assert np.isfinite(trained_on(whole).train_loss).all()
