"""2 × 2 max-pooling by a compiled kernel, in networks that are trained one by one on the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from ib_mlflow.networks.compiled.pooling import pool, unpool

if TYPE_CHECKING:
    from numpy.typing import NDArray

PRECISIONS = (torch.float32, torch.float64)


class _Pooling(torch.autograd.Function):
    """Maps `(..., h, w)` to the largest of each 2 × 2 block."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor) -> Tensor:
        *leading, h, w = maps.shape
        largest = maps.new_empty((*leading, h // 2, w // 2))
        place = torch.empty(largest.shape, dtype=torch.uint8)
        pool(_planes(maps.contiguous()), _planes(largest), _planes(place))
        ctx.shape, ctx.place = maps.shape, place
        return largest

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Tensor:
        maps = slopes[0].new_empty(ctx.shape)
        unpool(_planes(slopes[0].contiguous()), _planes(ctx.place), _planes(maps))
        return maps


def pool_quickly(network: nn.Module) -> None:
    """Let a network's 2 × 2 max-poolings use the kernel, where their inputs allow it.

    Its numbers are the same to the bit, and hooks are called as before. Modules of subclasses, with
    other kernels or padding stay as they are, and so do inputs that are not on the CPU.

    Arguments:
        network: is changed; one that is neither saved nor exported.

    Example:
        >>> network = nn.Sequential(nn.MaxPool2d(2))
        >>> pool_quickly(network)
        >>> network(torch.arange(4.0).view(1, 1, 2, 2))
        tensor([[[[3.]]]])
    """
    for module in network.modules():
        if type(module) is nn.MaxPool2d and _is_two_by_two(module):
            usual = module.forward
            module.forward = lambda maps, usual=usual: _pooled(maps, usual)  # type: ignore[method-assign, misc]


def _pooled(maps: Tensor, usual: Any) -> Tensor:
    known = maps.device.type == "cpu" and maps.dtype in PRECISIONS and maps.ndim in (3, 4)
    if not known or min(maps.shape[-2:]) < 2:
        return cast("Tensor", usual(maps))
    return cast("Tensor", _Pooling.apply(maps))  # type: ignore[no-untyped-call]


def _is_two_by_two(module: nn.MaxPool2d) -> bool:
    def pair(size: Any) -> tuple[int, ...]:
        return (size, size) if isinstance(size, int) else tuple(size)

    settings = (module.kernel_size, module.stride, module.padding, module.dilation)
    usual = [pair(setting) for setting in settings] == [(2, 2), (2, 2), (0, 0), (1, 1)]
    return usual and not module.return_indices and not module.ceil_mode


def _planes(tensor: Tensor) -> NDArray[Any]:
    """`(m, h, w)` of contiguous maps."""
    return tensor.detach().view(-1, *tensor.shape[-2:]).numpy()
