"""What an ensemble takes: rows of numbers for its networks, and in which pieces they go through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.reading import advice

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

PRECISIONS = {torch.float32: np.float32, torch.float64: np.float64}
ROWS = 256  # inputs that go through all members at once when layers are measured
ROWS_ALONE = 8 * ROWS  # inputs for which a member that is computed alone is copied once


def checked_rows(inputs: ArrayLike, dtype: torch.dtype) -> NDArray[Any]:
    """Inputs as networks take them.

    Arguments:
        inputs: `(n, ...)` numbers. Signed integers are ids, which networks look up, and stay whole
            numbers; bytes, booleans and floating point are numbers.
        dtype: the networks' precision.

    Returns:
        `(n, ...)` int64 ids, or numbers in the networks' precision.

    Raises:
        InvalidInputError: if they are no array of finite numbers with a row for each input.

    Example:
        >>> checked_rows([[0.5, 1.0]], torch.float32).dtype, checked_rows([[3]], torch.float32)
        (dtype('float32'), array([[3]]))
    """
    try:
        rows = np.asarray(inputs)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidInputError(
            "inputs must be readable as an array on the CPU", received=error, fix=advice(inputs)
        ) from error
    if rows.dtype.kind not in "buif" or rows.ndim < 2 or not len(rows):
        raise InvalidInputError(
            "inputs must be an array of numbers (n, ...) with n ≥ 1",
            received=f"shape {rows.shape}, dtype {rows.dtype}",
            fix="Pass Dataset.features(), in the shape that the network takes.",
        )
    if not np.isfinite(rows).all():
        raise InvalidInputError(
            "inputs must be finite",
            received="NaN or infinity",
            fix="Remove the rows that are not numbers.",
        )
    return rows.astype(np.int64 if rows.dtype.kind == "i" else PRECISIONS[dtype], copy=False)


def pieces(n: int, size: int = ROWS) -> list[slice]:
    """Stretches of n rows, none of a single row where there are more.

    Example:
        >>> pieces(9, 4)
        [slice(0, 4, None), slice(4, 9, None)]
    """
    starts = list(range(0, n, size))
    if len(starts) > 1 and n - starts[-1] == 1:  # networks that squeeze would lose an axis
        starts.pop()
    return [slice(*bounds) for bounds in zip(starts, [*starts[1:], n], strict=True)]
