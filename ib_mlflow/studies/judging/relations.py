"""Whether two numbers of networks go together: over networks, or over settings seed by seed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ib_mlflow.studies.judging.intervals import Interval
from ib_mlflow.studies.judging.verdicts import Judgement, rises
from ib_mlflow.trajectory.members import Numbers

FEWEST = 4
"""Networks, or settings, below which nothing is said of a correlation."""


def rank_correlation(first: ArrayLike, second: ArrayLike) -> Interval:
    """The rank correlation of two numbers of networks.

    Reference:
        Spearman (1904); Bonett & Wright (2000), Psychometrika 65, for the interval.

    Arguments:
        first: (e,) numbers; a network without one of them (NaN) is left out.
        second: (e,) numbers.

    Returns:
        The correlation with its 95 % interval; NaN of fewer than four networks, or where one of
        the numbers is the same in all.

    Example:
        >>> rank_correlation([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 6, 5]).text(digits=2)
        '0.94 [0.38, 1.00]'
    """
    pairs = np.array([first, second], dtype=np.float64)
    left = pairs[:, np.isfinite(pairs).all(axis=0)]
    if left.shape[1] < FEWEST or (np.ptp(left, axis=1) == 0).any():
        return Interval(np.nan, np.nan, np.nan)
    value = float(stats.spearmanr(*left).statistic)
    spread = np.sqrt((1 + value**2 / 2) / (left.shape[1] - 3))
    reach = float(stats.norm.ppf(0.975)) * spread
    centre = np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12))
    return Interval(value, float(np.tanh(centre - reach)), float(np.tanh(centre + reach)))


def go_together(first: ArrayLike, second: ArrayLike, *, opposed: bool = False) -> Judgement:
    """Judge whether networks with more of one number have more of another.

    Arguments:
        first: (e,) numbers, one a network; NaN for one that diverged, which is left out.
        second: (e,) numbers.
        opposed: whether they are said to have less.

    Returns:
        It agrees where the 95 % interval of the rank correlation lies on the claim's side of zero,
        disagrees where it lies on the other, and is undecided otherwise.

    Example:
        >>> go_together([1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 1, 2], opposed=True).verdict
        'agrees'
    """
    interval = rank_correlation(first, second)
    there = np.isfinite(np.array([first, second], dtype=np.float64)).all(axis=0)
    words = (
        "Rank correlation ",
        interval.quantity(digits=2) if np.isfinite(interval.value) else "not known",
        f" over {int(there.sum())} networks.",
    )
    low, high = (-interval.high, -interval.low) if opposed else (interval.low, interval.high)
    if low > 0:
        return Judgement("agrees", words)
    return Judgement("disagrees" if high < 0 else "undecided", words)


def follow(first: Sequence[Numbers], second: Sequence[Numbers]) -> Judgement:
    """Judge whether two numbers rise together over settings, seed by seed.

    Arguments:
        first: for each setting (e,) numbers, one a seed.
        second: the same of the other number.

    Returns:
        The judgement of the mean over seeds of the rank correlations over settings; undecided
        below four settings, where a correlation is high by chance too often.

    Example:
        >>> grows = [np.array([1.0, 2.0, 1.5]) + setting for setting in range(5)]
        >>> follow(grows, grows).verdict
        'agrees'
    """
    correlations = [
        _over_settings(one, other)
        for one, other in zip(np.stack(first, axis=1), np.stack(second, axis=1), strict=True)
    ]
    spread: Numbers = np.array(correlations)
    if len(first) < FEWEST:
        return Judgement("undecided", (f"Fewer than {FEWEST} settings tell nothing.",))
    return rises(spread, "", note=f"Rank correlations over {len(first)} settings, one a seed.")


def _over_settings(one: Numbers, other: Numbers) -> float:
    pairs = np.array([one, other], dtype=np.float64)
    if not np.isfinite(pairs).all():
        return np.nan
    # What does not move at all goes with nothing.
    return 0.0 if (np.ptp(pairs, axis=1) == 0).any() else float(stats.spearmanr(*pairs).statistic)
