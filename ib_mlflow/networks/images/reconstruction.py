"""A decoder that gives one image for what a layer holds: the mean of those that are possible."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn.functional import interpolate

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.images.layered import weights_from

if TYPE_CHECKING:
    from collections.abc import Sequence

SLOPE = 0.2  # of the leaky ReLU, as in the reference


class Reconstruction(nn.Module):
    """An up-convolutional network from a context to an image.

    Reference:
        Dosovitskiy & Brox (2016), "Inverting Visual Representations with Convolutional Networks",
        arXiv:1506.02753.

    Arguments:
        context: shape of what a layer holds: `(d,)` or `(channels, h, w)`.
        shape: (channels, h, w) of an image.
        filters: of the finest maps; maps half as large have twice as many, smaller ones four times.
        seed: of the weights.

    Raises:
        InvalidInputError: a shape or a number is out of range.

    Example:
        >>> import torch
        >>> network = Reconstruction((256,), (1, 28, 28), filters=8)
        >>> network(torch.zeros(5, 256)).shape
        torch.Size([5, 1, 28, 28])
    """

    def __init__(
        self,
        context: Sequence[int],
        shape: Sequence[int],
        *,
        filters: int = 32,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if len(context) not in (1, 3) or len(shape) != 3 or min(*context, *shape, filters) < 1:
            raise InvalidInputError(
                "context must be (d,) or (channels, h, w), shape (channels, h, w), and every "
                "number at least 1",
                received=f"context={tuple(context)}, shape={tuple(shape)}, filters={filters}",
                fix="Flatten other layers.",
            )
        channels, *self.size = shape
        self.spatial = len(context) == 3
        coarse = tuple(context[1:]) if self.spatial else tuple(-(-side // 4) for side in self.size)
        doublings = max(0, round(math.log2(min(self.size[k] / coarse[k] for k in (0, 1)))))
        widths = [filters * 2 ** min(step, 2) for step in range(doublings, -1, -1)]
        self.coarse = (widths[0], *coarse)
        with weights_from(seed):
            self.enter: nn.Module = (
                nn.Conv2d(context[0], widths[0], 1)
                if self.spatial
                else nn.Linear(context[0], math.prod(self.coarse))
            )
            self.grow = nn.Sequential(
                *(
                    nn.Sequential(
                        nn.LeakyReLU(SLOPE), nn.ConvTranspose2d(wide, narrow, 4, 2, padding=1)
                    )
                    for wide, narrow in pairwise(widths)
                )
            )
            self.leave = nn.Sequential(
                nn.LeakyReLU(SLOPE),
                nn.Conv2d(filters, filters, 3, padding=1),
                nn.LeakyReLU(SLOPE),
                nn.Conv2d(filters, channels, 3, padding=1),
            )

    def forward(self, context: Tensor) -> Tensor:
        """Images `(b, channels, h, w)`, 0 for black and 1 for the brightest, not clipped."""
        maps = self.enter(context)
        if not self.spatial:
            maps = maps.unflatten(1, self.coarse)
        maps = self.grow(maps)
        if list(maps.shape[-2:]) != self.size:
            maps = interpolate(maps, self.size, mode="bilinear", antialias=True)
        image: Tensor = self.leave(maps)
        return image
