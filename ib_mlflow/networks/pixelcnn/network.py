"""The two streams over all levels: from an image to the parameters of every pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import elu

from ib_mlflow.networks.pixelcnn.blocks import HORIZONTAL, VERTICAL, BlockPair, Streams
from ib_mlflow.networks.pixelcnn.layers import Convolution, Enlargement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ib_mlflow.networks.pixelcnn.context import ContextAtLevel


class Entrance(nn.Module):
    """The first activations: of the rows above, and of what stands left.

    Arguments:
        channels: of the image.
        filters: channels of both streams, f.
    """

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        self.rows = Convolution(channels + 1, filters, (2, 3), (1, 1, 2, -1))
        self.above = Convolution(channels + 1, filters, (1, 3), (1, 1, 1, -1))
        self.left = Convolution(channels + 1, filters, (2, 1), (1, -1, 1, 0))

    def forward(self, x: Tensor) -> Streams:
        """Streams of an image `(b, c, h, w)` on the scale from −1 to 1."""
        inside = torch.ones_like(x[:, :1])  # tells the image from the zeros around it
        marked = torch.cat((x, inside), 1)
        return Streams.of(self.rows(marked), self.above(marked) + self.left(marked))


class Crossing(nn.Module):
    """The way to the next level, of half the height and width, and back.

    Arguments:
        filters: channels of both streams, f.
    """

    def __init__(self, filters: int) -> None:
        super().__init__()
        self.reduce_rows = Convolution(filters, filters, *VERTICAL, stride=2)
        self.reduce_pixels = Convolution(filters, filters, *HORIZONTAL, stride=2)
        self.enlarge_rows = Enlargement(filters, filters, VERTICAL.kernel)
        self.enlarge_pixels = Enlargement(filters, filters, HORIZONTAL.kernel)

    def reduced(self, x: Streams) -> Streams:
        """Streams at the next level."""
        return Streams.of(self.reduce_rows(x.rows), self.reduce_pixels(x.pixels))

    def enlarged(self, x: Streams) -> Streams:
        """Streams of the next level, back at this one."""
        return Streams.of(self.enlarge_rows(x.rows), self.enlarge_pixels(x.pixels))


class Level(nn.Module):
    """What happens at one resolution, on the way out and on the way back.

    Levels but the deepest have one block more on the way back, so that all that was computed on the
    way out is used there once.

    Arguments:
        filters: channels of both streams, f.
        blocks: gated blocks of each stream on the way out.
        deepest: whether no level follows.
        drop: dropout within the blocks.
        context: what h becomes at this level.
    """

    def __init__(
        self,
        filters: int,
        *,
        blocks: int,
        deepest: bool,
        drop: float,
        context: ContextAtLevel | None,
    ) -> None:
        super().__init__()
        self.context = context
        self.out, self.back = (
            nn.ModuleList(
                BlockPair(filters, returning=returning, drop=drop, context=context)
                for _ in range(blocks + (returning and not deepest))
            )
            for returning in (False, True)
        )
        self.crossing = None if deepest else Crossing(filters)


class TwoStreams(nn.Module):
    """The network of PixelCNN++: out over the levels, back with skips, then the head's layer.

    Reference:
        Salimans et al. (2017, arXiv:1701.05517), sections 2.3 and 2.4, figure 2.

    Arguments:
        channels: of the image.
        outputs: parameters of a pixel, p.
        filters: channels of both streams, f.
        blocks: gated blocks of each stream, level and way.
        drop: dropout within the blocks.
        contexts: what h becomes at each level, or None at each.
    """

    def __init__(
        self,
        channels: int,
        outputs: int,
        *,
        filters: int,
        blocks: int,
        drop: float,
        contexts: Sequence[ContextAtLevel | None],
    ) -> None:
        super().__init__()
        deepest = len(contexts) - 1
        self.entrance = Entrance(channels, filters)
        self.levels = nn.ModuleList(
            Level(filters, blocks=blocks, deepest=level == deepest, drop=drop, context=context)
            for level, context in enumerate(contexts)
        )
        self.exit = Convolution(filters, outputs)

    def forward(self, x: Tensor, h: Tensor | None = None) -> Tensor:
        """Parameters `(b, p, h, w)` of images on the scale from −1 to 1."""
        parameters: Tensor = self.exit(elu(self._from(0, self.entrance(x), h).pixels))
        return parameters

    def _from(self, number: int, x: Streams, h: Tensor | None) -> Streams:
        """Out from a level and back to it."""
        level = cast("Level", self.levels[number])
        context = None if level.context is None else level.context(h)
        passed = [x]
        for pair in level.out:
            passed.append(pair(passed[-1], None, context))
        x = passed[-1]
        if level.crossing is None:
            passed.pop()
        else:
            x = level.crossing.enlarged(self._from(number + 1, level.crossing.reduced(x), h))
        for pair in level.back:
            x = pair(x, passed.pop(), context)
        return x
