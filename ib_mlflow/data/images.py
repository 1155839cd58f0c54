"""Images made smaller and larger: pixels, levels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from ib_mlflow.data.dataset import Dataset


def shrink(dataset: Dataset, *, factor: int) -> Dataset:
    """Make images smaller by the mean of square blocks of pixels.

    Arguments:
        dataset: images (n, channels, h, w).
        factor: side of a block; it must divide h and w.

    Returns:
        Images (n, channels, h / factor, w / factor), rounded to whole levels, halves to even; real
        ones are not rounded.

    Raises:
        InvalidInputError: no images, or blocks that do not fit.

    Example:
        >>> from ib_mlflow.data import load
        >>> shrink(load("digits"), factor=2).inputs.shape
        (1797, 1, 4, 4)
    """
    shape = dataset.inputs.shape
    fits = len(shape) == 4 and isinstance(factor, int) and factor >= 1
    fits = fits and dataset.inputs.dtype.kind != "i"  # ids have no means
    if not fits or shape[2] % factor or shape[3] % factor:
        raise InvalidInputError(
            "factor must divide the height and width of images (n, channels, h, w)",
            received=f"factor={factor} for inputs of shape {shape}",
            fix="Choose a divisor, such as 2.",
        )
    n, channels, h, w = shape
    blocks = dataset.inputs.reshape(n, channels, h // factor, factor, w // factor, factor)
    means = blocks.mean(axis=(3, 5), dtype=np.float32)
    return replace(
        dataset,
        inputs=means if dataset.levels is None else np.rint(means).astype(np.uint8),
        source=f"{dataset.source}; means of blocks of {factor} × {factor} pixels",
    )


def enlarge(dataset: Dataset, *, factor: int, margin: int = 0) -> Dataset:
    """Make images larger: a block of equal pixels for each pixel, and a margin of level 0.

    Arguments:
        dataset: images (n, channels, h, w).
        factor: side of a block in pixels, at least 1.
        margin: width of the margin in pixels, at least 0.

    Returns:
        Images (n, channels, h factor + 2 margin, w factor + 2 margin).

    Raises:
        InvalidInputError: no images, or numbers below these.

    Example:
        >>> from ib_mlflow.data import load
        >>> enlarge(load("digits"), factor=3, margin=2).inputs.shape
        (1797, 1, 28, 28)
    """
    shape = dataset.inputs.shape
    whole = isinstance(factor, int) and isinstance(margin, int)
    if len(shape) != 4 or not whole or factor < 1 or margin < 0:
        raise InvalidInputError(
            "images (n, channels, h, w) grow by a whole factor from 1 and a whole margin from 0",
            received=f"factor={factor}, margin={margin} for inputs of shape {shape}",
            fix="Give, for example, factor=3, margin=2.",
        )
    blocks = dataset.inputs.repeat(factor, axis=2).repeat(factor, axis=3)
    sides = ((0, 0), (0, 0), (margin, margin), (margin, margin))
    return replace(
        dataset,
        inputs=np.pad(blocks, sides),
        source=f"{dataset.source}; blocks of {factor} × {factor} pixels, margin {margin}",
    )


def binarise(dataset: Dataset, *, threshold: float = 0.5) -> Dataset:
    """Make inputs of two levels.

    Arguments:
        dataset: inputs of any shape.
        threshold: the share of the highest level from which on an input is 1, in (0, 1].

    Returns:
        The same samples with inputs 0 and 1.

    Raises:
        InvalidInputError: a threshold out of range, or real inputs, which have no highest level.

    Example:
        >>> from ib_mlflow.data import load
        >>> bits = binarise(load("digits"))
        >>> bits.levels, int(bits.inputs.max())
        (2, 1)
    """
    if not 0 < threshold <= 1:
        raise InvalidInputError("threshold must lie in (0, 1]", received=threshold, fix="Try 0.5.")
    if dataset.levels is None:
        raise InvalidInputError(
            "inputs must have levels to be made binary",
            received=f"the inputs of {dataset.name}, {dataset.inputs.dtype}",
            fix="Take a dataset of bits or images.",
        )
    least = threshold * (dataset.levels - 1)
    return replace(
        dataset,
        inputs=(dataset.inputs >= least).astype(np.uint8),
        levels=2,
        source=f"{dataset.source}; 1 from {threshold:g} of the highest level on, else 0",
    )
