"""From a layer h to the biases that it adds in every gated block."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, pixel_shuffle

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.pixelcnn.checks import whole
from ib_mlflow.networks.pixelcnn.layers import LEAST_SPREAD, Convolution, dropped

GAIN = 0.1
CONDITIONINGS = ("resize", "convolution")


class ContextScale(nn.Module):
    """Contexts with mean 0 and deviation 1 in every unit of a vector, or channel of a map.

    What h is measured from and in, such as the offset of a unit that is always active, is then no
    matter to the decoder. The first batch sets means and deviations; until then they are 0 and 1.

    Arguments:
        shape: `(d,)` of a vector, or `(channels, h, w)`.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        each = (shape[0], *(1 for _ in shape[1:]))
        self.centre: Tensor
        self.spread: Tensor
        self.register_buffer("centre", torch.zeros(each))
        self.register_buffer("spread", torch.ones(each))
        self.standardising = False

    def forward(self, h: Tensor) -> Tensor:
        """Map contexts `(b, *shape)`."""
        if self.standardising:
            self._fit(h)
        return (h - self.centre) / self.spread

    @torch.no_grad()
    def _fit(self, h: Tensor) -> None:
        """Take means and deviations of a batch.

        Units that vary less than a tenth of what is usual are not blown up further than by that.
        """
        along = (0, *range(2, h.ndim))
        deviation = h.std(along, correction=0, keepdim=True)[0]
        spread = deviation.clamp(min=LEAST_SPREAD * float(deviation.square().mean().sqrt()))
        self.centre.copy_(h.mean(along, keepdim=True)[0])
        self.spread.copy_(torch.where(spread > 0, spread, 1.0))


class ContextBias(nn.Module):
    """What a block adds to its activations: a linear map of the context, then dropout.

    Arguments:
        inputs: channels of the context at the block's resolution.
        outputs: channels of the block's activations.
        shrink: by how much a convolution of stride 2 and averages reduce height and width; 1 for
            none.
        drop: dropout of the outputs.
    """

    def __init__(self, inputs: int, outputs: int, *, shrink: int, drop: float) -> None:
        super().__init__()
        side = min(shrink, 2)
        self.shrink, self.drop = shrink, drop
        self.map = Convolution(inputs, outputs, (side, side), stride=side, gain=GAIN)

    def forward(self, context: Tensor) -> Tensor:
        """Biases `(b, outputs, h, w)`, or `(b, outputs, 1, 1)` of a vector."""
        biases = self.map(context)
        if self.shrink > 2:
            biases = avg_pool2d(biases, self.shrink // 2)
        return dropped(biases, self.drop) if self.training else biases


class ContextAtLevel(nn.Module):
    """A context, standardised and brought to one level's resolution as far as its blocks share it.

    Reference:
        "resize": Nash et al. (2018), appendix A; bilinear, averaging where it shrinks.
        "convolution": *What Information Does a ResNet Compress* (2018), appendix B.1.

    Arguments:
        shape: `(d,)` of a vector, or `(channels, h, w)`.
        size: (h, w) of the level's activations.
        conditioning: for spatial contexts, "resize" and a 1×1 convolution, or "convolution": of
            stride 2 with averages where the context is larger, a sub-pixel shuffle where it is
            smaller, 1×1 where it is equal.
        drop: dropout of the biases.

    Raises:
        InvalidInputError: if "convolution" cannot bring the context to the level's size.
    """

    def __init__(
        self, shape: tuple[int, ...], size: tuple[int, int], *, conditioning: str, drop: float
    ) -> None:
        super().__init__()
        self.shape, self.size, self.drop = shape, size, drop
        self.scale = ContextScale(shape)
        self.resized = len(shape) == 3 and conditioning == "resize" and shape[1:] != size
        grow = shrink = 1
        if len(shape) == 3 and conditioning == "convolution":
            grow, shrink = _factors(shape, size)
        self.grow, self.shrink = grow, shrink
        self.enlarge = (
            Convolution(shape[0], shape[0] * grow**2, (3, 3), (1, 1, 1, 1)) if grow > 1 else None
        )

    def bias(self, outputs: int) -> ContextBias:
        """What a block of this level adds."""
        return ContextBias(self.shape[0], outputs, shrink=self.shrink, drop=self.drop)

    def forward(self, h: Tensor) -> Tensor:
        """What all the blocks of this level map to their biases."""
        h = self.scale(h)
        if len(self.shape) == 1:
            return h[:, :, None, None]
        if self.resized:
            return interpolate(h, self.size, mode="bilinear", antialias=True)
        return h if self.enlarge is None else pixel_shuffle(self.enlarge(h), self.grow)


def _factors(shape: tuple[int, ...], size: tuple[int, int]) -> tuple[int, int]:
    """By how much the context must grow and shrink, one of them 1, both powers of two."""
    ratios = {math.log2(side / own) for side, own in zip(size, shape[1:], strict=True)}
    steps = ratios.pop()
    if ratios or steps != round(steps):
        raise InvalidInputError(
            'conditioning="convolution" takes contexts whose height and width are those of the '
            f"activations, {size[0]} × {size[1]}, times one power of two",
            received=f"{shape[1]} × {shape[2]}",
            fix='Use conditioning="resize".',
        )
    return 2 ** max(round(steps), 0), 2 ** max(-round(steps), 0)


def checked_context_shape(context: int | Sequence[int] | None) -> tuple[int, ...] | None:
    """The shape of one context: `(d,)`, `(channels, h, w)`, or None.

    Raises:
        InvalidInputError: for anything else.

    Example:
        >>> checked_context_shape(256)
        (256,)
    """
    if context is None:
        return None
    shape = tuple(context) if isinstance(context, Sequence) else (context,)
    if len(shape) not in (1, 3):
        raise InvalidInputError(
            "context must be a vector's length d, or a map's (channels, h, w)",
            received=context,
            fix="Flatten other layers: context=d and h.flatten(1).",
        )
    return tuple(whole(side, "a side of the context") for side in shape)
