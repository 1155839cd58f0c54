import io

import pytest
import torch

from ib_mlflow.errors import CheckpointError
from ib_mlflow.networks import mlp
from ib_mlflow.training import Schedule, train


@pytest.fixture
def start(make_dataset):
    """Train two members of a small network, with some of the arguments changed."""

    def run(resume=None, *, n=50, seeds=(1, 2), hidden=4, activation="tanh", **rates):
        ensemble = mlp((6, hidden, 2), activation=activation, seeds=seeds, device="cpu")
        rates = {"learning_rate": 0.1, "batch_size": 16, **rates}
        return list(train(ensemble, make_dataset(n, 6), Schedule.of([2]), resume=resume, **rates))

    return run


def test_a_checkpoint_survives_a_file_without_pickled_code(start):
    checkpoint = start()[-1].checkpoint()
    file = io.BytesIO()
    torch.save(checkpoint, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=True)
    assert loaded["epoch"] == 2
    assert start(loaded) == []


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"n": 51}, "dataset"),
        ({"seeds": (1, 3)}, "seeds"),
        ({"seeds": (1, 2, 3)}, "seeds"),
        ({"hidden": 5}, "architecture"),
        ({"activation": "relu"}, "architecture"),
        ({"learning_rate": [0.1, 0.2]}, "learning_rate"),
        ({"momentum": 0.5}, "momentum"),
        ({"weight_decay": 0.5}, "weight_decay"),
        ({"batch_size": 17}, "batch_size"),
    ],
)
def test_another_training_cannot_be_resumed(start, changed, name):
    checkpoint = start()[1].checkpoint()
    with pytest.raises(CheckpointError, match=f"resumed with the same {name}"):
        start(checkpoint, **changed)


def test_what_is_no_checkpoint_is_refused(start):
    with pytest.raises(CheckpointError, match="without architecture, batch_size"):
        start({"epoch": 1})


def test_a_checkpoint_is_not_changed_by_going_on(start):
    checkpoint = start()[0].checkpoint()
    before = {name: tensor.clone() for name, tensor in checkpoint["state"].items()}
    start(checkpoint)
    assert all(torch.equal(before[name], tensor) for name, tensor in checkpoint["state"].items())
