"""How far a mean lies from the truth in units of its error, and limits inside a range."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ib_mlflow.studies.judging.thresholds import FEWEST, FEWEST_SKEWED, LEVEL, SKEWED, TOLERANCE

RESAMPLES = 4000
"""Of the networks, from which the quantiles of a skewed mean follow."""
AT_ONCE = 1_000_000
"""Numbers that are resampled at once: of very many networks memory is the limit."""


@dataclass(frozen=True)
class Pivots:
    """Quantiles of (mean - truth) / error, at 2.5 % and 97.5 %."""

    low: float
    high: float

    @classmethod
    def of_t(cls, n: int) -> Self:
        """Those of normal numbers.

        Arguments:
            n: how many there are.

        Example:
            >>> round(Pivots.of_t(5).high, 3)
            2.776
        """
        high = float(stats.t.ppf(1 - LEVEL / 2, n - 1))
        return cls(-high, high)


def pivots_of(numbers: NDArray[np.float64]) -> Pivots:
    """By bootstrap-t and Student's for skewed numbers, ten or more; Student's for all others.

    Reference:
        Efron & Tibshirani (1993), An introduction to the bootstrap, section 12.5.

    Arguments:
        numbers: (e,), finite.

    Returns:
        The quantiles, never nearer to 0 than Student's.

    Example:
        >>> skewed = pivots_of(np.array([0.0] * 8 + [1.0, 1.0, 2.0, 5.0]))
        >>> skewed.low < Pivots.of_t(12).low
        True
    """
    plain, drawn = Pivots.of_t(numbers.size), _resampled(numbers)
    if not drawn.size:
        return plain
    # As many draws beyond either end as `p_value_of` allows: an interval and its test agree.
    low, high = (
        way * float(np.quantile(way * drawn, 1 - LEVEL / 2, method="inverted_cdf"))
        for way in (-1, 1)
    )
    return Pivots(min(low, plain.low), max(high, plain.high))


def p_value_of(numbers: NDArray[np.float64]) -> float:
    """The two-sided p-value of a mean of zero, as the interval by `pivots_of` has it.

    Arguments:
        numbers: (e,), finite, not all the same.

    Returns:
        That of the t test; of ten skewed numbers or more that of bootstrap-t, if it is larger.

    Example:
        >>> round(p_value_of(np.array([0.9, 1.0, 1.1, 1.2, 0.8])), 5)
        0.00015
    """
    test = stats.ttest_1samp(numbers, 0.0)
    drawn, side = _resampled(numbers), np.sign(test.statistic)
    beyond = float(np.mean(side * drawn >= side * test.statistic)) if drawn.size else 0.0
    return max(float(test.pvalue), min(1.0, 2 * beyond))


def _resampled(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draws of (mean - truth) / error where numbers are skewed, and else none."""
    spread = float(np.std(numbers))
    if numbers.size < FEWEST_SKEWED or spread <= TOLERANCE * float(np.abs(numbers).max()):
        return np.empty(0)
    skewness = float(np.mean(((numbers - numbers.mean()) / spread) ** 3))
    if abs(skewness) < SKEWED:
        return np.empty(0)
    # The same numbers give the same interval: the seed is fixed.
    generator = np.random.default_rng(0)
    blocks = np.array_split(np.arange(RESAMPLES), 1 + RESAMPLES * numbers.size // AT_ONCE)
    pivots = np.concatenate([_pivots(numbers, block.size, generator) for block in blocks])
    longest = 10 * Pivots.of_t(numbers.size).high
    return np.asarray(np.clip(pivots, -longest, longest))


def _pivots(
    numbers: NDArray[np.float64], draws: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    resampled = numbers[generator.integers(0, numbers.size, (draws, numbers.size))]
    errors = resampled.std(axis=1, ddof=1) / np.sqrt(numbers.size)
    moved = resampled.mean(axis=1) - numbers.mean()
    # A resample of one number alone has no error: it lies as far out as can be.
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(errors > 0, moved / errors, np.sign(moved) * np.inf))


def in_range(
    centre: float, error: float, pivots: Pivots, within: tuple[float, float]
) -> tuple[float, float]:
    """The limits of a mean, inside the range that it cannot leave.

    Arguments:
        centre: the mean.
        error: its standard error.
        pivots: how far it may lie from the truth, in errors.
        within: the range; either end may be infinite.

    Returns:
        The plain limits; in place of one that would leave the range that of the logarithm of the
        mean's distance from the end that it would pass, with the error carried over.

    Example:
        >>> in_range(0.5, 0.1, Pivots(-2, 2), (0, 1))
        (0.3, 0.7)
        >>> low, high = in_range(0.95, 0.05, Pivots(-2, 2), (0, 1))
        >>> round(low, 2), 0.95 < high < 1
        (0.85, True)
    """
    low, high = centre - pivots.high * error, centre - pivots.low * error
    lowest, highest = within
    if low < lowest:
        above = max(centre - lowest, 0.0)
        low = lowest + above * np.exp(-pivots.high * error / above) if above else lowest
    if high > highest:
        below = max(highest - centre, 0.0)
        high = highest - below * np.exp(pivots.low * error / below) if below else highest
    return float(low), float(high)


def expanded_limits(resampled: NDArray[np.float64], members: int) -> tuple[float, float]:
    """Percentiles of what was resampled from few networks, as far out as Student's t is.

    Reference:
        Hesterberg (2015), The American Statistician 69, section 4.2.1: expanded percentiles.

    Arguments:
        resampled: (k,) numbers; NaN where a resample has none.
        members: the networks that were resampled.

    Returns:
        The limits; infinite below five networks.

    Example:
        >>> expanded_limits(np.arange(1000.0), 4)
        (-inf, inf)
    """
    if members < FEWEST or np.isnan(resampled).all():
        return -np.inf, np.inf
    reach = stats.t.ppf(1 - LEVEL / 2, members - 1) * np.sqrt(members / (members - 1))
    tail = float(stats.norm.sf(reach))
    low, high = np.nanquantile(resampled, [tail, 1 - tail])
    return float(low), float(high)
