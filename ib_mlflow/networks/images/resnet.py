"""The residual network of CIFAR-sized images: its classifier, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.images.layered import Classifier, weights_from
from ib_mlflow.networks.images.residual import channels_last, hyper_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

POOLING = 4
"""Side of the blocks of the last maps that h4 is the means of; smaller maps are one block."""


@dataclass(frozen=True)
class ResidualDesign:
    """What a residual network is built by, but for the seed and the classes.

    Arguments:
        shape: (channels, h, w) of an image.
        widths: filters of each hyper-layer.
        blocks: residual blocks of each hyper-layer, of two convolutions each.
        slope: of the leaky ReLU below zero.
        levels: how many values a sub-pixel can take.

    Raises:
        InvalidInputError: a number is out of range, or the last maps cannot be pooled whole.
    """

    shape: tuple[int, ...]
    widths: tuple[int, ...]
    blocks: int
    slope: float
    levels: int

    def __post_init__(self) -> None:
        numbers = (*self.shape, *self.widths, self.blocks, self.levels)
        whole = all(_is_whole(number) for number in numbers)
        few = len(self.shape) != 3 or not self.widths
        if few or not whole or min(numbers) < 1 or self.levels < 2:
            raise InvalidInputError(
                "shape must be (channels, h, w), widths the filters of one hyper-layer or more, "
                "all numbers and blocks whole and at least 1, levels at least 2",
                received=f"shape={self.shape}, widths={self.widths}, blocks={self.blocks}, "
                f"levels={self.levels}",
                fix="Try shape=(3, 32, 32), widths=(16, 32, 64), blocks=3, levels=256.",
            )
        if not _is_number(self.slope) or not 0 <= self.slope < 1:
            raise InvalidInputError(
                "slope must lie in [0, 1)", received=repr(self.slope), fix="Try 0.01; 0 is ReLU."
            )
        halvings = 2 ** (len(self.widths) - 1)
        unit = halvings * POOLING
        for side in self.shape[1:]:
            if side % halvings or (side > unit and side % unit):
                raise InvalidInputError(
                    f"the sides of images must be multiples of {unit}, or of {halvings} where they "
                    f"are less, so that {POOLING} × {POOLING} pooling leaves nothing out",
                    received=f"{self.shape[1]} × {self.shape[2]}",
                    fix=f"Add a margin (ib_mlflow.data.enlarge) up to {-(-side // unit) * unit}.",
                )

    @property
    def maps(self) -> tuple[int, int, int]:
        """(channels, h, w) of the last hyper-layer."""
        halvings = 2 ** (len(self.widths) - 1)
        return self.widths[-1], self.shape[1] // halvings, self.shape[2] // halvings

    @property
    def pooling(self) -> tuple[int, int]:
        """(h, w) of the blocks that are pooled."""
        _, h, w = self.maps
        return min(POOLING, h), min(POOLING, w)

    @property
    def units(self) -> int:
        """Units of the pooled layer."""
        channels, h, w = self.maps
        return channels * (h // self.pooling[0]) * (w // self.pooling[1])

    def layers(self) -> dict[str, nn.Module]:
        """Hyper-layers h1, h2, … and behind them the pooled layer, of weights drawn now."""
        layers: dict[str, nn.Module] = {}
        inputs = self.shape[0]
        for number, width in enumerate(self.widths, start=1):
            layers[f"h{number}"] = hyper_layer(
                inputs, width, blocks=self.blocks, slope=self.slope, first=number == 1
            )
            inputs = width
        layers[f"h{len(self.widths) + 1}"] = nn.Sequential(nn.AvgPool2d(self.pooling), nn.Flatten())
        return layers


class ResNet(Classifier):
    """The CIFAR ResNet of He et al. with leaky ReLU, whose hyper-layers are followed.

    A convolution, then three hyper-layers of residual blocks, of which the second and third begin
    by halving the maps; every convolution is 3 × 3, without bias, and followed by batch
    normalisation, and where maps are halved the skip is a 1 × 1 convolution with batch
    normalisation. With the defaults these are 21 convolutions. Weights are drawn as PyTorch draws
    them, and lie channels last, which is faster.

    Reference:
        "What Information Does a ResNet Compress", ICLR 2019 submission, figure 6; He, Zhang, Ren
        & Sun (2016), "Deep Residual Learning for Image Recognition", section 4.2.

    Arguments:
        shape: (channels, h, w) of an image; sides are multiples of 16, or of 4 below 16.
        classes: c.
        widths: filters of the hyper-layers, of any number of them.
        blocks: residual blocks of a hyper-layer.
        slope: of the leaky ReLU below zero, in [0, 1).
        levels: how many values a sub-pixel can take; images are divided by levels - 1.
        seed: of the weights.

    Raises:
        InvalidInputError: a number is out of range, or images cannot be pooled whole.

    Example:
        >>> import torch
        >>> network = ResNet((3, 32, 32), 10)
        >>> network.layer_names
        ('h1', 'h2', 'h3', 'h4', 'LOGITS')
        >>> [network.layer_shape(name) for name in ("h1", "h2", "h3", "h4")]
        [(16, 32, 32), (32, 16, 16), (64, 8, 8), (256,)]
        >>> network(torch.zeros(2, 3, 32, 32, dtype=torch.uint8)).shape
        torch.Size([2, 10])
    """

    def __init__(
        self,
        shape: Sequence[int] = (3, 32, 32),
        classes: int = 10,
        *,
        widths: Sequence[int] = (16, 32, 64),
        blocks: int = 3,
        slope: float = 0.01,
        levels: int = 256,
        seed: int = 0,
    ) -> None:
        if not isinstance(widths, Iterable):
            raise InvalidInputError(
                "widths must be the filters of each hyper-layer, in order",
                received=repr(widths),
                fix="Give several, widths=(16, 32, 64), or one as widths=(16,).",
            )
        design = ResidualDesign(_several(shape), tuple(widths), blocks, slope, levels)
        if not _is_whole(classes) or classes < 2:
            raise InvalidInputError(
                "classes must be a whole number, at least 2",
                received=repr(classes),
                fix="Give the number of classes, such as dataset.c.",
            )
        with weights_from(seed):
            layers = {**design.layers(), "LOGITS": nn.Linear(design.units, classes)}
        channels, h, w = design.shape
        super().__init__(layers, shape=(channels, h, w), levels=levels)
        self.design = design
        channels_last(self)


def _several(numbers: object) -> tuple[int, ...]:
    """The numbers of a sequence; one alone is a sequence of one, which as a shape is too few."""
    return tuple(numbers) if isinstance(numbers, Iterable) else (numbers,)  # type: ignore[return-value]


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _is_number(number: object) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool)
