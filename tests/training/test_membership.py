"""Some members of an ensemble, as if they had been trained by themselves."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from ib_mlflow.errors import CheckpointError
from ib_mlflow.networks import mlp, stack
from ib_mlflow.training import Schedule, gradient_rows, train
from ib_mlflow.training.membership import joined, members_of
from ib_mlflow.trajectory import LEARNING

SEEDS = (3, 8, 4)
SOME = slice(1, 3)
RATES = np.array([0.1, 0.02, 0.3])


def convolutional():
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 2))


KINDS = {
    "compiled": (lambda seeds: mlp((36, 4, 2), seeds=seeds, device="cpu")),
    "convolutional": (lambda seeds: stack(convolutional, seeds=seeds, layers=["0"], device="cpu")),
}


@pytest.fixture(params=KINDS)
def descents(request, make_dataset):
    """Trains any of the members, from the beginning or from a checkpoint."""
    build, dataset = KINDS[request.param], make_dataset(40, 1, 6, 6)

    def run(members, resume=None):
        ensemble = build(SEEDS[members])
        snapshots = train(
            ensemble, dataset, Schedule.of([2, 5]), learning_rate=RATES[members], momentum=0.5,
            batch_size=16, validation=dataset, every_epoch=True, gradients=True, resume=resume,
        )  # fmt: skip
        return ensemble, list(snapshots)

    return run


def test_a_part_of_a_snapshot_is_that_of_its_members_alone(descents):
    whole, alone = descents(slice(0, 3))[1], descents(SOME)
    networks = alone[0].copy()
    for snapshot, expected in zip(whole, alone[1], strict=True):
        part = snapshot.of_members(SOME, networks)
        assert (part.epoch, part.seeds) == (expected.epoch, expected.seeds)
        for name in (*LEARNING, "diverged"):
            np.testing.assert_array_equal(getattr(part, name), getattr(expected, name))
        pd.testing.assert_frame_equal(part.losses.frame, expected.losses.frame)
        pd.testing.assert_frame_equal(gradient_rows(part), gradient_rows(expected))
        for name, tensor in part.checkpoint()["state"].items():
            assert torch.equal(tensor, expected.checkpoint()["state"][name])


def test_members_of_two_checkpoints_go_on_together(descents):
    first, last = descents(slice(0, 1))[1][1], descents(SOME)[1][1]
    *_, together = descents(slice(0, 3), joined([first.checkpoint(), last.checkpoint()]))[1]
    *_, whole = descents(slice(0, 3))[1]
    assert together.epoch == whole.epoch == 5
    for name, tensor in together.checkpoint()["state"].items():
        assert torch.equal(tensor, whole.checkpoint()["state"][name])


def test_a_checkpoint_falls_apart_and_comes_together(descents):
    state = descents(slice(0, 3))[1][-1].checkpoint()
    again = joined([members_of(state, slice(0, 1)), members_of(state, slice(1, 3))])
    assert again.keys() == state.keys()
    assert torch.equal(again["learning_rate"], state["learning_rate"])
    assert all(torch.equal(again["velocity"][name], v) for name, v in state["velocity"].items())


def test_members_of_different_epochs_do_not_go_on_together():
    with pytest.raises(CheckpointError, match="the same epoch; received 3, 4"):
        joined([{"epoch": 3}, {"epoch": 4}])
