"""An ensemble at one epoch: how well it does, and all that is needed to go on from there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.training.membership import members_of
from ib_mlflow.trajectory import LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import ArrayLike, NDArray
    from torch import nn

    from ib_mlflow.networks import Ensemble
    from ib_mlflow.training.engines.gradients import Gradients
    from ib_mlflow.trajectory import LossCurves


@dataclass(frozen=True, eq=False)
class Snapshot:
    """An ensemble at one epoch; it does not change when training goes on.

    Losses are mean cross-entropies in nats over the whole set, accuracies are fractions; both are
    NaN where there is no validation set, and for members that have diverged.

    Arguments:
        epoch: passes through the data; 0 is before training.
        ensemble: the networks as they are after this epoch.
        train_loss: `(e,)` nats.
        train_accuracy: `(e,)`.
        val_loss: `(e,)` nats.
        val_accuracy: `(e,)`.
        diverged: `(e,)`, members with a parameter, or a training loss, that is not finite.
        progress: what `checkpoint` keeps beside the networks.
        gradients: of the epoch that ended, by member and weight layer; None if not recorded.
        losses: on the validation set, of every epoch since the snapshot before, this one included;
            None unless `train` was asked for `every_epoch`.
    """

    epoch: int
    ensemble: Ensemble
    train_loss: NDArray[np.float64]
    train_accuracy: NDArray[np.float64]
    val_loss: NDArray[np.float64]
    val_accuracy: NDArray[np.float64]
    diverged: NDArray[np.bool_]
    progress: Mapping[str, Any] = field(repr=False)
    gradients: Gradients | None = field(default=None, repr=False)
    losses: LossCurves | None = field(default=None, repr=False)

    @property
    def seeds(self) -> tuple[int, ...]:
        """One per member."""
        return self.ensemble.seeds

    def activations(self, inputs: ArrayLike) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield each layer's number, from 1, and its activations `(e, n, d)`."""
        return self.ensemble.activations(inputs)

    def logits(self, inputs: ArrayLike) -> NDArray[Any]:
        """Unnormalised log-probabilities `(e, n, c)` of inputs `(n, ...)`."""
        return self.ensemble.logits(inputs)

    def module(self) -> nn.Module:
        """All members as one module, `(n, ...)` to logits `(e, n, c)`, for torch.export."""
        return self.ensemble.module()

    def checkpoint(self) -> dict[str, Any]:
        """All that `train(resume=...)` needs, for torch.save and torch.load(weights_only=True)."""
        return {"epoch": self.epoch, "state": self.ensemble.state(), **self.progress}

    def of_members(self, members: slice, ensemble: Ensemble) -> Snapshot:
        """What this snapshot would be if these members had been trained by themselves.

        Arguments:
            members: a stretch of them.
            ensemble: as many networks of the same architecture and seeds; their parameters become
                those of the members.

        Returns:
            The snapshot, with members numbered from 0.

        Example:
            >>> from ib_mlflow.data import load
            >>> from ib_mlflow.networks import mlp
            >>> from ib_mlflow.training import Schedule, train
            >>> ensemble = mlp((12, 4, 2), seeds=(3, 7))
            >>> (snapshot,) = train(ensemble, load("szt"), Schedule.of([0]), learning_rate=0.2)
            >>> snapshot.of_members(slice(1, 2), mlp((12, 4, 2), seeds=(7,))).seeds
            (7,)
        """
        ensemble.load_state(members_of(self.ensemble.state(), members))
        own = {name: getattr(self, name)[members] for name in (*LEARNING, "diverged")}
        return replace(
            self,
            **own,
            ensemble=ensemble,
            progress=members_of(self.progress, members),
            gradients=self.gradients and self.gradients.of_members(members),
            losses=self.losses and self.losses.renumbered(range(len(self.seeds))[members]),
        )


def evaluate(
    ensemble: Ensemble, inputs: NDArray[Any], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean cross-entropy and accuracy of every member over a whole set.

    The network runs in its own precision; softmax, logarithm and mean are in float64.

    Arguments:
        ensemble: e members.
        inputs: `(n, ...)`.
        labels: `(n,)`, or `(e, n)` of each member its own.

    Returns:
        `(e,)` cross-entropies in nats and `(e,)` fractions of right answers; a member whose logits
        are not finite has NaN for both.

    Example:
        >>> from ib_mlflow.networks import mlp
        >>> ensemble = mlp((12, 3, 2), members=2)
        >>> [part.shape for part in evaluate(ensemble, np.eye(12), np.zeros(12, np.int64))]
        [(2,), (2,)]
    """
    # classes first: reductions then run along long contiguous rows
    logits = np.ascontiguousarray(np.moveaxis(ensemble.logits(inputs), 2, 0), np.float64)
    finite = np.isfinite(logits).all(axis=(0, 2))
    logits[:, ~finite] = 0
    logits -= logits.max(axis=0)
    right = np.take_along_axis(logits, np.atleast_2d(labels)[None], axis=0)[0]
    loss = (np.log(np.exp(logits).sum(axis=0)) - right).mean(axis=1)
    accuracy = (logits.argmax(axis=0) == labels).mean(axis=1)
    return np.where(finite, loss, np.nan), np.where(finite, accuracy, np.nan)


def diverged(ensemble: Ensemble, train_loss: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Members, `(e,)`, with a parameter or a training loss that is not finite."""
    finite = np.isfinite(train_loss)
    for parameter in ensemble.parameters.values():
        numbers = parameter.unsqueeze(-1).flatten(1)  # a scalar of each member is (e,)
        finite &= numbers.isfinite().all(dim=1).cpu().numpy()
    return ~finite
