import io

import pytest
import torch

from ib_mlflow.errors import CheckpointError
from ib_mlflow.networks import mlp
from ib_mlflow.training import Schedule, train


@pytest.fixture
def start(make_dataset):
    """Train two members of a small network, with some of the arguments changed."""

    def run(resume=None, *, n=50, seeds=(1, 2), hidden=4, activation="tanh", beta=0.1, **rates):
        ensemble = mlp((6, hidden, 2), activation=activation, beta=beta, seeds=seeds, device="cpu")
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
        ({"beta": [0.1, 0.2]}, "beta"),
        ({"beta": 0}, "architecture"),
        ({"learning_rate": [0.1, 0.2]}, "learning_rate"),
        ({"final_learning_rate": 0.01}, "final_learning_rate"),
        ({"momentum": 0.5}, "momentum"),
        ({"orthonormality": 0.1}, "orthonormality"),
        ({"weight_decay": 0.5}, "weight_decay"),
        ({"batch_size": 17}, "batch_size"),
    ],
)
def test_another_training_cannot_be_resumed(start, changed, name):
    checkpoint = start()[1].checkpoint()
    with pytest.raises(CheckpointError, match=f"resumed with the same {name}"):
        start(checkpoint, **changed)


def test_a_learning_rate_that_falls_cannot_be_stretched(make_dataset):
    """It can be interrupted, and one that does not fall can go on for longer."""
    dataset, ensemble = make_dataset(50, 6), mlp((6, 4, 2), members=2, device="cpu")

    def run(last, **arguments):
        return list(train(ensemble, dataset, Schedule.of([2, last]), **arguments))

    falling = {"learning_rate": 0.1, "final_learning_rate": [0.01, 0.02]}
    whole = run(4, **falling)
    rest = run(4, **falling, resume=whole[1].checkpoint())
    for name, tensor in whole[-1].ensemble.state().items():
        assert torch.equal(tensor, rest[-1].ensemble.state()[name])
    with pytest.raises(CheckpointError, match="the same last epoch of the learning rate: 5"):
        run(5, **falling, resume=whole[1].checkpoint())
    assert run(5, learning_rate=0.1, resume=run(4, learning_rate=0.1)[1].checkpoint())


def test_what_is_no_checkpoint_is_refused(start):
    with pytest.raises(CheckpointError, match="without architecture, augmentation"):
        start({"epoch": 1})


def test_a_checkpoint_is_not_changed_by_going_on(start):
    checkpoint = start()[0].checkpoint()
    before = {name: tensor.clone() for name, tensor in checkpoint["state"].items()}
    start(checkpoint)
    assert all(torch.equal(before[name], tensor) for name, tensor in checkpoint["state"].items())
