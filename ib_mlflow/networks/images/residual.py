"""Residual blocks: convolutions with batch normalisation beside a skip, downwards and upwards."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Two convolutions beside a skip, whose sum goes through a leaky ReLU.

    Where the shape stays, the skip is the identity. Where it changes, it is a 1 × 1 convolution
    with batch normalisation, behind the same resizing as the first convolution.

    Reference:
        He, Zhang, Ren & Sun (2016), "Deep Residual Learning for Image Recognition", equation 2.

    Arguments:
        inputs: channels of what comes in.
        outputs: channels of what goes out.
        scale: 1 to keep the side of the maps, 1/2 to halve it by a stride, 2 to double it by
            repeating every pixel.
        slope: of the leaky ReLU below zero.

    Example:
        >>> ResidualBlock(16, 32, scale=1 / 2, slope=0.01)(torch.zeros(5, 16, 8, 8)).shape
        torch.Size([5, 32, 4, 4])
        >>> ResidualBlock(32, 16, scale=2, slope=0.01)(torch.zeros(5, 32, 4, 4)).shape
        torch.Size([5, 16, 8, 8])
    """

    def __init__(self, inputs: int, outputs: int, *, scale: float, slope: float) -> None:
        super().__init__()
        stride = 2 if scale < 1 else 1
        self.grow: nn.Module = nn.Upsample(scale_factor=2) if scale > 1 else nn.Identity()
        self.first = normalised(inputs, outputs, side=3, stride=stride)
        self.inner = nn.LeakyReLU(slope, inplace=True)
        self.second = normalised(outputs, outputs, side=3)
        same = scale == 1 and inputs == outputs
        self.skip: nn.Module = (
            nn.Identity() if same else normalised(inputs, outputs, side=1, stride=stride)
        )
        self.outer = nn.LeakyReLU(slope, inplace=True)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps `(b, inputs, h, w)` to `(b, outputs, scale · h, scale · w)`."""
        maps = self.grow(maps)
        changed = self.second(self.inner(self.first(maps)))
        summed: Tensor = self.outer(changed + self.skip(maps))
        return summed


def normalised(inputs: int, outputs: int, *, side: int, stride: int = 1) -> nn.Sequential:
    """A convolution without bias that keeps the maps' side, or halves it, and its normalisation.

    Arguments:
        inputs: channels of what comes in.
        outputs: channels of what goes out.
        side: of the kernel, an odd number.
        stride: 2 to halve the maps.

    Example:
        >>> sum(each.numel() for each in normalised(3, 16, side=3).parameters())
        464
    """
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, stride, padding=side // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


def hyper_layer(
    inputs: int, width: int, *, blocks: int, slope: float, first: bool
) -> nn.Sequential:
    """Residual blocks of one width: behind a convolution of the image, or halving the maps.

    Arguments:
        inputs: channels of what comes in.
        width: filters.
        blocks: how many.
        slope: of the leaky ReLU below zero.
        first: whether images come in.

    Example:
        >>> layer = hyper_layer(16, 32, blocks=3, slope=0.01, first=False)
        >>> sum(isinstance(module, nn.Conv2d) for module in layer.modules())  # one in the skip
        7
    """
    entry: list[nn.Module] = (
        [normalised(inputs, width, side=3), nn.LeakyReLU(slope, inplace=True)] if first else []
    )
    for number in range(blocks):
        halves = number == 0 and not first
        entry.append(
            ResidualBlock(inputs, width, scale=1 / 2, slope=slope)
            if halves
            else ResidualBlock(width, width, scale=1, slope=slope)
        )
    return nn.Sequential(*entry)


def grown_layer(
    width: int, outputs: int, *, blocks: int, slope: float, last: bool
) -> nn.Sequential:
    """A hyper-layer undone: residual blocks of one width, of which the last one doubles the maps.

    Arguments:
        width: filters.
        outputs: channels of what goes out; of an image where it is the last.
        blocks: how many.
        slope: of the leaky ReLU below zero.
        last: whether an image goes out: by a convolution and its normalisation.

    Example:
        >>> grown_layer(64, 32, blocks=3, slope=0.01, last=False)(torch.zeros(5, 64, 8, 8)).shape
        torch.Size([5, 32, 16, 16])
    """
    same = blocks if last else blocks - 1
    layers: list[nn.Module] = [
        ResidualBlock(width, width, scale=1, slope=slope) for _ in range(same)
    ]
    layers.append(
        normalised(width, outputs, side=3)
        if last
        else ResidualBlock(width, outputs, scale=2, slope=slope)
    )
    return nn.Sequential(*layers)


def channels_last(network: nn.Module) -> None:
    """Lay the kernels of a network channels last, in place; what they make of maps lies so too.

    Example:
        >>> network = nn.Conv2d(3, 16, 3)
        >>> channels_last(network)
        >>> network(torch.zeros(1, 3, 8, 8)).is_contiguous(memory_format=torch.channels_last)
        True
    """
    for parameter in network.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
