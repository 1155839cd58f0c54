"""Gated residual blocks: one for each of the two streams, tied into a pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from ib_mlflow.networks.pixelcnn.layers import Convolution, concat_elu, dropped

if TYPE_CHECKING:
    from ib_mlflow.networks.pixelcnn.context import ContextAtLevel
    from ib_mlflow.networks.pixelcnn.convolve import Sides

SECOND_GAIN = 0.1


class Reach(NamedTuple):
    """What an output of a stream's convolutions sees of their input."""

    kernel: tuple[int, int]
    sides: Sides


VERTICAL = Reach((2, 3), (1, 1, 1, 0))  # the row and the one above, a column to either side
HORIZONTAL = Reach((2, 2), (1, 0, 1, 0))  # the pixel, and what is left of it and above


class Streams(NamedTuple):
    """Activations of both streams and what concat_elu makes of them.

    The vertical stream knows the rows above a pixel, the horizontal one also what stands left of
    it. `rows` and `pixels` are `(b, f, h, w)`, their activated twins `(b, 2f, h, w)`.
    """

    rows: Tensor
    pixels: Tensor
    active_rows: Tensor
    active_pixels: Tensor

    @classmethod
    def of(cls, rows: Tensor, pixels: Tensor) -> Streams:
        """Both streams with their activated twins."""
        return cls(rows, pixels, concat_elu(rows), concat_elu(pixels))


class GatedBlock(nn.Module):
    """x + a · σ(b), where (a, b) are two convolutions of x, a skip between and h at the end.

    Reference:
        Salimans et al. (2017, arXiv:1701.05517), section 2.4; van den Oord et al. (2016,
        arXiv:1606.05328), equation 4.

    Arguments:
        filters: channels of x, f.
        reach: VERTICAL or HORIZONTAL, of both convolutions.
        skip: channels that enter between them; 0 for none.
        drop: dropout before the second one.
        context: what h becomes at this level.
    """

    def __init__(
        self,
        filters: int,
        reach: Reach,
        *,
        skip: int,
        drop: float,
        context: ContextAtLevel | None,
    ) -> None:
        super().__init__()
        width, self.drop = 2 * filters, drop
        self.first = Convolution(width, filters, *reach)
        self.skip = Convolution(skip, filters) if skip else None
        self.second = Convolution(width, width, *reach, gain=SECOND_GAIN)
        self.context = None if context is None else context.bias(width)

    def forward(
        self, x: Tensor, active: Tensor, skips: tuple[Tensor, ...], context: Tensor | None
    ) -> Tensor:
        """Map x `(b, f, h, w)` and its activated twin `(b, 2f, h, w)` to the next x."""
        hidden = self.first(active)
        if self.skip is not None:
            hidden = hidden + self.skip(*skips)
        hidden = concat_elu(hidden)
        gates = self.second(dropped(hidden, self.drop) if self.training else hidden)
        if self.context is not None:
            gates = gates + self.context(context)
        values, openings = gates.chunk(2, 1)
        return torch.addcmul(x, values, torch.sigmoid(openings))


class BlockPair(nn.Module):
    """A gated block for each stream; the horizontal one sees the vertical one's output.

    Arguments:
        filters: channels of both streams, f.
        returning: whether the pair is on the way back to the image's resolution, where each stream
            also sees its own activations from the way out.
        drop: dropout within the blocks.
        context: what h becomes at this level.
    """

    def __init__(
        self, filters: int, *, returning: bool, drop: float, context: ContextAtLevel | None
    ) -> None:
        super().__init__()
        skip = 2 * filters if returning else 0
        self.vertical = GatedBlock(filters, VERTICAL, skip=skip, drop=drop, context=context)
        self.horizontal = GatedBlock(
            filters, HORIZONTAL, skip=skip + 2 * filters, drop=drop, context=context
        )

    def forward(self, x: Streams, passed: Streams | None, context: Tensor | None) -> Streams:
        """Both streams, after a block each."""
        rows_aside = () if passed is None else (passed.active_rows,)
        pixels_aside = () if passed is None else (passed.active_pixels,)
        rows = self.vertical(x.rows, x.active_rows, rows_aside, context)
        active = concat_elu(rows)
        pixels = self.horizontal(x.pixels, x.active_pixels, (active, *pixels_aside), context)
        return Streams(rows, pixels, active, concat_elu(pixels))
