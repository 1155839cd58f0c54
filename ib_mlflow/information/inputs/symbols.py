"""Arrays from outside, checked: discrete symbols, labels, and a layer's activations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.inputs.samples import plain_array

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

_FLOATS = {np.dtype(np.float32), np.dtype(np.float64)}


def symbol_codes(variable: ArrayLike, *, name: str = "a variable") -> NDArray[np.int64]:
    """Integers (n, d) that are equal where the symbols of a discrete variable are equal.

    Arguments:
        variable: (n,) or (n, d) integers, truth values, strings, or finite floats, which are
            taken as labels: equal or not equal.
        name: what the variable is called in an error.

    Raises:
        InvalidInputError: for no samples, other shapes, NaN or infinite floats, and objects that
            cannot be told apart by sorting.

    Example:
        >>> symbol_codes([["b", "a"], ["c", "b"]]).tolist()
        [[1, 0], [2, 1]]
    """
    symbols = plain_array(variable, name=name)
    if symbols.ndim == 1:
        symbols = symbols[:, None]
    if symbols.ndim != 2 or not symbols.size:
        raise InvalidInputError(
            f"{name} must have shape (n,) or (n, d), neither empty",
            received=f"shape {np.shape(variable)}",
            fix="Give one row per sample.",
        )
    if symbols.dtype.kind in "iub":
        return symbols.astype(np.int64)
    if symbols.dtype.kind == "f" and not np.isfinite(symbols).all():
        raise InvalidInputError(
            f"the symbols of {name} must be finite",
            received=symbols[~np.isfinite(symbols)][0],
            fix="Drop those samples, or give missing values a label of their own.",
        )
    try:
        if symbols.dtype.kind not in "fOUST":
            raise TypeError(f"dtype {symbols.dtype}")
        if symbols.dtype.kind == "O" and (symbols != symbols).any():
            raise TypeError("a NaN")
        _, codes = np.unique(symbols, return_inverse=True)
    except TypeError as error:
        raise InvalidInputError(
            f"the symbols of {name} must be numbers or strings, of one kind",
            received=error,
            fix="Give each symbol an integer.",
        ) from error
    return codes.reshape(symbols.shape)


def layer_labels(labels: ArrayLike, n: int, leading: tuple[int, ...] = ()) -> NDArray[np.int64]:
    """Integers (n,) that are equal where the labels are equal.

    Arguments:
        labels: (n,) integers, strings, or other discrete symbols.
        n: samples that must have one.
        leading: axes of the activations before n; labels as many as the first is long show that
            samples lie along it.

    Raises:
        InvalidInputError: unless there is one discrete label per sample.

    Example:
        >>> layer_labels(["cat", "dog", "cat"], 3).tolist()
        [0, 1, 0]
    """
    array = plain_array(labels, name="labels")
    if array.shape != (n,) and leading and array.shape == leading[:1]:
        raise InvalidInputError(
            "activations must have shape (*, n, d), samples along the last axis but one",
            received=f"{n} samples behind the axes {leading}, and {len(array)} labels",
            fix=f"Give a row per sample: activations.reshape({len(array)}, -1).",
        )
    if array.shape != (n,):
        raise InvalidInputError(
            f"labels must have shape ({n},), one per sample",
            received=f"shape {array.shape}",
            fix="Give the class numbers; of one-hot rows, their argmax(axis=-1).",
        )
    if array.dtype.kind in "iub":
        return _plain(array, np.int64)
    return symbol_codes(array, name="labels").reshape(n)


def layer_array(activations: ArrayLike) -> tuple[NDArray[Any], tuple[int, ...]]:
    """Activations (*, n, d) as a C-ordered array (batch, n, d), and the leading shape.

    float32 and float64 stay what they are; integers and truth values become float64.

    Raises:
        InvalidInputError: for another type, fewer than two axes, or an empty axis.

    Example:
        >>> values, leading = layer_array(np.zeros((5, 2, 8, 3), np.float32))
        >>> values.shape, values.dtype.name, leading
        ((10, 8, 3), 'float32', (5, 2))
    """
    array = plain_array(activations, name="activations")
    if array.dtype.kind in "iub":
        array = array.astype(np.float64)
    if array.dtype not in _FLOATS:
        raise InvalidInputError(
            "activations must be float32 or float64",
            received=f"dtype {array.dtype}",
            fix="Convert them: the type decides how they are rounded into bins.",
        )
    if array.ndim < 2 or not array.size:
        raise InvalidInputError(
            "activations must have shape (*, n, d) with no empty axis",
            received=f"shape {array.shape}",
            fix="Give a row per sample and a column per unit, also for one unit.",
        )
    *leading, n, d = array.shape
    return _plain(array, array.dtype).reshape(math.prod(leading), n, d), tuple(leading)


def _plain(array: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    """The array in C order and writeable: for one that is not, numba would compile anew."""
    plain = np.ascontiguousarray(array, dtype)
    return plain if plain.flags.writeable else plain.copy()
