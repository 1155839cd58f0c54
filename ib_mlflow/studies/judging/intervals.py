"""Shares and means over networks, with their intervals; what diverged is left out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ib_mlflow.units import Quantity


@dataclass(frozen=True)
class Interval:
    """A value between its 95 % confidence limits; NaN where no network is left."""

    value: float
    low: float
    high: float

    def quantity(self, unit: str = "", digits: int = 3) -> Quantity:
        """The same with its unit, to be written.

        Arguments:
            unit: of the value; "nats" is written in the reader's unit.
            digits: decimals.

        Example:
            >>> Interval(0.5, 0.25, 0.75).quantity("nats", digits=2).text()
            '0.50 nats [0.25, 0.75]'
        """
        return Quantity(self.value, self.low, self.high, unit, digits)

    def text(self, unit: str = "", digits: int = 3) -> str:
        """Write a number that has no unit, or one that the reader does not choose.

        Example:
            >>> Interval(0.5, 0.25, 0.75).text("cells", digits=2)
            '0.50 cells [0.25, 0.75]'
        """
        return self.quantity(unit, digits).text()


def share(holds: ArrayLike) -> Interval:
    """The share of networks in which something holds.

    Reference:
        Wilson (1927), Probable inference, the law of succession, and statistical inference.

    Arguments:
        holds: (e,) truth values, one a member; those of diverged members (NaN) are left out.

    Returns:
        The share with its 95 % Wilson interval; NaN where no member is left.

    Example:
        >>> share([True, True, True, False]).text(digits=2)
        '0.75 [0.30, 0.95]'
    """
    flags = finite(holds)
    if flags.size == 0:
        return Interval(np.nan, np.nan, np.nan)
    limits = stats.binomtest(int(flags.sum()), flags.size).proportion_ci(method="wilson")
    return Interval(float(flags.mean()), float(limits.low), float(limits.high))


def mean(values: ArrayLike) -> Interval:
    """The mean over networks.

    Reference:
        Student (1908), The probable error of a mean.

    Arguments:
        values: (e,) numbers, one a member; those of diverged members (NaN) are left out.

    Returns:
        The mean with its 95 % t interval; infinite limits where one member is left, NaN where
        none is.

    Example:
        >>> mean([1.0, 2.0, 3.0]).text(digits=1)
        '2.0 [-0.5, 4.5]'
    """
    numbers = finite(values)
    if numbers.size == 0:
        return Interval(np.nan, np.nan, np.nan)
    centre = float(numbers.mean())
    if numbers.size < 2:
        return Interval(centre, -np.inf, np.inf)
    half = float(stats.t.ppf(0.975, numbers.size - 1) * stats.sem(numbers))
    return Interval(centre, centre - half, centre + half)


def finite(values: ArrayLike) -> NDArray[np.float64]:
    """The values of the members that did not diverge.

    Example:
        >>> finite([1.0, np.nan, True])
        array([1., 1.])
    """
    numbers = np.asarray(values, dtype=np.float64)
    return numbers[np.isfinite(numbers)]


def known(holds: ArrayLike, *numbers: ArrayLike) -> NDArray[np.float64]:
    """Truth values of the members, where the numbers that they rest on are there.

    Arguments:
        holds: (e,) truth values, one a member.
        numbers: (e,) each; NaN for a member that diverged, of which nothing can be said.

    Returns:
        (e,) 1 and 0; NaN for the members that diverged.

    Example:
        >>> lost = np.array([0.5, 0.1, np.nan])
        >>> known(lost > 0.2, lost)
        array([ 1.,  0., nan])
    """
    there = np.isfinite(np.asarray(numbers, dtype=np.float64)).all(axis=0)
    return np.where(there, np.asarray(holds, dtype=np.float64), np.nan)


def left_out(values: ArrayLike) -> str:
    """How many members diverged, as the end of a sentence; nothing if none did.

    Example:
        >>> left_out([1.0, np.nan, 0.0])
        '; 1 of 3 diverged, left out'
    """
    total = np.size(np.asarray(values, dtype=np.float64))
    lost = total - finite(values).size
    return f"; {lost} of {total} diverged, left out" if lost else ""
