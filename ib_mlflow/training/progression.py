"""From one measured epoch of a training to the next."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.training.checkpoint import progress
from ib_mlflow.training.engines.gradients import Gradients
from ib_mlflow.training.snapshot import Snapshot, diverged, evaluate
from ib_mlflow.trajectory import LEARNING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray
    from torch import Tensor

    from ib_mlflow.networks.ensembles.stacked import StackedEnsemble
    from ib_mlflow.training.every_epoch import EveryEpoch
    from ib_mlflow.training.schedule import Schedule

    Samples = tuple[NDArray[np.float32], NDArray[np.int64]]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Training:
    """Networks that learn, and how they go on.

    Arguments:
        ensemble: where training has come to.
        velocity: of the parameters that learn.
        conditions: what must be the same for a checkpoint to go on.
        advance: runs epochs, and changes the ensemble and the velocity in place.
        done: the last epoch that was yielded before; -1 at the beginning.
        minibatches: of an epoch whose gradients are recorded; None if they are not.
    """

    ensemble: StackedEnsemble
    velocity: dict[str, Tensor]
    conditions: Mapping[str, Any]
    advance: Callable[[range, Gradients | None], None]
    done: int
    minibatches: int | None = None

    def room(self, epochs: range) -> Gradients | None:
        """Where the gradients of the last of these epochs go; epoch 0 has none."""
        if self.minibatches is None:
            return None
        return Gradients.of(self.velocity, self.minibatches if epochs else 0)


def snapshots(
    training: Training,
    schedule: Schedule,
    learnt: Samples,
    held_out: Samples | None,
    watched: EveryEpoch | None,
) -> Iterator[Snapshot]:
    """Advance a training to each measured epoch, and yield the networks as they are there.

    Arguments:
        training: what learns.
        schedule: the measured epochs.
        learnt: inputs and labels of the training set.
        held_out: those of the validation set; None for none.
        watched: what keeps the losses of every epoch; None for none.

    Returns:
        A snapshot for each epoch that was not yielded before.
    """
    ensemble, done = training.ensemble, training.done
    advance = watched or training.advance
    lost = np.zeros(ensemble.members, bool)
    for before, epoch in pairwise((-1, *schedule.epochs)):
        if epoch <= done:
            continue
        epochs = range(max(before, done, 0) + 1, epoch + 1)
        gradients = training.room(epochs)
        if epochs:
            advance(epochs, gradients)
        scores = dict.fromkeys(LEARNING, np.full(ensemble.members, np.nan))
        scores["train_loss"], scores["train_accuracy"] = evaluate(ensemble, *learnt)
        if held_out:
            scores["val_loss"], scores["val_accuracy"] = evaluate(ensemble, *held_out)
        now = diverged(ensemble, scores["train_loss"])
        for member in np.flatnonzero(now & ~lost):
            seed = ensemble.seeds[member]
            logger.warning("member %d (seed %d) has diverged by epoch %d", member, seed, epoch)
        lost = now
        scores = {name: np.where(now, np.nan, score) for name, score in scores.items()}
        yield Snapshot(
            epoch=epoch,
            ensemble=ensemble.copy(),
            diverged=now,
            progress=progress(training.conditions, training.velocity),
            gradients=gradients and gradients.finished(ensemble.parameters, now),
            losses=watched.curves(epoch, scores) if watched else None,
            **scores,
        )
