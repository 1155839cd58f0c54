"""Which bins activations are put into: of one size, or on a known range, or both."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

ACTIVATION_RANGES = {
    "tanh": (-1.0, 1.0),
    "sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "relu": (0.0, math.inf),
    "leaky_relu": (-math.inf, math.inf),
    "linear": (-math.inf, math.inf),
}
_MOST_BINS = 1_000_000


@dataclass(frozen=True)
class Bins:
    """Bins of one size, or a number of equal bins on a known range, or bins of a size on it.

    With a size, an edge lies at 0, and a bin holds [k s, (k + 1) s). With a range, bins are closed
    below, and the last at both ends. With both, bins have the size from the lower end on, and the
    last is as wide as is left: their outer borders are the ends of the range. Whatever the
    activations' type, a value that lies nearer below an edge than four roundings of float32 (2⁻²²
    of the value, but at most 2⁻¹⁰ of a bin) is on it: 0.3 is three bins of 0.1 from 0, though the
    nearest float64 to 0.3 is less than that.

    Arguments:
        bin_size: width of every bin, in units of the activation.
        bin_count: number of bins, with `value_range` in place of `bin_size`.
        value_range: lowest and highest value that an activation can take.
        clip: whether values outside `value_range` count in the nearest bin.

    Raises:
        InvalidInputError: unless a positive bin size, or else a count and a range, is given.

    Example:
        >>> Bins(bin_count=30, value_range=(-1, 1)).setting
        'bin_count=30,low=-1.0,high=1.0'
        >>> Bins(bin_size=0.3, value_range=(-1, 1)).setting
        'bin_size=0.3,low=-1.0,high=1.0'
    """

    bin_size: float | None = None
    bin_count: int | None = None
    value_range: tuple[float, float] | None = None
    clip: bool = False

    def __post_init__(self) -> None:
        sized = self.bin_size is not None
        counted = self.bin_count is not None
        if sized == counted or (counted and self.value_range is None):
            raise InvalidInputError(
                "either bin_size, or bin_count with value_range, must be given",
                received=f"bin_size={self.bin_size}, bin_count={self.bin_count}, "
                f"value_range={self.value_range}",
                fix="Give bin_size=0.07, or bin_count=30 with value_range=(-1, 1).",
            )
        if sized:
            if self.clip and self.value_range is None:
                raise InvalidInputError(
                    "clip belongs to a value_range",
                    received="clip=True with a bin_size",
                    fix="Leave it out: bins of a given size have no last bin.",
                )
            object.__setattr__(self, "bin_size", positive_size(self.bin_size))
        else:
            object.__setattr__(self, "bin_count", _checked_count(self.bin_count))
        if self.value_range is not None:
            object.__setattr__(self, "value_range", _checked_range(self.value_range))

    @property
    def setting(self) -> str:
        """The choice of bins, as `field=value`, joined by commas."""
        sized = self.bin_size is not None
        bins = f"bin_size={self.bin_size}" if sized else f"bin_count={self.bin_count}"
        if self.value_range is None:
            return bins
        low, high = self.value_range
        return f"{bins},low={low},high={high}" + ",clip=True" * self.clip

    @property
    def edges(self) -> NDArray[np.float64] | None:
        """The edges (bin_count + 1,) float64; of bins of a size the outer borders (2,), or None."""
        if self.value_range is None:
            return None
        return _edges(*self.value_range, self.bin_count or 1)

    def check_activation(self, activation: str) -> None:
        """Refuse an activation function whose values a fixed range does not hold.

        Arguments:
            activation: one of tanh, sigmoid, softmax, relu, leaky_relu, linear.

        Raises:
            InvalidInputError: for another name, or a range that the activation can leave.

        Example:
            >>> Bins(bin_size=0.07).check_activation("relu")
            >>> Bins(bin_count=30, value_range=(-1, 1)).check_activation("relu")
            Traceback (most recent call last):
            ib_mlflow.errors.InvalidInputError: value_range must hold every value of relu; ...
        """
        if activation not in ACTIVATION_RANGES:
            raise InvalidInputError(
                f"activation must be one of {', '.join(ACTIVATION_RANGES)}",
                received=repr(activation),
                fix="Measure other activations without this check.",
            )
        low, high = ACTIVATION_RANGES[activation]
        limits = self.value_range
        if limits is not None and not limits[0] <= low <= high <= limits[1]:
            raise InvalidInputError(
                f"value_range must hold every value of {activation}",
                received=limits,
                fix=f"Its values lie between {low} and {high}: widen the range, or give a "
                "bin_size where they have no bound.",
            )


def positive_size(bin_size: object) -> float:
    """Check a bin size from outside; return it as a float."""
    # Up to what float32 holds, since a bin size takes the activations' type.
    truth = isinstance(bin_size, bool)
    if truth or not isinstance(bin_size, Real) or not 0 < float(bin_size) < 3e38:
        raise InvalidInputError(
            "bin_size must be positive and below 3e38", received=repr(bin_size), fix="Try 0.07."
        )
    return float(bin_size)


def _checked_count(count: Any) -> int:
    if (
        isinstance(count, bool)
        or not isinstance(count, Integral)
        or not 1 <= int(count) <= _MOST_BINS
    ):
        raise InvalidInputError(
            f"bin_count must be a whole number from 1 to {_MOST_BINS}",
            received=repr(count),
            fix="Try 30.",
        )
    return int(count)


def _checked_range(value_range: Any) -> tuple[float, float]:
    try:
        low, high = (float(bound) for bound in value_range)
    except (TypeError, ValueError):
        low = high = math.nan
    truth = not math.isnan(low) and any(isinstance(end, bool | np.bool_) for end in value_range)
    if truth or not -math.inf < low < high < math.inf:
        raise InvalidInputError(
            "value_range must be two finite numbers, the lower first",
            received=repr(value_range),
            fix="Try (-1, 1), or give a bin_size for an activation without bounds.",
        )
    return low, high


@lru_cache(maxsize=16)
def _edges(low: float, high: float, count: int) -> NDArray[np.float64]:
    return np.linspace(low, high, count + 1)
