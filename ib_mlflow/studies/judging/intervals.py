"""Shares and means over networks, with intervals that cover and stay inside their range."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging import checks, limits
from ib_mlflow.studies.judging.lost import finite as finite
from ib_mlflow.studies.judging.lost import known as known
from ib_mlflow.studies.judging.lost import left_out as left_out
from ib_mlflow.studies.judging.pivots import in_range, pivots_of
from ib_mlflow.studies.judging.thresholds import FEWEST, FEWEST_VOTES, TOLERANCE
from ib_mlflow.units import Quantity

UNIT = (0.0, 1.0)
"""Where shares and accuracies lie."""
POSITIVE = (0.0, float("inf"))
"""Where entropies and informations lie whose largest value is not known."""


@dataclass(frozen=True)
class Interval:
    """A value between its 95 % confidence limits; NaN where no network is left.

    Arguments:
        value: the value.
        low: the lower limit; infinite where too few networks give none.
        high: the upper limit.
        singles: the networks' own values, where they are too few for an interval.
        estimated: the mean of estimates that lies beyond what the quantity can be, if it does.
    """

    value: float
    low: float
    high: float
    singles: tuple[float, ...] = ()
    estimated: float | None = None

    def quantity(self, unit: str = "", digits: int = 3) -> Quantity:
        """The same with its unit, to be written.

        Arguments:
            unit: of the value; "nats" is written in the reader's unit.
            digits: decimals.

        Example:
            >>> Interval(0.5, 0.25, 0.75).quantity("nats", digits=2).text()
            '0.50 nats [0.25, 0.75]'
        """
        ends = self.low, self.high
        return Quantity(self.value, *ends, unit, digits, self.singles, self.estimated)

    def text(self, unit: str = "", digits: int = 3) -> str:
        """Write a number that has no unit, or one that the reader does not choose."""
        return self.quantity(unit, digits).text()


UNKNOWN = Interval(np.nan, np.nan, np.nan)


def share(holds: ArrayLike) -> Interval:
    """The share of networks in which something holds.

    Reference:
        Clopper & Pearson (1934), Biometrika 26: the limits that an exact test does not refuse.

    Arguments:
        holds: (e,) truth values, one a member; those of diverged members (NaN) are left out.

    Returns:
        The share with its exact 95 % interval; no limits below five members, NaN where none is
        left.

    Example:
        >>> share([True] * 6 + [False] * 2).text(digits=2)
        '0.75 [0.35, 0.97]'
    """
    flags = finite(checks.truths(holds))
    if flags.size == 0:
        return UNKNOWN
    if flags.size < FEWEST:
        return Interval(float(flags.mean()), -np.inf, np.inf)
    exact = stats.binomtest(int(flags.sum()), flags.size).proportion_ci(method="exact")
    return Interval(float(flags.mean()), float(exact.low), float(exact.high))


def mean(values: ArrayLike, within: tuple[float, float] | None = None) -> Interval:
    """The mean over networks.

    Reference:
        Student (1908), The probable error of a mean. Skewed means of ten networks or more: Efron
        & Tibshirani (1993), An introduction to the bootstrap, section 12.5.

    Arguments:
        values: (e,) numbers, one a member; those of diverged members (NaN) are left out.
        within: the range that the numbers cannot leave, as 0 to 1 for accuracies; none for
            differences.

    Returns:
        The mean with its 95 % interval: by Student's t, of ten skewed numbers or more by
        bootstrap-t where it reaches farther. A limit that would leave the range is that of the
        logarithm of the distance from its end. Below five members the single values without
        limits; NaN where none is left.

    Raises:
        InvalidInputError: a number lies outside the range, or these are none of networks.

    Example:
        >>> mean([1.0, 2.0, 3.0, 4.0, 5.0]).text(digits=1)
        '3.0 [1.0, 5.0]'
        >>> mean([0.999, 0.9995, 0.985, 1.0, 1.0], within=(0, 1)).text()
        '0.997 [0.989, 1.000]'
    """
    numbers = finite(checks.numbers(values))
    if numbers.size == 0:
        return UNKNOWN
    centre = float(numbers.mean())
    if numbers.size < FEWEST:
        return Interval(centre, -np.inf, np.inf, tuple(numbers.tolist()))
    error = float(stats.sem(numbers))
    pivots = pivots_of(numbers)
    if within is None:
        return Interval(centre, centre - pivots.high * error, centre - pivots.low * error)
    slack = TOLERANCE * max(1.0, float(np.abs(numbers).max()))
    if numbers.min() < within[0] - slack or numbers.max() > within[1] + slack:
        raise InvalidInputError(
            f"these numbers lie from {within[0]:g} to {within[1]:g}",
            received=f"{numbers.min():g} to {numbers.max():g}",
            fix="Leave out within for numbers without a range, such as differences.",
        )
    return Interval(centre, *in_range(centre, error, pivots, within))


def accuracy(values: ArrayLike, rows: int | None = None) -> Interval:
    """The mean accuracy over networks, for other networks and other test rows.

    Reference:
        Agresti & Coull (1998), The American Statistician 52, for the test rows' part.

    Arguments:
        values: (e,) shares of right answers; those of diverged members (NaN) are left out.
        rows: of the test set, which all networks share; None to generalise over networks alone.

    Returns:
        The mean with its 95 % interval, inside 0 to 1.

    Example:
        >>> accuracy([1.0] * 5, rows=100).text()
        '1.000 [0.963, 1.000]'
    """
    if rows is not None:
        limits.whole(rows, "test rows")
    plain, numbers = mean(values, UNIT), finite(values)
    if rows is None or numbers.size < FEWEST:
        return plain
    # All networks answer the same rows, so that these do not average out over networks.
    likely = (rows * plain.value + 2) / (rows + 4)
    error = float(np.hypot(stats.sem(numbers), np.sqrt(likely * (1 - likely) / rows)))
    if min(plain.value, 1 - plain.value) * rows < 1:
        wilson = stats.binomtest(round(rows * plain.value), rows).proportion_ci(method="wilson")
        return Interval(
            plain.value, min(plain.low, float(wilson.low)), max(plain.high, float(wilson.high))
        )
    return Interval(plain.value, *in_range(plain.value, error, pivots_of(numbers), UNIT))


def information(values: ArrayLike, highest: float = np.inf) -> Interval:
    """The mean entropy or information over networks, in nats, where it can be.

    Arguments:
        values: (e,) estimates; those of diverged members (NaN) are left out.
        highest: what it cannot exceed, such as H(X).

    Returns:
        The mean with its 95 % interval. Of estimates beyond the range the mean and the limits are
        brought to its end, beside the mean that was estimated; where the whole interval lies
        beyond, they err by more than they scatter, and the truth may lie as far inside.

    Example:
        >>> information([8.34, 8.32, 8.4, 8.3, 8.32], 8.318).text()
        '8.318 [8.288, 8.318; estimated 8.336]'
    """
    numbers = finite(checks.numbers(values))
    slack = TOLERANCE * (max(1.0, highest) if np.isfinite(highest) else 1.0)
    if ((numbers >= -slack) & (numbers <= highest + slack)).all():
        return mean(values, (0.0, highest))
    plain = mean(values)
    value, low, high = (
        min(max(of, 0.0), highest) if np.isfinite(of) else of
        for of in (plain.value, plain.low, plain.high)
    )
    if low == high == 0.0:
        high = min(-plain.low, highest)
    elif low == high:
        low = max(2 * highest - plain.high, 0.0)
    singles = tuple(min(max(single, 0.0), highest) for single in plain.singles)
    return Interval(value, low, high, singles, plain.value if plain.value != value else None)


def median(values: ArrayLike) -> Interval:
    """The median over networks, which a few stuck ones do not move.

    Reference:
        Conover (1999), Practical nonparametric statistics, section 3.2: limits by the binomial.

    Arguments:
        values: (e,) numbers, one a member; those of diverged members (NaN) are left out.

    Returns:
        The median between two of the numbers, with at least 95 % between them; without limits
        below six members.

    Example:
        >>> median([0.95, 0.96, 0.94, 0.5, 0.95, 0.96, 0.95]).text(digits=2)
        '0.95 [0.50, 0.96]'
    """
    numbers = np.sort(finite(checks.numbers(values)))
    if numbers.size == 0:
        return UNKNOWN
    centre = float(np.median(numbers))
    if numbers.size < FEWEST_VOTES:
        return Interval(centre, -np.inf, np.inf, tuple(numbers.tolist()))
    k = int(stats.binom.ppf(0.025, numbers.size, 0.5))
    return Interval(centre, float(numbers[k - 1]), float(numbers[-k]))
