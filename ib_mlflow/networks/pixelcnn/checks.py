"""What comes from outside, checked: images, parameters, contexts, sizes."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence


def checked_images(x: Tensor, shape: Sequence[int], values: int) -> None:
    """Refuse what is not a batch of images of that shape and those values.

    Arguments:
        x: `(b, c, h, w)` uint8, with b at least 1.
        shape: (c, h, w) expected.
        values: number of values a sub-pixel can take, from 0 upwards.

    Raises:
        InvalidInputError: for anything else.

    Example:
        >>> checked_images(torch.full((1, 1, 2, 2), 255, dtype=torch.uint8), (1, 2, 2), 2)
        Traceback (most recent call last):
        ib_mlflow.errors.InvalidInputError: values of images must lie from 0 to 1; received 255. ...
    """
    if not isinstance(x, Tensor) or x.dtype != torch.uint8:
        raise InvalidInputError(
            "images must be a tensor of torch.uint8",
            received=x.dtype if isinstance(x, Tensor) else type(x).__name__,
            fix="Pass the pixels as they are stored, for example torch.tensor(Dataset.inputs).",
        )
    if x.ndim != 4 or tuple(x.shape[1:]) != tuple(shape) or not x.numel():
        raise InvalidInputError(
            f"images must have shape (b, {', '.join(map(str, shape))})",
            received=f"shape {tuple(x.shape)}",
            fix="Give b at least 1, then channels, height and width.",
        )
    if values < 256 and int(x.max()) >= values:
        raise InvalidInputError(
            f"values of images must lie from 0 to {values - 1}",
            received=int(x.max()),
            fix="Binarise them: (x > 127).to(torch.uint8)." if values == 2 else "Reduce them.",
        )


def checked_parameters(parameters: Tensor, size: int, images: Sequence[int] | None) -> None:
    """Refuse parameters of a head that are not `(b, size, h, w)`.

    Arguments:
        parameters: the head's parameters.
        size: how many the head has for a pixel.
        images: (b, c, h, w) of the images they belong to, if there are any.

    Raises:
        InvalidInputError: for another shape, integers, or NaN.

    Example:
        >>> checked_parameters(torch.zeros(2, 100, 4, 4), 30, (2, 1, 4, 4))
        Traceback (most recent call last):
        ib_mlflow.errors.InvalidInputError: parameters must have shape (2, 30, 4, 4); received ...
    """
    if not isinstance(parameters, Tensor) or not parameters.is_floating_point():
        raise InvalidInputError(
            "parameters must be a tensor of floating-point numbers",
            received=getattr(parameters, "dtype", type(parameters).__name__),
            fix="Pass what the network computed.",
        )
    wanted = ("b", size, "h", "w") if images is None else (images[0], size, *images[2:])
    received = tuple(parameters.shape)
    fits = len(received) == 4 and received[1] == size and 0 not in received
    if not fits or (images is not None and received != wanted):
        raise InvalidInputError(
            f"parameters must have shape ({', '.join(map(str, wanted))})",
            received=f"shape {received}",
            fix="The channels of the images say how many parameters a pixel has.",
        )
    if bool(parameters.isnan().any()):
        raise InvalidInputError(
            "none of the parameters may be NaN", received="NaN", fix="Look for what diverged."
        )


def check_finite(values: Tensor, what: str) -> None:
    """Refuse a decoder that has diverged.

    Arguments:
        values: its parameters, or what it computed.
        what: what they are, in words.

    Raises:
        InvalidInputError: for NaN or infinity.

    Example:
        >>> check_finite(torch.ones(3), "parameters")
    """
    if not bool(values.isfinite().all()):
        raise InvalidInputError(
            f"the decoder's {what} must be finite",
            received="NaN or infinity",
            fix="Take an earlier checkpoint, or train with a smaller learning rate.",
        )


def checked_context(h: Tensor | None, shape: tuple[int, ...] | None, images: int | None) -> None:
    """Refuse a context that the decoder was not built for.

    Arguments:
        h: `(b, *shape)` floating point, or None for a decoder without context.
        shape: one context's shape, or None.
        images: b, where it is known.

    Raises:
        InvalidInputError: for a missing, needless, misshapen or non-finite context.

    Example:
        >>> checked_context(torch.zeros(3, 10), (256,), 3)
        Traceback (most recent call last):
        ib_mlflow.errors.InvalidInputError: h must have shape (3, 256); received shape (3, 10). ...
    """
    if (h is None) != (shape is None):
        raise InvalidInputError(
            "h must be given to a decoder with a context, and only to one",
            received=f"h {'missing' if h is None else 'given'}, the decoder's context is {shape}",
            fix="Say the shape of one context when the decoder is made: context=256.",
        )
    if h is None or shape is None:
        return
    if not isinstance(h, Tensor) or not h.is_floating_point():
        raise InvalidInputError(
            "h must be a tensor of floating-point numbers",
            received=h.dtype if isinstance(h, Tensor) else type(h).__name__,
            fix="Labels are given as one-hot vectors: one_hot(labels, c).float().",
        )
    if tuple(h.shape[1:]) != shape or not len(h) or images not in (None, len(h)):
        b = "b" if images is None else images
        raise InvalidInputError(
            f"h must have shape ({', '.join(map(str, (b, *shape)))})",
            received=f"shape {tuple(h.shape)}",
            fix="Give one context for each image, as the layer shaped it.",
        )
    if not bool(h.isfinite().all()):
        raise InvalidInputError(
            "h must be finite", received="NaN or infinity", fix="Look for what diverged."
        )


def checked_shape(shape: Sequence[int], levels: int) -> tuple[int, int, int]:
    """An image's shape (c, h, w), which must halve levels − 1 times.

    Raises:
        InvalidInputError: for other channels than 1 or 3, or a size that does not halve.

    Example:
        >>> checked_shape((1, 14, 14), 3)
        Traceback (most recent call last):
        ib_mlflow.errors.InvalidInputError: height and width must halve 2 times for 3 levels;
        received 14 × 14. Use at most 2 levels, or pad the images to 16 × 16.
    """
    try:
        c, h, w = (operator.index(side) for side in shape)
    except (TypeError, ValueError):
        c = h = w = 0
    if c not in (1, 3) or h < 1 or w < 1:
        raise InvalidInputError(
            "an image's shape must be (channels, h, w) with 1 or 3 channels",
            received=shape,
            fix="Use (1, 28, 28) for MNIST, (3, 32, 32) for CIFAR-10.",
        )
    unit = 2 ** (levels - 1)
    if h % unit or w % unit:
        common = math.gcd(h, w)
        most = (common & -common).bit_length()
        padded = [unit * -(-side // unit) for side in (h, w)]
        raise InvalidInputError(
            f"height and width must halve {levels - 1} times for {levels} levels",
            received=f"{h} × {w}",
            fix=f"Use at most {most} level{'s' * (most > 1)}, or pad the images to "
            f"{padded[0]} × {padded[1]}.",
        )
    return c, h, w


def whole(value: int, name: str, *, least: int = 1) -> int:
    """A whole number of at least `least`.

    Raises:
        InvalidInputError: for anything else.

    Example:
        >>> whole(5, "blocks")
        5
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or number < least:
        raise InvalidInputError(
            f"{name} must be a whole number, at least {least}",
            received=repr(value),
            fix=f"Give {name}={least} or more.",
        )
    return number


def fraction(value: float, name: str) -> float:
    """A share from 0 up to, not including, 1.

    Raises:
        InvalidInputError: for anything else.

    Example:
        >>> fraction(0.5, "dropout")
        0.5
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if isinstance(value, bool) or not 0 <= number < 1:
        raise InvalidInputError(
            f"{name} must lie from 0 up to, not including, 1",
            received=repr(value),
            fix=f"Give {name}=0.5, or 0 for none.",
        )
    return number
