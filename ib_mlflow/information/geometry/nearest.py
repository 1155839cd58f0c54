"""How near representations lie to each other: the L1 distance of a unit, and who is nearest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.distance import cdist

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.inputs.samples import real_array, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest of many rows, for each query.

    Arguments:
        rows: (q, k) numbers of the rows, nearest first; of equally near ones the first.
        distances: (q, k) mean absolute differences of a unit.
    """

    rows: NDArray[np.int64]
    distances: NDArray[np.float64]


def nearest_rows(queries: ArrayLike, blocks: Iterable[ArrayLike], *, k: int) -> Nearest:
    """Find, for each query, the k rows of the smallest L1 distance; exactly, a block at a time.

    Reference:
        Nash, Kushman & Williams (2018), section 5.1, Table 1 and Fig. 2.

    Arguments:
        queries: (q, d).
        blocks: each (m, d), one after the other; their rows are numbered through.
        k: how many, at most as many as there are rows.

    Returns:
        The rows and their distances: sums of absolute differences over d.

    Raises:
        InvalidInputError: NaN, infinite values, other shapes, or fewer rows than k.

    Example:
        >>> nearest = nearest_rows([[0.0, 0.0]], [[[3.0, 1.0], [0.0, 1.0]], [[0.0, 0.5]]], k=2)
        >>> nearest.rows.tolist(), nearest.distances.tolist()
        ([[2, 1]], [[0.25, 0.5]])
    """
    query_rows = _rows(queries, "queries")
    k = whole(k, name="k")
    rows = np.empty((len(query_rows), 0), np.int64)
    distances = np.empty((len(query_rows), 0))
    count = 0
    for block in blocks:
        values = _rows(block, "a block")
        if values.shape[1] != query_rows.shape[1]:
            raise InvalidInputError(
                "queries and blocks must have the same number of units",
                received=f"{query_rows.shape[1]} and {values.shape[1]}",
                fix="Take both from the same layer.",
            )
        near = cdist(query_rows, values, "cityblock") / query_rows.shape[1]
        numbers = np.broadcast_to(count + np.arange(len(values)), near.shape)
        rows = np.concatenate([rows, numbers], axis=1)
        distances = np.concatenate([distances, near], axis=1)
        # Stable, so that of equally near rows the first stays.
        order = np.argsort(distances, axis=1, kind="stable")[:, :k]
        rows = np.take_along_axis(rows, order, axis=1)
        distances = np.take_along_axis(distances, order, axis=1)
        count += len(values)
    if count < k:
        raise InvalidInputError(
            "k must not exceed the number of rows", received=f"{k} of {count}", fix="Lower k."
        )
    return Nearest(rows, distances)


def alternative_distances(own: ArrayLike, others: ArrayLike) -> NDArray[np.float64]:
    """How far the nearest of some alternatives lies from each representation.

    Reference:
        Nash, Kushman & Williams (2018), Table 1: one sample of a decoder (IM-S), or the nearest of
        ten (IM-NN).

    Arguments:
        own: (n, d) what a layer makes of n images.
        others: (n, s, d) what it makes of s alternatives to each.

    Returns:
        (n,) the smallest mean absolute difference of a unit, in units of the layer.

    Raises:
        InvalidInputError: NaN, infinite values, or shapes that do not fit.

    Example:
        >>> alternative_distances([[0.0], [0.0]], [[[1.0], [2.0]], [[4.0], [3.0]]]).tolist()
        [1.0, 3.0]
    """
    first = _rows(own, "own")
    second = real_array(others, name="others").astype(np.float64)
    fits = second.ndim == 3 and (len(second), second.shape[-1]) == first.shape and second.size
    if not fits or not np.isfinite(second).all():
        raise InvalidInputError(
            "there must be finite alternatives (n, s, d) to n representations (n, d)",
            received=f"{second.shape} to {first.shape}",
            fix="Give as many alternatives to each image.",
        )
    distances: NDArray[np.float64] = np.abs(second - first[:, None]).mean(axis=2).min(axis=1)
    return distances


def _rows(values: ArrayLike, name: str) -> NDArray[np.float64]:
    array = real_array(values, name=name)
    if array.ndim != 2 or not array.size or not np.isfinite(array).all():
        raise InvalidInputError(
            f"{name} must be finite, of shape (n, d) with neither empty",
            received=f"shape {array.shape}, {np.count_nonzero(~np.isfinite(array))} not finite",
            fix="Flatten each representation to one row.",
        )
    return array.astype(np.float64, copy=False)
