"""Gated blocks evaluated where an image grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import elu_, glu

from ib_mlflow.networks.pixelcnn.caches import PixelConvolution, RowConvolution

if TYPE_CHECKING:
    from ib_mlflow.networks.pixelcnn.blocks import GatedBlock


def activated(x: Tensor) -> Tensor:
    """concat_elu of the last axis, `(…, f)` to `(…, 2f)`."""
    return elu_(torch.cat((x, -x), -1))


def matrix(weight: Tensor) -> Tensor:
    """A 1×1 convolution's weights `(outputs, inputs, 1, 1)` as `(inputs, outputs)`."""
    return weight.flatten(1).t().contiguous()


def biases_by_row(block: GatedBlock, context: Tensor | None) -> list[Tensor]:
    """What is added to a block's gates in each row, `(w | 1, b | 1, 2f)`; one for all if alike."""
    bias = block.second.bias
    if block.context is None:
        return [bias.view(1, 1, -1)]
    of_context: Tensor = block.context(context)
    return list((of_context.permute(2, 3, 0, 1) + bias).contiguous())


class RowBlock:
    """A gated block of the vertical stream.

    Arguments:
        block: whose weights are used.
        context: what h became at the block's level, or None.
        w: columns.
        b: images.
    """

    def __init__(self, block: GatedBlock, context: Tensor | None, w: int, b: int) -> None:
        self.first = RowConvolution(block.first.weight(), w, b)
        self.second = RowConvolution(block.second.weight(), w, b)
        self.bias: Tensor = block.first.bias
        self.skip: Tensor | None = None
        if block.skip is not None:
            self.skip = matrix(block.skip.weight())
            self.bias = self.bias + block.skip.bias
        self.biases = biases_by_row(block, context)

    def row(self, r: int, x: Tensor, active: Tensor, passed: Tensor | None) -> Tensor:
        """Map row r, x `(w, b, f)` and its twin `(w, b, 2f)`, given the twin that passed before."""
        self.first.push(active)
        hidden = self.first.row().add_(self.bias)
        if self.skip is not None and passed is not None:
            hidden.flatten(0, 1).addmm_(passed.flatten(0, 1), self.skip)
        self.second.push(activated(hidden))
        gates = self.second.row().add_(self.biases[r % len(self.biases)])
        return glu(gates, 2).add_(x)


class PixelBlock:
    """A gated block of the horizontal stream.

    Arguments:
        block: whose weights are used.
        context: what h became at the block's level, or None.
        w: columns.
        b: images.
    """

    def __init__(self, block: GatedBlock, context: Tensor | None, w: int, b: int) -> None:
        assert block.skip is not None
        self.first = PixelConvolution(block.first.weight(), w, b)
        self.second = PixelConvolution(block.second.weight(), w, b)
        self.bias = block.first.bias + block.skip.bias
        skip = matrix(block.skip.weight())
        f = skip.shape[1]
        self.of_rows, self.of_passed = skip[: 2 * f], skip[2 * f :]
        self.biases = biases_by_row(block, context)
        self.signs = skip.new_tensor([1.0, -1.0]).view(2, 1, 1)
        self.inputs, self.middles = (
            [(slot, slot.view(b, 2, f).transpose(0, 1)) for slot in convolution.slots]
            for convolution in (self.first, self.second)
        )

    def begin_row(self, r: int, active_rows: Tensor) -> None:
        """Start row r, given the vertical stream's activated twin `(w, b, 2f)`."""
        aside = torch.addmm(self.bias, active_rows.flatten(0, 1), self.of_rows)
        self.first.begin_row(aside.view(self.first.shape))
        self.second.begin_row(self.biases[r % len(self.biases)])

    def pixel(self, j: int, x: Tensor, passed: Tensor | None) -> Tensor:
        """Map x `(b, f)` at column j, given the activated twin that passed there before."""
        slot, pair = self.inputs[j]
        torch.mul(x, self.signs, out=pair)
        elu_(slot)
        hidden = self.first.pixel(j)
        if passed is not None:
            hidden.addmm_(passed, self.of_passed)
        slot, pair = self.middles[j]
        torch.mul(hidden, self.signs, out=pair)
        elu_(slot)
        return glu(self.second.pixel(j), 1).add_(x)
