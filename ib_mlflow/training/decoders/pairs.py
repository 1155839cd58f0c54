"""Images, and what decoders of them are conditioned on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.precision import full_precision
from ib_mlflow.reading import advice

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Encode = Callable[[Tensor], Tensor]
"""A frozen function of a batch, such as a layer of the network under study."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Images, and what is known of each.

    Arguments:
        images: (n, channels, h, w) uint8.
        context: (n, ...) what the decoder is conditioned on, or what `encode` computes it from;
            None for the images themselves.

    Raises:
        InvalidInputError: images of another type or shape, or contexts of another number.

    Example:
        >>> Pairs(np.zeros((5, 1, 8, 8), np.uint8), np.arange(5)).n
        5
    """

    images: NDArray[np.uint8]
    context: ArrayLike | None = None

    def __post_init__(self) -> None:
        try:
            images = np.asarray(self.images)
        except (TypeError, RuntimeError) as error:
            raise InvalidInputError(
                "images must be readable as an array on the CPU",
                received=error,
                fix=advice(self.images),
            ) from error
        if images.dtype != np.uint8 or images.ndim != 4 or not images.size:
            raise InvalidInputError(
                "images must be uint8 of shape (n, channels, h, w), with no empty axis",
                received=f"{images.dtype} of shape {images.shape}",
                fix="Give the images as they are stored, 0 to 255.",
            )
        if self.context is not None and np.shape(self.context)[:1] != images.shape[:1]:
            raise InvalidInputError(
                "there must be one context for each image",
                received=f"{np.shape(self.context)} for {len(images)} images",
                fix="Compute the contexts of these images, in their order.",
            )

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.images)

    @property
    def arrays(self) -> list[ArrayLike]:
        """The images, and the contexts if there are any."""
        return [self.images] if self.context is None else [self.images, self.context]


@torch.no_grad()
def context_of(
    encode: Encode | None, images: Tensor, context: Tensor | None = None
) -> Tensor | None:
    """What a decoder is conditioned on: what `encode` makes of its contexts or images.

    In full precision also where training is of a mixed one, as it is when the decoder is evaluated.

    Example:
        >>> context_of(None, torch.zeros(2), torch.ones(2))
        tensor([1., 1.])
    """
    if encode is None:
        return context
    with torch.autocast(images.device.type, enabled=False), full_precision():
        return encode(images if context is None else context)


def fingerprint(encode: Encode | None, images: Tensor, context: Tensor | None = None) -> str:
    """What tells one frozen function from another, by what it makes of a batch.

    To four digits, which machines and numbers of threads agree upon.

    Example:
        >>> fingerprint(torch.sqrt, torch.tensor([4.0, 16.0]))
        'mean size 3.000e+00, deviation 1.000e+00'
    """
    if encode is None:
        return "as given"
    encoded = context_of(encode, images, context)
    assert encoded is not None
    size, deviation = encoded.double().abs().mean(), encoded.double().std(correction=0)
    return f"mean size {size:.3e}, deviation {deviation:.3e}"
