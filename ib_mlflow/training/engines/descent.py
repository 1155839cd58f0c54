"""How members learn: the numbers of stochastic gradient descent, one for each member."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

import numpy as np
import torch

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from ib_mlflow.networks.ensembles.stacked import StackedEnsemble
    from ib_mlflow.training.augmentation import Augmentation
    from ib_mlflow.training.engines.gradients import Gradients

_Learns = TypeVar("_Learns", bound="StackedEnsemble", contravariant=True)


@dataclass(frozen=True, eq=False)
class DescentSettings:
    """The arguments of `train` that say how members learn: one number, or one for each member.

    Arguments:
        learning_rate: of the first epoch.
        final_learning_rate: of the last epoch; None keeps the learning rate.
        momentum: below 1.
        weight_decay: as in `torch.optim.SGD`.
        orthonormality: α of W ← W − α (W Wᵀ − I) W.
        batch_size: samples of a step.
    """

    learning_rate: ArrayLike
    final_learning_rate: ArrayLike | None = None
    momentum: ArrayLike = 0.0
    weight_decay: ArrayLike = 0.0
    orthonormality: ArrayLike = 0.0
    batch_size: int = 256


@dataclass(frozen=True, eq=False)
class Descent:
    """Minibatch gradient descent as `torch.optim.SGD` does it, with numbers of its own per member.

    A step is v ← momentum · v + gradient + weight_decay · w, then w ← w − learning_rate · v, then,
    for every weight matrix, W ← W − orthonormality · (W Wᵀ − I) W.

    Arguments:
        learning_rate: `(e,)`, of the first epoch.
        final_learning_rate: `(e,)`, of the last epoch; the ratio of two epochs is constant.
        last: the last epoch of a learning rate that falls, 0 of one that does not.
        momentum: `(e,)`.
        weight_decay: `(e,)`.
        orthonormality: `(e,)`.
        batch_size: samples of a step; the last step of an epoch takes what is left.
    """

    learning_rate: NDArray[np.float64]
    final_learning_rate: NDArray[np.float64]
    last: int
    momentum: NDArray[np.float64]
    weight_decay: NDArray[np.float64]
    orthonormality: NDArray[np.float64]
    batch_size: int

    @classmethod
    def of(cls, members: int, settings: DescentSettings, *, last: int) -> Self:
        """Check the numbers, and repeat a scalar for every member.

        Arguments:
            members: e.
            settings: the numbers.
            last: the last epoch.

        Raises:
            InvalidInputError: if one is out of range, or there is not one for each member.

        Example:
            >>> settings = DescentSettings([0.1, 0.8], final_learning_rate=0.1)
            >>> descent = Descent.of(2, settings, last=4)
            >>> [descent.rates(epoch, torch.float32)[:, 0].tolist() for epoch in (1, 2, 4)]
            [[0.1..., 0.8...], [0.1..., 0.4...], [0.1..., 0.1...]]
        """
        try:
            size = operator.index(settings.batch_size)
        except TypeError:
            size = 0
        if size < 1:
            raise InvalidInputError(
                "batch_size must be a positive integer",
                received=settings.batch_size,
                fix="Try 256.",
            )

        def per_member(name: str, limit: float = np.inf) -> NDArray[np.float64]:
            return _per_member(members, name, getattr(settings, name), limit)

        rate = final = per_member("learning_rate")
        if settings.final_learning_rate is not None:
            final = per_member("final_learning_rate")
            if not ((rate > 0) & (final > 0)).all():
                raise InvalidInputError(
                    "a learning rate that falls must be positive from the first to the last epoch",
                    received=f"learning_rate={rate}, final_learning_rate={final}",
                    fix="Try final_learning_rate=learning_rate / 10.",
                )
        return cls(
            rate,
            final,
            0 if settings.final_learning_rate is None else last,
            per_member("momentum", 1),
            per_member("weight_decay"),
            per_member("orthonormality"),
            size,
        )

    def rates(self, epoch: int, dtype: torch.dtype) -> Tensor:
        """An epoch's learning rate, momentum, weight decay and orthonormality, `(e, 4)`."""
        rate = self.learning_rate
        if self.last > 1:
            rate = rate * (self.final_learning_rate / rate) ** ((epoch - 1) / (self.last - 1))
        others = self.momentum, self.weight_decay, self.orthonormality
        return torch.from_numpy(np.stack([rate, *others], axis=1)).to(dtype)


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """What members learn from.

    Arguments:
        inputs: `(n, ...)`, of the ensemble's precision and on its device.
        labels: `(e, n)` int64, of each member its own, on the same device.
        augmentation: changes the images of each minibatch; None for none.
    """

    inputs: Tensor
    labels: Tensor
    augmentation: Augmentation | None = None


class Advance(Protocol[_Learns]):
    """An engine: by compiled kernels, by torch.func, or one member after another."""

    def __call__(
        self,
        ensemble: _Learns,
        velocity: dict[str, Tensor],
        samples: TrainingSet,
        descent: Descent,
        epochs: range,
        gradients: Gradients | None = None,
    ) -> None:
        """Run these epochs; parameters, buffers and velocity change in place.

        Arguments:
            ensemble: its parameters are where training has come to.
            velocity: like those parameters that learn; zeros at the beginning.
            samples: what is learnt.
            descent: the numbers of gradient descent.
            epochs: consecutive; 1 is the first pass through the data.
            gradients: filled with those of the last epoch; None for none.
        """


def _per_member(members: int, name: str, value: ArrayLike, limit: float) -> NDArray[np.float64]:
    try:
        numbers = np.array(np.broadcast_to(np.asarray(value, np.float64), (members,)))
    except (TypeError, ValueError):
        numbers = np.full(members, np.nan)
    if not ((numbers >= 0) & (numbers < limit)).all():
        below = "finite" if limit == np.inf else f"below {limit}"
        raise InvalidInputError(
            f"{name} must be at least 0 and {below}, one number or one for each of the "
            f"{members} members",
            received=value,
            fix="Give a number, or an array of shape (members,).",
        )
    return numbers
