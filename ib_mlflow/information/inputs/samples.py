"""Samples of continuous variables from outside, checked."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.reading import advice

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


# What neither a noise's deviation nor its inverse may pass, so that squares are numbers.
MODERATE = 1e100


def plain_array(values: ArrayLike, *, name: str) -> NDArray[Any]:
    """Anything as an array of its own type.

    Arguments:
        values: numbers or symbols.
        name: what they are called in an error.

    Raises:
        InvalidInputError: for a ragged or masked array, or one that is not on the CPU.

    Example:
        >>> plain_array(["b", "a"], name="labels").shape
        (2,)
    """
    if isinstance(values, np.ma.MaskedArray):
        raise InvalidInputError(
            f"{name} must not be masked",
            received=f"a masked array with {np.ma.getmaskarray(values).sum()} masked values",
            fix="Leave out the samples that are masked, or give its data.",
        )
    try:
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidInputError(
            f"{name} must be readable as an array on the CPU",
            received=error,
            fix=advice(values),
        ) from error


def real_array(values: ArrayLike, *, name: str) -> NDArray[Any]:
    """Real numbers as an array of their own type.

    Arguments:
        values: floats, integers or truth values.
        name: what they are called in an error.

    Raises:
        InvalidInputError: for a ragged, complex or masked array, or one that is not on the CPU.

    Example:
        >>> real_array([1, 2], name="x").dtype.kind
        'i'
    """
    array = plain_array(values, name=name)
    if array.dtype.kind not in "fiub":
        raise InvalidInputError(
            f"{name} must be real numbers",
            received=f"dtype {array.dtype}",
            fix="Convert them to float64.",
        )
    return array


def sample_rows(values: ArrayLike, *, name: str, largest: float = np.inf) -> NDArray[np.float64]:
    """Samples of a continuous variable as float64, a row each.

    Arguments:
        values: (n, d), or (n,) for d = 1; floats, integers or truth values.
        name: what the variable is called in an error.
        largest: size that no value may pass.

    Raises:
        InvalidInputError: for a ragged, complex or masked array, other shapes, fewer than two
            samples, and values that are NaN, infinite or too large.

    Example:
        >>> sample_rows([1, 2, 4], name="x").tolist()
        [[1.0], [2.0], [4.0]]
    """
    array = real_array(values, name=name)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or len(array) < 2 or not array.size:
        raise InvalidInputError(
            f"{name} must have shape (n, d) or (n,), with n at least 2 and d at least 1",
            received=f"shape {np.shape(values)}",
            fix="Give one row per sample.",
        )
    # Adding 0 turns -0 into 0, so that equal rows are equal bytes.
    rows = np.ascontiguousarray(array, np.float64) + 0.0
    if not np.isfinite(rows).all():
        raise InvalidInputError(
            f"{name} must be finite",
            received=f"{np.count_nonzero(~np.isfinite(rows))} NaN or infinite values",
            fix="Drop those samples, or look for what diverged.",
        )
    if np.abs(rows).max() > largest:
        raise InvalidInputError(
            f"{name} must not pass {largest:g}, so that squares and their sums are numbers",
            received=f"a value of size {np.abs(rows).max():g}",
            fix="Give it in other units.",
        )
    return rows


def whole(value: int, *, name: str, least: int = 1, below: int | None = None) -> int:
    """A whole number of something, at least `least` and below `below`.

    Raises:
        InvalidInputError: for another type, or a number outside.

    Example:
        >>> whole(np.int64(3), name="k", below=10)
        3
    """
    limit = "" if below is None else f" and below {below}"
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or number < least or (below is not None and number >= below):
        raise InvalidInputError(
            f"{name} must be a whole number, at least {least}{limit}",
            received=repr(value),
            fix=f"Give {name} between {least} and {'any size' if below is None else below - 1}.",
        )
    return number


def positive(value: float, *, name: str, largest: float = np.inf) -> float:
    """A finite number above zero.

    Arguments:
        value: the number.
        name: what it is called in an error.
        largest: what neither it nor its inverse may pass.

    Raises:
        InvalidInputError: for anything else.

    Example:
        >>> positive(0.1, name="variance")
        0.1
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if isinstance(value, bool) or not 0 < number < np.inf:
        raise InvalidInputError(
            f"{name} must be positive and finite",
            received=repr(value),
            fix=f"Give {name} in the units of the data.",
        )
    if not 1 / largest <= number <= largest:
        raise InvalidInputError(
            f"{name} must lie between {1 / largest:g} and {largest:g}",
            received=repr(value),
            fix="Give it and the data in other units.",
        )
    return number
