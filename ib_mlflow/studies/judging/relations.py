"""Whether two numbers of networks go together: over networks, or over settings seed by seed."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ib_mlflow.studies.judging import checks
from ib_mlflow.studies.judging.correlations import permuted_p
from ib_mlflow.studies.judging.intervals import Interval, mean
from ib_mlflow.studies.judging.judgements import Judgement, Verdict, all_hold, between, steady
from ib_mlflow.studies.judging.shares import most_within
from ib_mlflow.studies.judging.thresholds import FEWEST, FOLLOWS, LEVEL, TOLERANCE
from ib_mlflow.trajectory.members import Numbers

FEWEST_SETTINGS = 4
"""Settings below which nothing is said of a correlation: three lie in order by chance too often."""

_REACH = float(stats.norm.ppf(1 - LEVEL / 2))
EXACT = 7
"""Networks up to which all their orders are counted."""


def rank_correlation(first: ArrayLike, second: ArrayLike) -> Interval:
    """The rank correlation of two numbers of networks.

    Reference:
        Spearman (1904); Bonett & Wright (2000), Psychometrika 65, for the interval.

    Arguments:
        first: (e,) numbers; a network without one of them (NaN) is left out.
        second: (e,) numbers.

    Returns:
        The correlation with its 95 % interval; NaN of fewer than five networks, or where one of
        the numbers is the same in all. Numbers in the very same order have that of a correlation
        half a swap of neighbours short of 1: five networks may lie in order by chance.

    Example:
        >>> rank_correlation([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 6, 5]).text(digits=2)
        '0.94 [0.38, 1.00]'
    """
    pairs = _pairs(first, second)
    left = pairs[:, np.isfinite(pairs).all(axis=0)]
    if left.shape[1] < FEWEST or (np.ptp(left, axis=1) == 0).any():
        return Interval(np.nan, np.nan, np.nan)
    value = float(stats.spearmanr(*left).statistic)
    n = left.shape[1]
    spread = np.sqrt((1 + value**2 / 2) / (n - 3))
    reach = _REACH * spread
    most = 1 - 6 / (n * (n * n - 1))
    centre = np.arctanh(np.clip(value, -most, most))
    low, high = np.tanh([centre - reach, centre + reach])
    return Interval(value, min(value, float(low)), max(value, float(high)))


def go_together(first: ArrayLike, second: ArrayLike, *, opposed: bool = False) -> Judgement:
    """Judge whether networks with more of one number have more of another, by enough to be seen.

    Arguments:
        first: (e,) numbers, one a network; NaN for one that diverged, which is left out.
        second: (e,) numbers.
        opposed: whether they are said to have less.

    Returns:
        The judgement of two parts: that the rank correlation is on the claim's side of zero, by
        its permutation test at 5 %, and that it is large, by its interval, at half and at twice
        what it may be short of 1. Each is undecided where one of the numbers that a network lacks
        could have changed it.

    Example:
        >>> go_together([1, 2, 3, 4, 5, 6, 7], [7, 6, 5, 4, 3, 2, 1], opposed=True).verdict
        'agrees'
    """
    pairs = _pairs(first, second)
    pairs[1] *= -1 if opposed else 1
    there = np.isfinite(pairs).all(axis=0)
    interval = rank_correlation(*pairs)
    if not np.isfinite(interval.value):
        return Judgement(
            "undecided", (f"Rank correlation not known over {int(there.sum())} networks.",)
        )
    lost = int((~there).sum())
    words = (
        "Rank correlation ",
        interval.quantity(digits=2),
        f" over {int(there.sum())} networks{', of the opposite' if opposed else ''}.",
        f" {lost} more diverged, counted against either verdict." if lost else "",
    )
    weakened = _with_lost(pairs[:, there], lost, -np.sign(interval.value))
    p_value = permutation_p(*weakened)
    verdict: Verdict = "undecided"
    if p_value <= LEVEL and np.sign(stats.spearmanr(*weakened).statistic) == np.sign(
        interval.value
    ):
        verdict = "agrees" if interval.value > 0 else "disagrees"
    direction = Judgement(verdict, words, p_value)
    strengthened = _with_lost(pairs[:, there], lost, np.sign(interval.value))
    large = between(_is_large(interval), [_is_large(rank_correlation(*of)) for of in
                                          (weakened, strengthened)])  # fmt: skip
    return all_hold([direction, large])


def _is_large(interval: Interval) -> Judgement:
    """Whether a correlation is large, by its whole interval."""
    words = (f"Counted as large from {1 - FOLLOWS:g} on, by the whole interval.",)
    low, high = np.arctanh(np.clip([interval.low, interval.high], -1 + 1e-12, 1 - 1e-12))
    value, spread = (low + high) / 2, max(float(high - low), TOLERANCE) / (2 * _REACH)

    def judge(factor: float) -> Judgement:
        least = 1 - factor * FOLLOWS
        p_value = 2 * float(stats.norm.sf(abs(value - np.arctanh(least)) / spread))
        verdict: Verdict = "agrees" if interval.low >= least else "undecided"
        return Judgement("disagrees" if interval.high < least else verdict, words, p_value)

    return steady(judge)


def permutation_p(first: Numbers, second: Numbers) -> float:
    """The two-sided p-value of a rank correlation, over all orders or very many of them.

    Arguments:
        first: (e,) numbers.
        second: (e,) numbers.

    Example:
        >>> round(permutation_p(np.arange(5.0), np.arange(5.0)), 4)
        0.0167
    """
    ranks = [stats.rankdata(numbers) for numbers in (first, second)]
    own, other = (rank - rank.mean() for rank in ranks)
    if own.size <= EXACT:
        orders = np.array(list(permutations(other)))
        beyond = np.abs(orders @ own) >= abs(own @ other) - 1e-9
        return float(beyond.mean())
    return float(stats.spearmanr(first, second).pvalue)


def _pairs(first: ArrayLike, second: ArrayLike) -> Numbers:
    both = checks.numbers(first), checks.numbers(second)
    checks.alike(*both)
    return np.array(both)


def _with_lost(pairs: Numbers, lost: int, side: float) -> Numbers:
    """The networks with those that are lost beyond all others, where they weaken the relation."""
    ends = np.arange(1, lost + 1) * (1 + np.abs(pairs).max())
    ways = np.where(np.arange(lost) % 2, 1.0, -1.0)
    return np.concatenate([pairs, np.stack([ends * ways, side * ends * ways])], axis=1)


def follow(first: Sequence[Numbers], second: Sequence[Numbers]) -> Judgement:
    """Judge whether two numbers rise together over settings, seed by seed.

    The seeds share what the settings do, so that all of them may follow one accident of these.

    Reference:
        Pitman (1937), Supplement to the J. Royal Statistical Society 4, for permuted settings.

    Arguments:
        first: for each setting (e,) numbers, one a seed.
        second: the same of the other number.

    Returns:
        The judgement of how many seeds have a rank correlation over settings that is large, at
        half and at twice what it may be short of 1; undecided below four settings, where a
        correlation is high by chance too often. It is over these settings alone, and has no
        p-value, unless settings that are permuted have so large a mean correlation, on the side
        of the verdict, too rarely as well: of four at 5 % they never have.

    Example:
        >>> grows = [np.arange(6.0) + (1 + np.arange(6)) * setting for setting in range(5)]
        >>> follow(grows, grows).verdict, follow(grows[:4], grows[:4]).alone
        ('agrees', 'networks at these 4 settings alone')
    """
    one, other = (checks.curves(of, "numbers at settings") for of in (first, second))
    checks.alike(one, other)
    if len(first) < FEWEST_SETTINGS:
        return Judgement("undecided", (f"Fewer than {FEWEST_SETTINGS} settings tell nothing.",))
    directions = _ranked(one), _ranked(other)
    ranks: Numbers = np.einsum("se,se->e", *directions)
    note = (
        f"Counted is a rank correlation from {1 - FOLLOWS:g} on, of these {len(first)} settings, "
        "one a seed; on average ",
        mean(ranks, (-1, 1)).quantity(digits=2),
        ".",
    )
    judged = most_within(1 - ranks, FOLLOWS, note=note)
    known = np.isfinite(ranks)
    p_value = permuted_p(directions[0][:, known] @ directions[1][:, known].T)
    side = {"agrees": 1, "disagrees": -1}.get(judged.verdict, 0)
    if p_value > LEVEL or side * ranks[known].sum() < 0:
        words = f" Other settings may be otherwise: permuted ones have a p-value of {p_value:.2g}."
        alone = f"networks at these {len(first)} settings alone"
        return replace(judged, words=(*judged.words, words), p_value=None, alone=alone)
    both = None if judged.p_value is None else max(judged.p_value, p_value)
    return replace(judged, p_value=both)


def _ranked(numbers: Numbers) -> Numbers:
    """Ranks over settings, centred and of length 1: (s, e); NaN of a seed without all of them."""
    ranks = stats.rankdata(numbers, axis=0)
    ranks -= ranks.mean(axis=0)
    length = np.sqrt((ranks**2).sum(axis=0))
    # Of what does not move at all nothing is known.
    told = np.isfinite(numbers).all(axis=0) & (length > 0)
    return np.where(told, ranks / np.where(told, length, 1.0), np.nan)
