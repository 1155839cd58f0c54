"""What inputs and labels of a dataset must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def check_inputs(inputs: NDArray[Any], levels: int | None) -> None:
    """Refuse what cannot be the inputs of a dataset.

    Arguments:
        inputs: (n, ...).
        levels: how many values an input can take; None for real numbers and ids.

    Raises:
        InvalidInputError: if type, shape or numbers do not fit.

    Example:
        >>> check_inputs(np.zeros((2, 3), np.uint8), levels=2)
    """
    if levels is None:
        _check_real(inputs)
        return
    if inputs.dtype != np.uint8 or inputs.ndim < 2 or inputs.size == 0:
        raise InvalidInputError(
            "inputs must be uint8, with samples along the first of two or more non-empty axes",
            received=f"{inputs.dtype} of shape {inputs.shape}",
            fix="Give each sample a row of whole numbers below 256, or real ones and levels=None.",
        )
    if not isinstance(levels, int | np.integer) or not 2 <= levels <= 256:
        raise InvalidInputError(
            "levels must be a whole number in 2..256",
            received=repr(levels),
            fix="Name how many values an input can take: 2 for bits, 256 for bytes.",
        )
    if inputs.max() >= levels:
        raise InvalidInputError(
            f"inputs must lie in 0..{levels - 1}, below levels",
            received=f"an input of {inputs.max()}",
            fix="Raise levels or rescale the inputs.",
        )


def _check_real(inputs: NDArray[Any]) -> None:
    if inputs.dtype not in (np.float32, np.int64) or inputs.ndim < 2 or inputs.size == 0:
        raise InvalidInputError(
            "inputs without levels must be real numbers or int64 ids, with samples along the first "
            "of two or more non-empty axes",
            received=f"{inputs.dtype} of shape {inputs.shape}",
            fix=_real_fix(inputs),
        )
    if not np.isfinite(inputs).all():
        raise InvalidInputError(
            "inputs must be finite",
            received="NaN or infinity",
            fix="Remove the samples that are not numbers.",
        )
    if inputs.dtype == np.int64 and inputs.min() < 0:
        raise InvalidInputError(
            "ids must not be negative",
            received=f"an id of {inputs.min()}",
            fix="Number ids from 0; give whole numbers that are no ids as float32.",
        )


def _real_fix(inputs: NDArray[Any]) -> str:
    if not inputs.size:
        return "Give one sample or more, each of one number or more."
    if inputs.ndim == 1:
        return "Give each sample a row: inputs.reshape(-1, 1)."
    if inputs.dtype.kind == "u":
        bytes_too = "levels=256 for bytes, " if inputs.dtype == np.uint8 else ""
        return f"Give {bytes_too}astype(numpy.int64) for ids, astype(numpy.float32) for numbers."
    if inputs.dtype == np.bool_:
        return "Give levels=2."
    return "Give numbers: encode what is a word, leave out what is none."


def check_labels(labels: NDArray[np.int64], n: int, classes: tuple[str, ...]) -> None:
    """Refuse what cannot be the labels of n samples.

    Arguments:
        labels: (n,).
        n: number of samples.
        classes: names.

    Raises:
        InvalidInputError: if there is not one number of a class for each sample.

    Example:
        >>> check_labels(np.array([0, 1, 1]), 3, ("even", "odd"))
    """
    if labels.dtype != np.int64 or labels.shape != (n,):
        raise InvalidInputError(
            f"labels must be int64 of shape ({n},), one for each sample",
            received=f"{labels.dtype} of shape {labels.shape}",
            fix="Give one whole number for each sample, or any labels to Dataset.of.",
        )
    if not classes or len(set(classes)) < len(classes):
        raise InvalidInputError(
            "classes must be distinct names, at least one",
            received=classes,
            fix="Name every class once, in the order of the labels.",
        )
    check_range(labels, classes)


def check_range(labels: NDArray[Any], classes: tuple[str, ...]) -> None:
    """Refuse labels that are no numbers of classes.

    Arguments:
        labels: (n,) whole numbers of any type.
        classes: names.

    Raises:
        InvalidInputError: if a label is negative, or not below the number of classes.

    Example:
        >>> check_range(np.array([0.0, 1.0]), ("even", "odd"))
    """
    if labels.min() < 0 or labels.max() >= len(classes):
        raise InvalidInputError(
            f"labels must lie in 0..{len(classes) - 1}, one number for each class",
            received=f"labels from {labels.min()} to {labels.max()}",
            fix="Renumber the labels or name every class.",
        )
