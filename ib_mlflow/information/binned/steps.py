"""Bins of one size, numbered outside of the compiled kernel by its own rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.information.binned.placing import NEAR, NEAREST, ROUNDING, last_step

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Steps:
    """Bins of a size: with an edge at 0, or from a lower border to an upper one.

    Arguments:
        size: width of a bin, in units of the activation.
        borders: (2,) the outer borders; None for an edge at 0 and bins without end.

    Example:
        >>> numbers, on_edges = Steps(0.3, np.array([-1.0, 1.0])).numbers(np.array([-1, -0.7, 1]))
        >>> numbers.tolist(), on_edges
        ([0.0, 1.0, 6.0], 1)
    """

    size: float
    borders: NDArray[np.float64] | None = None

    def numbers(self, values: NDArray[Any]) -> tuple[NDArray[np.float64], int]:
        """Numbers of the bins of values of any shape, and how many lie on edges between bins."""
        if self.borders is None:
            return bin_numbers(values, self.size)
        low, high = self.borders
        last = last_step(self.size, low, high)
        rounded = 2.0**-50 * max(abs(low), abs(high))
        with np.errstate(all="ignore"):
            exact = values.astype(np.float64)
            places = (exact - low) / self.size
            near = np.minimum((NEAR * np.abs(exact) + rounded) / self.size, NEAREST)
            numbers = np.floor(places + near)
            on_edge = np.abs(places - np.round(places)) <= near
        on_edges = np.count_nonzero(on_edge & (numbers > 0) & (numbers <= last))
        return np.clip(numbers, 0, last), int(on_edges)

    def beyond(self, values: NDArray[Any]) -> tuple[bool, NDArray[np.int64]]:
        """Whether a value lies beyond the borders by more than rounding; how many of a layer do.

        Arguments:
            values: (batch, n, d).
        """
        if self.borders is None:
            return False, np.zeros(len(values), np.int64)
        low, high = self.borders
        slack = ROUNDING * (high - low) + NEAR * max(abs(low), abs(high))
        outside = (values < low - slack) | (values > high + slack)
        return bool(outside.any()), ((values < low) | (values > high)).sum(axis=(1, 2))


def bin_numbers(values: NDArray[Any], bin_size: float) -> tuple[NDArray[np.float64], int]:
    """Numbers of the bins of a size, as floats, by the rule of `Bins`.

    Arguments:
        values: numbers of any shape.
        bin_size: the width.

    Returns:
        The numbers, not finite where values are not, and how many values lie on edges but 0.

    Example:
        >>> numbers, on_edges = bin_numbers(np.float32([0.3, 0.25, 0.0, -0.1]), 0.1)
        >>> numbers.tolist(), on_edges
        ([3.0, 2.0, 0.0, -1.0], 2)
    """
    with np.errstate(all="ignore"):
        places = values.astype(np.float64) / bin_size
        near = np.minimum(NEAR * np.abs(places), NEAREST)
        numbers = np.floor(places + near)
        on_edges = np.count_nonzero((places - numbers <= near) & (numbers != 0))
    return numbers, int(on_edges)
