"""The validation loss after every epoch, also of those between two snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.training.snapshot import diverged, evaluate
from ib_mlflow.trajectory import LossCurves

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from ib_mlflow.networks import Ensemble


class EveryEpoch:
    """Advances a training epoch by epoch, and keeps what each is worth on held-out samples.

    How epochs are divided changes no bit of the training.

    Arguments:
        advance: runs epochs and changes the ensemble in place.
        ensemble: what learns.
        held_out: the inputs and labels of the validation set.

    Example:
        >>> from ib_mlflow.networks import mlp
        >>> ensemble, rows = mlp((12, 3, 2), members=2), np.eye(12)
        >>> watched = EveryEpoch(lambda epochs: None, ensemble, (rows, np.zeros(12, np.int64)))
        >>> watched(range(5, 8))
        >>> last = {"val_loss": np.ones(2), "val_accuracy": np.ones(2)}
        >>> watched.curves(7, last).epochs
        (5, 6, 7)
    """

    def __init__(
        self,
        advance: Callable[[range], None],
        ensemble: Ensemble,
        held_out: tuple[NDArray[np.float32], NDArray[np.int64]] | None,
    ) -> None:
        if held_out is None:
            raise InvalidInputError(
                "the losses of every epoch are those of a validation set",
                received="every_epoch=True and validation=None",
                fix="Give a validation set, or leave every_epoch out.",
            )
        self._advance, self._ensemble, self._held_out = advance, ensemble, held_out
        self._scores: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []

    def __call__(self, epochs: range) -> None:
        """Run these epochs; the last one is left to the snapshot, which evaluates it anyway."""
        for epoch in epochs:
            self._advance(range(epoch, epoch + 1))
            if epoch < epochs[-1]:
                loss, accuracy = evaluate(self._ensemble, *self._held_out)
                lost = diverged(self._ensemble, loss)
                scores = np.where(lost, np.nan, loss), np.where(lost, np.nan, accuracy)
                self._scores.append(scores)

    def curves(self, epoch: int, last: Mapping[str, NDArray[np.float64]]) -> LossCurves:
        """Hand out what was kept since the last time, and begin anew.

        Arguments:
            epoch: the last one that was run.
            last: its `val_loss` and `val_accuracy`, (e,) each.

        Returns:
            The curves of all epochs since then, this one included.
        """
        scores = [*self._scores, (last["val_loss"], last["val_accuracy"])]
        self._scores = []
        losses, accuracies = (np.stack(part, axis=1) for part in zip(*scores, strict=True))
        return LossCurves.from_arrays(losses, accuracies, first=epoch + 1 - len(scores))
