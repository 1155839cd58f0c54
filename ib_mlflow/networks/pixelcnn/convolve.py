"""Padded convolutions, on the CPU with the gradient of the weights by matrix products."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import conv2d, pad

Sides = tuple[int, int, int, int]
PLAIN = ([1, 1], [0, 0], [1, 1], False, [0, 0], 1)  # no stride, padding, dilation, groups


def convolve(x: Tensor, weight: Tensor, bias: Tensor, sides: Sides, *, stride: int = 1) -> Tensor:
    """`conv2d` behind `pad`, faster to train on the CPU.

    With channels last a shift of the kernel is an offset in memory, so that one product of long
    matrices for each element of the kernel gives the gradient of the weights.

    Arguments:
        x: `(b, inputs, h, w)`.
        weight: `(outputs, inputs, rows, columns)`.
        bias: `(outputs,)`.
        sides: columns of zeros (left, right) and rows (above, below); negative ones are cut off.
        stride: of rows and columns.

    Example:
        >>> x, weight = torch.ones(1, 2, 3, 3), torch.ones(5, 2, 2, 3)
        >>> convolve(x, weight, torch.zeros(5), (1, 1, 1, 0)).shape
        torch.Size([1, 5, 3, 3])
    """
    own = x.device.type == "cpu" and not torch.is_autocast_enabled("cpu")
    if own and stride == 1 and weight.shape[2:] != (1, 1):
        convolved: Tensor = _Convolved.apply(x, weight, bias, sides)  # type: ignore[no-untyped-call]
        return convolved
    return conv2d(pad(x, sides) if any(sides) else x, weight, bias, stride)


class _Convolved(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, sides: Sides) -> Tensor:
        ctx.sides = sides
        padded = pad(x, sides).contiguous(memory_format=torch.channels_last)
        ctx.save_for_backward(padded, weight)
        return conv2d(padded, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, Tensor, Tensor, None]:
        padded, weight = ctx.saved_tensors
        outputs, inputs, rows, columns = weight.shape
        of_x = None
        if ctx.needs_input_grad[0]:
            slope = slope.contiguous(memory_format=torch.channels_last)
            of_x, _, _ = torch.ops.aten.convolution_backward(
                slope, padded, weight, None, *PLAIN, [True, False, False]
            )
            of_x = pad(of_x, [-side for side in ctx.sides])
        # Zeros below and to the right, so that a row takes as much memory as one of the input.
        slopes = pad(slope, (0, columns - 1, 0, rows - 1)).permute(0, 2, 3, 1).flatten(0, 2)
        values = padded.permute(0, 2, 3, 1).flatten(0, 2)
        shifts = [i * padded.shape[3] + j for i in range(rows) for j in range(columns)]
        count = len(values) - shifts[-1]
        of_weight = weight.new_empty(len(shifts), inputs, outputs)
        for shift, product in zip(shifts, of_weight, strict=True):
            torch.mm(values[shift : shift + count].t(), slopes[:count], out=product)
        return of_x, of_weight.permute(2, 1, 0).view_as(weight), slopes.sum(0), None
