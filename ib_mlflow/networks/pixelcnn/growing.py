"""The whole network evaluated where an image grows: only what is new at each pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor
from torch.nn.functional import elu, pad

from ib_mlflow.networks.pixelcnn.cached_blocks import PixelBlock, RowBlock, activated, matrix
from ib_mlflow.networks.pixelcnn.caches import (
    PixelConvolution,
    PixelEnlargement,
    RowConvolution,
    RowEnlargement,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ib_mlflow.networks.pixelcnn.blocks import BlockPair
    from ib_mlflow.networks.pixelcnn.network import Crossing, Level, TwoStreams


class GrowingLevel:
    """One resolution and those below it, evaluated where an image grows.

    Arguments:
        levels: this level and the deeper ones.
        h: contexts `(b, …)`, or None.
        w: columns at this level.
        b: images.
    """

    def __init__(self, levels: list[Level], h: Tensor | None, w: int, b: int) -> None:
        level = levels[0]
        context = None if level.context is None else level.context(h)
        self.out, self.back = (
            [
                (RowBlock(pair.vertical, context, w, b), PixelBlock(pair.horizontal, context, w, b))
                for pair in cast("Iterable[BlockPair]", pairs)
            ]
            for pairs in (level.out, level.back)
        )
        self.crossing = None
        if level.crossing is not None:
            self.crossing = GrowingCrossing(level.crossing, levels, h, w, b)

    def row(self, r: int, x: Tensor) -> Tensor:
        """Vertical stream of row r, out and back `(w, b, f)`; starts the horizontal one's row."""
        active = activated(x)
        passed = [active]
        for rows, pixels in self.out:
            x = rows.row(r, x, active, None)
            active = activated(x)
            pixels.begin_row(r, active)
            passed.append(active)
        if self.crossing is None:
            passed.pop()
        else:
            x = self.crossing.row(r, x)
            active = activated(x)
        for rows, pixels in self.back:
            x = rows.row(r, x, active, passed.pop())
            active = activated(x)
            pixels.begin_row(r, active)
        return x

    def pixel(self, r: int, j: int, x: Tensor) -> Tensor:
        """Horizontal stream at row r and column j, out and back `(b, f)`."""
        passed = []
        for _, pixels in self.out:
            x = pixels.pixel(j, x, None)
            passed.append(pixels.first.slots[j])
        if self.crossing is not None:
            passed.append(activated(x))
            x = self.crossing.pixel(r, j, x)
        for _, pixels in self.back:
            x = pixels.pixel(j, x, passed.pop())
        return x


class GrowingCrossing:
    """The way to the next level and back.

    The next level has a row for every second of this one's, and a pixel for every second pixel of
    that; what comes back from there serves two rows, or two pixels of each.

    Arguments:
        crossing: whose weights are used.
        levels: the level above the crossing and the deeper ones.
        h: contexts `(b, …)`, or None.
        w: columns above the crossing.
        b: images.
    """

    def __init__(
        self, crossing: Crossing, levels: list[Level], h: Tensor | None, w: int, b: int
    ) -> None:
        self.deeper = GrowingLevel(levels[1:], h, w // 2, b)
        self.reduce_rows = RowConvolution(crossing.reduce_rows.weight(), w, b, stride=2)
        self.reduce_pixels = PixelConvolution(crossing.reduce_pixels.weight(), w, b, stride=2)
        self.bias_rows, self.bias_pixels = crossing.reduce_rows.bias, crossing.reduce_pixels.bias
        rows, pixels = crossing.enlarge_rows, crossing.enlarge_pixels
        self.enlarge_rows = RowEnlargement(rows.weight(), rows.bias, w // 2, b)
        self.enlarge_pixels = PixelEnlargement(pixels.weight(), pixels.bias)
        self.rows = rows.bias.new_empty(2, w, b, len(rows.bias))
        self.pixels = torch.empty_like(self.rows)

    def row(self, r: int, x: Tensor) -> Tensor:
        """Vertical stream of row r, after the way to the next level and back."""
        self.reduce_rows.push(x)
        if r % 2 == 0:
            self.reduce_pixels.begin_row(self.bias_pixels)
            deeper = self.deeper.row(r // 2, self.reduce_rows.row().add_(self.bias_rows))
            self.rows = self.enlarge_rows.rows(deeper)
        return self.rows[r % 2]

    def pixel(self, r: int, j: int, x: Tensor) -> Tensor:
        """Horizontal stream at row r and column j, after the way to the next level and back."""
        self.reduce_pixels.slots[j].copy_(x)
        if r % 2 == 0 and j % 2 == 0:
            deeper = self.deeper.pixel(r // 2, j // 2, self.reduce_pixels.pixel(j // 2))
            self.pixels[:, j : j + 2] = self.enlarge_pixels.pixels(deeper)
        return self.pixels[r % 2, j]


class GrowingImages:
    """Parameters of each pixel in turn, from the pixels before it.

    For each row in order `begin_row`, for each of its columns in order `parameters`, then `write`.

    Arguments:
        network: whose weights are used, in evaluation mode.
        h: contexts `(b, …)`, or None.
        w: columns of the images.
        b: images.
    """

    def __init__(self, network: TwoStreams, h: Tensor | None, w: int, b: int) -> None:
        entrance = network.entrance
        levels = list(cast("Iterable[Level]", network.levels))
        self.level = GrowingLevel(levels, h, w, b)
        self.rows = RowConvolution(entrance.rows.weight(), w, b)
        self.above = RowConvolution(entrance.above.weight(), w, b)
        # A kernel of one column, shifted right: the left column of two.
        self.left = PixelConvolution(pad(entrance.left.weight(), (0, 1)), w, b)
        self.values = [slot[:, :-1] for slot in self.left.slots]
        self.inside = [slot[:, -1] for slot in self.left.slots]
        self.bias_rows, self.bias_pixels = (
            entrance.rows.bias,
            entrance.above.bias + entrance.left.bias,
        )
        self.exit, self.bias = matrix(network.exit.weight()), network.exit.bias

    def begin_row(self, i: int) -> None:
        """Start row i, when the row above is complete."""
        above = torch.stack(self.left.slots)
        self.rows.push(above)
        self.above.push(above)
        self.left.begin_row(self.above.row().add_(self.bias_pixels))
        self.level.row(i, self.rows.row().add_(self.bias_rows))
        for inside in self.inside:
            inside.fill_(1)  # tells the image from the zeros around it

    def parameters(self, i: int, j: int) -> Tensor:
        """The head's parameters of the pixel in row i and column j, `(b, p)`."""
        x = self.level.pixel(i, j, self.left.pixel(j))
        return torch.addmm(self.bias, elu(x), self.exit)

    def write(self, j: int, x: Tensor) -> None:
        """Set the pixel in column j, `(b, c)` on the scale from −1 to 1."""
        self.values[j].copy_(x)
