"""The gradients of an epoch's minibatches: how long their mean is, and how far they scatter.

The minibatches of an epoch are dealt to at most `SHARES` shares that follow one another, so that
what a resampling over minibatches needs is small: two numbers for each share, member and layer.
While an epoch passes, a running mean of each share is kept: `SHARES` times the weights (of one
member a thread in the compiled kernels, of all members elsewhere).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
import torch

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from torch import Tensor

SHARES = 16


@dataclass(frozen=True, eq=False)
class Gradients:
    """Gradients of the loss at the minibatches of one epoch, by member and weight layer.

    A weight layer is a matrix or kernel that learns; biases and what has one number a unit are
    none. A minibatch counts as one, the last and smaller one too. Weights move within the epoch,
    so that the mean holds what they moved, and the spread also what the gradient changed.

    Arguments:
        names: of the l weight layers, as in the network; layer 1 is the first.
        counts: `(s,)`, minibatches of each share; `(0,)` where no epoch has passed.
        along: `(e, l, s)`, the share's mean gradient along the direction of the whole mean.
        deviation: `(e, l, s)`, root mean squared distance of the share's gradients from the whole
            mean, over minibatches.
        weight_norm: `(e, l)`, Euclidean norms of the weights after the epoch.
    """

    names: tuple[str, ...]
    counts: NDArray[np.int64]
    along: NDArray[np.float64]
    deviation: NDArray[np.float64]
    weight_norm: NDArray[np.float64]

    @classmethod
    def of(cls, weights: Mapping[str, Tensor], minibatches: int) -> Self:
        """Room for the gradients of an epoch, NaN until an engine has filled it.

        Arguments:
            weights: `(e, ...)` each, by name: those that learn.
            minibatches: of the epoch; 0 before training.

        Raises:
            InvalidInputError: if no parameter that learns is a matrix or a kernel.

        Example:
            >>> gradients = Gradients.of({"w": torch.zeros(2, 3, 4), "b": torch.zeros(2, 3)}, 40)
            >>> gradients.names, gradients.along.shape, gradients.minibatches
            (('w',), (2, 1, 16), 40)
        """
        names = tuple(name for name, weight in weights.items() if weight.ndim > 2)
        if not names:
            raise InvalidInputError(
                "gradients are recorded of matrices and kernels that learn",
                received=f"parameters that learn: {', '.join(weights) or 'none'}",
                fix="Leave gradients out, or let a layer's weight learn.",
            )
        members = len(weights[names[0]])
        shares = min(SHARES, minibatches)
        counts = np.diff(np.arange(shares + 1) * minibatches // max(shares, 1))
        shape = members, len(names), shares
        room = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape[:2], np.nan)
        return cls(names, counts, *room)

    @property
    def minibatches(self) -> int:
        """Of the epoch that ended; 0 where none has passed."""
        return int(self.counts.sum())

    @property
    def mean(self) -> NDArray[np.float64]:
        """Norm of the mean over minibatches, `(e, l)`; NaN where no epoch has passed."""
        return self._over_minibatches(self.along)

    @property
    def std(self) -> NDArray[np.float64]:
        """Norm of the entries' standard deviations over minibatches (of n, not n − 1), `(e, l)`."""
        return np.sqrt(self._over_minibatches(self.deviation**2))

    def finished(self, weights: Mapping[str, Tensor], lost: NDArray[np.bool_]) -> Self:
        """The same with the weights' norms, and NaN for the members that are lost, `(e,)`."""
        norms = [
            torch.linalg.vector_norm(weights[name].double().flatten(1), dim=1).cpu().numpy()
            for name in self.names
        ]

        def known(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.where(lost.reshape(-1, *(1,) * (numbers.ndim - 1)), np.nan, numbers)

        return replace(
            self,
            along=known(self.along),
            deviation=known(self.deviation),
            weight_norm=known(np.stack(norms, axis=1)),
        )

    def of_members(self, members: slice) -> Self:
        """Those of a stretch of the members."""
        parts = (self.along[members], self.deviation[members], self.weight_norm[members])
        return type(self)(self.names, self.counts, *parts)

    def _over_minibatches(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        if not self.minibatches:
            return np.full(numbers.shape[:2], np.nan)
        return numbers @ (self.counts / self.minibatches)


class Running:
    """Means and sums of squares of gradients as they come, on the device where they come.

    Welford (1962): nothing cancels, and a single minibatch has a spread of exactly 0. Members may
    be taken by different threads.

    Arguments:
        gradients: what `finish` fills.
        weights: `(e, ...)` each, by name.
    """

    def __init__(self, gradients: Gradients, weights: Mapping[str, Tensor]) -> None:
        self.gradients = gradients
        sizes = gradients.counts.tolist()
        self.places = [(share, seen) for share, size in enumerate(sizes) for seen in range(size)]
        self.means = {name: _shares_of(weights[name], len(sizes)) for name in gradients.names}
        device = weights[gradients.names[0]].device
        self.within = torch.zeros(gradients.along.shape, dtype=torch.float64, device=device)

    def take(
        self, minibatch: int, slopes: Mapping[str, Tensor], members: slice = slice(None)
    ) -> None:
        """Take the gradients `(e, ...)` of one minibatch, from 0, of these members."""
        share, seen = self.places[minibatch]
        for layer, (name, means) in enumerate(self.means.items()):
            mean = means[members, share]
            change = slopes[name].detach() - mean
            mean += change / (seen + 1)
            squares = change.double().square().flatten(1).sum(1)
            self.within[members, layer, share] += squares * (seen / (seen + 1))

    def finish(self) -> None:
        """Fill `along` and `deviation`."""
        gradients = self.gradients
        seen = np.cumsum(gradients.counts).tolist()
        counts = torch.from_numpy(gradients.counts).to(self.within)
        for layer, means in enumerate(self.means.values()):
            parts = [part.double().flatten(1) for part in means.unbind(1)]
            whole = torch.zeros_like(parts[0])
            for part, size, total in zip(parts, gradients.counts.tolist(), seen, strict=True):
                whole += (part - whole) * (size / total)
            norm = torch.linalg.vector_norm(whole, dim=1)
            along = torch.stack([(part * whole).sum(1) / norm for part in parts], 1)
            along = torch.where(norm[:, None] == 0, torch.zeros_like(along), along)
            apart = torch.stack([(part - whole).square().sum(1) for part in parts], 1)
            deviation = (apart + self.within[:, layer] / counts).sqrt()
            gradients.along[:, layer] = along.cpu().numpy()
            gradients.deviation[:, layer] = deviation.cpu().numpy()


def _shares_of(weight: Tensor, shares: int) -> Tensor:
    return weight.new_zeros((len(weight), shares, *weight.shape[1:]))
