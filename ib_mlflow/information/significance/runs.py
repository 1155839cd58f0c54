"""An estimator of two variables, run on samples that are permuted or drawn again."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.estimate import Estimate
from ib_mlflow.information.inputs.samples import plain_array, whole

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

TwoVariables = Callable[[Any, Any], Estimate]
# Seeds of numpy's generators are of any size; those of the other rooms stay below this.
_SEEDS = 2**32


def paired_arrays(x: ArrayLike, y: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Two variables as arrays of their own types, with a row for each of the same samples.

    Raises:
        InvalidInputError: for fewer than two samples, or different numbers of them.

    Example:
        >>> [array.shape for array in paired_arrays([[1.0, 2.0], [3.0, 4.0]], ["a", "b"])]
        [(2, 2), (2,)]
    """
    first, second = plain_array(x, name="x"), plain_array(y, name="y")
    if not first.ndim or not second.ndim or len(first) != len(second) or len(first) < 2:
        raise InvalidInputError(
            "x and y must have one row per sample, and at least two samples",
            received=f"shapes {first.shape} and {second.shape}",
            fix="Give the same samples in the same order.",
        )
    return first, second


def run(estimator: TwoVariables, x: NDArray[Any], y: NDArray[Any]) -> Estimate:
    """The estimator's Estimate, which must be one, and finite.

    Raises:
        InvalidInputError: for anything else.
    """
    estimate = estimator(x, y) if callable(estimator) else estimator
    if not isinstance(estimate, Estimate):
        raise InvalidInputError(
            "estimator must be a function of (x, y) that returns an Estimate",
            received=f"a {type(estimate).__name__}",
            fix="Give for example lambda x, y: ksg_information(x, y, k=3).",
        )
    if not math.isfinite(estimate.value):
        raise InvalidInputError(
            "the estimates of permuted or resampled samples must be finite",
            received=estimate.value,
            fix="Use an estimator that is finite on samples of any kind.",
        )
    return estimate


def checked_seed(seed: int) -> int:
    """A seed of numpy's generators: whole, from 0 to 2**32 - 1.

    Example:
        >>> checked_seed(7)
        7
    """
    return whole(seed, name="seed", least=0, below=_SEEDS)
