"""Convolutions evaluated where an image grows: a row at a time, or a pixel at a time.

Rows are laid out `(w, b, channels)`, so that neighbouring columns are one long matrix.
"""

from __future__ import annotations

import torch
from torch import Tensor


class RowConvolution:
    """A vertical convolution, whose output row needs the last input rows.

    Arguments:
        weight: `(outputs, inputs, 1 | 2, 3)`.
        w: columns of the input.
        b: images.
        stride: of the columns; of the rows, whoever calls decides.

    Example:
        >>> cached = RowConvolution(torch.ones(5, 2, 2, 3), w=4, b=1)
        >>> cached.push(torch.ones(4, 1, 2))
        >>> cached.row()[:, 0, 0].tolist()  # above there is nothing yet
        [4.0, 6.0, 6.0, 4.0]
    """

    def __init__(self, weight: Tensor, w: int, b: int, *, stride: int = 1) -> None:
        outputs, inputs, rows, _ = weight.shape
        self.taps = [
            tap.permute(2, 1, 0).reshape(rows * inputs, outputs) for tap in weight.unbind(3)
        ]
        padded = weight.new_zeros(w + 2, b, rows * inputs)  # the row, behind the one above it
        self.windows = [padded[k : k + w : stride] for k in range(3)]
        self.newer, self.older = padded[1:-1, :, -inputs:], padded[1:-1, :, :-inputs]
        self.shape = (w // stride, b, outputs)

    def push(self, row: Tensor) -> None:
        """Take the next input row `(w, b, inputs)`."""
        if self.older.numel():
            self.older.copy_(self.newer)
        self.newer.copy_(row)

    def row(self) -> Tensor:
        """The output at the last row that was pushed, `(w / stride, b, outputs)`, without bias."""
        left, middle, right = (window.flatten(0, 1) for window in self.windows)
        result = torch.mm(left, self.taps[0])
        result.addmm_(middle, self.taps[1]).addmm_(right, self.taps[2])
        return result.view(self.shape)


class PixelConvolution:
    """A horizontal convolution: an output needs its pixel, the one to the left, and those above.

    What the row above contributes is computed for the whole row at once, when that is complete.

    Arguments:
        weight: `(outputs, inputs, 2, 2)`.
        w: columns of the input.
        b: images.
        stride: of the columns.

    Attributes:
        slots: where the input `(b, inputs)` at each column is to be written.

    Example:
        >>> cached = PixelConvolution(torch.ones(5, 2, 2, 2), w=4, b=1)
        >>> cached.begin_row(torch.zeros(5))
        >>> for j in range(4):
        ...     _ = cached.slots[j].fill_(1)
        >>> [cached.pixel(j)[0, 0].item() for j in range(4)]
        [2.0, 4.0, 4.0, 4.0]
    """

    def __init__(self, weight: Tensor, w: int, b: int, *, stride: int = 1) -> None:
        outputs, inputs, _, _ = weight.shape
        self.above, self.here = (
            line.permute(2, 1, 0).reshape(2 * inputs, outputs) for line in weight.unbind(2)
        )
        padded = weight.new_zeros(b, w + 1, inputs)  # behind a zero left of the first column
        self.slots = padded[:, 1:].unbind(1)
        self.left, self.right = (padded[:, k : k + w : stride].transpose(0, 1) for k in (0, 1))
        self.windows = [padded[:, j : j + 2].flatten(1) for j in range(0, w, stride)]
        self.shape = (w // stride, b, outputs)
        self.base: tuple[Tensor, ...] = ()

    def begin_row(self, constant: Tensor) -> None:
        """Start an output row, while the slots still hold the input row above.

        Arguments:
            constant: what is added to the outputs, such as the bias; of a shape that broadcasts to
                `(w / stride, b, outputs)`.
        """
        pairs = torch.cat((self.left, self.right), 2)
        row = torch.mm(pairs.view(-1, len(self.above)), self.above)
        self.base = row.view(self.shape).add_(constant).unbind(0)

    def pixel(self, j: int) -> Tensor:
        """The output at column j, `(b, outputs)`, once the slots of its inputs are written."""
        return torch.addmm(self.base[j], self.windows[j], self.here)


class RowEnlargement:
    """A transposed convolution of the vertical stream: two output rows from one input row.

    Arguments:
        weight: `(outputs, inputs, 2, 3)`.
        bias: `(outputs,)`.
        w: columns of the input.
        b: images.

    Example:
        >>> enlarge = RowEnlargement(torch.ones(5, 2, 2, 3), torch.zeros(5), w=2, b=1)
        >>> enlarge.rows(torch.ones(2, 1, 2))[1, :, 0, 0].tolist()
        [2.0, 4.0, 2.0, 2.0]
    """

    def __init__(self, weight: Tensor, bias: Tensor, w: int, b: int) -> None:
        outputs, inputs, _, _ = weight.shape
        self.taps = [tap.permute(1, 2, 0).reshape(inputs, -1) for tap in weight.unbind(3)]
        self.bias = bias.repeat(2)
        self.shape = (w, b, 2, outputs)

    def rows(self, row: Tensor) -> Tensor:
        """Map a row `(w, b, inputs)` to `(2, 2w, b, outputs)`."""
        flat = row.flatten(0, 1)
        even = torch.addmm(self.bias, flat, self.taps[1])
        odd = torch.addmm(self.bias, flat, self.taps[2])
        ahead = row.shape[1]
        odd[:-ahead].addmm_(flat[ahead:], self.taps[0])
        both = torch.stack((even.view(self.shape), odd.view(self.shape)), 1)
        return both.flatten(0, 1).permute(2, 0, 1, 3)


class PixelEnlargement:
    """A transposed convolution of the horizontal stream: four output pixels from one.

    Arguments:
        weight: `(outputs, inputs, 2, 2)`.
        bias: `(outputs,)`.

    Example:
        >>> enlarge = PixelEnlargement(torch.ones(5, 2, 2, 2), torch.zeros(5))
        >>> enlarge.pixels(torch.ones(3, 2)).shape
        torch.Size([2, 2, 3, 5])
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self.outputs = len(weight)
        self.weight = weight.permute(1, 2, 3, 0).reshape(weight.shape[1], -1)
        self.bias = bias.repeat(4)

    def pixels(self, x: Tensor) -> Tensor:
        """Map a pixel `(b, inputs)` to two rows of two, `(2, 2, b, outputs)`."""
        four = torch.addmm(self.bias, x, self.weight)
        return four.view(-1, 2, 2, self.outputs).permute(1, 2, 0, 3)
