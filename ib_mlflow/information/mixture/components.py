"""The components of a mixture from outside: checked, equal ones merged, in units of β."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.discrete.rowhash import group_rows
from ib_mlflow.information.inputs.samples import positive, real_array
from ib_mlflow.memory import check_memory

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# Weights from outside may sum to 1 up to this, as float32 weights do; then they are scaled.
SUM_TOLERANCE = 1e-6
# Beyond this many β a squared distance is no longer a float.
LARGEST = 1e150
# The rows, their scaled copy and the tree: bytes per number of the centres, and per component.
PER_NUMBER, PER_COMPONENT = 40, 80


@dataclass(frozen=True, eq=False)
class Components:
    """Distinct components of a mixture of Gaussians N(μ, β² I).

    Arguments:
        points: (d, k) their centres, less the middle of their box, over β.
        weights: (k,) positive, summing to 1.
        beta: β, in the units of the centres.
        given: how many components there were before equal ones were merged.
    """

    points: NDArray[np.float64]
    weights: NDArray[np.float64]
    beta: float
    given: int


def rounding(points: NDArray[np.float64]) -> float:
    """How much float64 may change the logarithm of a kernel sum over (d, k) points, in nats.

    A coordinate is off by 2**-52 of the largest at most, and the terms that make up a sum come
    from within about nine deviations, or the root of d and four. The d squares of a distance are
    about d in all, and adding them up rounds d times.
    """
    d = len(points)
    reach = max(9.0, math.sqrt(d) + 4.0)
    moved = reach * math.sqrt(d) * float(np.abs(points).max())
    return 2.0**-51 * (moved + max(100.0, 0.25 * d * d))


def read_components(
    centres: ArrayLike, *, beta: float, weights: ArrayLike | None = None
) -> Components:
    """Check the components of a mixture, merge equal ones, and scale them.

    Arguments:
        centres: (k, d), or (k,) for d = 1.
        beta: standard deviation of every component, in the units of the centres.
        weights: (k,) not negative, summing to 1; equal if not given.

    Raises:
        InvalidInputError: for centres that are empty, ragged, not numbers, NaN or infinite; β not
            positive; weights of another shape, negative, NaN, or not summing to 1; centres
            further apart than floats allow in units of β, or larger than the memory that is left.

    Example:
        >>> components = read_components([[0.0], [3.0], [0.0]], beta=0.5)
        >>> components.points.tolist(), components.weights.round(3).tolist(), components.given
        ([[-3.0, 3.0]], [0.667, 0.333], 3)
    """
    beta = positive(beta, name="beta")
    _check_memory(tuple(getattr(centres, "shape", ())))
    rows = _read_numbers(centres, "centres")
    rows = rows[:, None] if rows.ndim == 1 else rows
    if rows.ndim != 2 or not rows.size:
        raise InvalidInputError(
            "centres must have shape (k, d) or (k,), neither empty",
            received=f"shape {rows.shape}",
            fix="Give one row per component.",
        )
    given = len(rows)
    masses = _read_weights(weights, given)
    if not masses.all():
        rows, masses = rows[masses > 0], masses[masses > 0]
    rows, masses = merge_equal(rows, masses)
    points = rows.T.copy()
    with np.errstate(over="ignore", invalid="ignore"):
        for row in points:
            row -= row.min() / 2 + row.max() / 2
            row /= beta
    if not np.abs(points).max() < LARGEST:
        raise InvalidInputError(
            f"centres must lie within {LARGEST:g} beta of each other",
            received=f"{np.abs(points).max():g} beta from their middle, at beta {beta:g}",
            fix="Check the units of beta and of the centres.",
        )
    return Components(points, masses, beta, given)


def merge_equal(
    rows: NDArray[np.float64], masses: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Merge equal rows; their masses add.

    Arguments:
        rows: (k, d) C order, without negative zeros.
        masses: (k,).

    Returns:
        The distinct rows in the order of their first appearance, and their masses.

    Example:
        >>> merge_equal(np.array([[2.0], [1.0], [2.0]]), np.array([0.25, 0.5, 0.25]))
        (array([[2.], [1.]]), array([0.5, 0.5]))
    """
    n = len(rows)
    words = rows.view(np.int32)
    group, first, count = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    groups = group_rows(words, group, first, count)
    if groups == n:
        return rows, masses
    merged: NDArray[np.float64] = np.bincount(group, masses, groups).astype(np.float64)
    return rows[first[:groups]], merged


def _read_weights(weights: ArrayLike | None, k: int) -> NDArray[np.float64]:
    if weights is None:
        return np.full(k, 1.0 / k)
    masses = _read_numbers(weights, "weights")
    if masses.shape != (k,):
        raise InvalidInputError(
            f"weights must have shape ({k},), one for each centre",
            received=f"shape {masses.shape}",
            fix="Give as many weights as rows of centres, or none for equal ones.",
        )
    if masses.min() < 0:
        raise InvalidInputError(
            "weights must not be negative",
            received=f"a smallest weight of {masses.min():g}",
            fix="Give the probability of each component.",
        )
    total = float(masses.sum())
    if not abs(total - 1.0) <= SUM_TOLERANCE:
        raise InvalidInputError(
            "weights must sum to 1", received=f"a sum of {total:g}", fix="Divide them by their sum."
        )
    scaled: NDArray[np.float64] = masses / total
    return scaled


def _read_numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Finite float64 numbers, C order, a copy, without negative zeros."""
    array = real_array(values, name=name)
    # Adding 0 turns -0 into 0, so that equal rows are equal bytes.
    numbers: NDArray[np.float64] = np.add(array, 0.0, dtype=np.float64, order="C")
    if not np.isfinite(numbers).all():
        raise InvalidInputError(
            f"{name} must be finite",
            received=f"{np.count_nonzero(~np.isfinite(numbers))} NaN or infinite values",
            fix="Look for what diverged.",
        )
    return numbers


def _check_memory(shape: tuple[int, ...]) -> None:
    """Refuse centres that would drive the machine to swap before anything is copied."""
    numbers = float(np.prod(shape, dtype=np.float64))
    check_memory(
        PER_NUMBER * numbers + PER_COMPONENT * (shape[0] if shape else 0),
        what="a mixture and its tree",
        received=f"centres of shape {shape}",
        fix="Use fewer centres, or a machine with more memory.",
    )
