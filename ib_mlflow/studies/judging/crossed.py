"""Claims judged over networks and images at once, where all networks see the same images."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging import checks, limits
from ib_mlflow.studies.judging.intervals import Interval, mean
from ib_mlflow.studies.judging.judgements import Judgement, Note, Verdict, sentence, steady
from ib_mlflow.studies.judging.thresholds import FEWEST, LEVEL, TOLERANCE
from ib_mlflow.units import Quantity, Words


def crossed_mean(terms: ArrayLike) -> Interval:
    """The mean over networks and images, for other networks and other images.

    The images are the same for all networks, so that what makes one of them easy does not average
    out over networks: the error is that of the networks' means and that of the images' means
    together, which counts what is left twice and so errs on the wide side.

    Reference:
        Owen (2007), "The pigeonhole bootstrap", Annals of Applied Statistics 1, for both errors.

    Arguments:
        terms: (e, n) a number for each of n images of each of e networks.

    Returns:
        The mean with its 95 % interval by Student's t of e - 1 or n - 1 degrees, whichever are
        fewer; below five networks the networks' means without limits.

    Raises:
        InvalidInputError: not a table of two images or more, or numbers that are not finite.

    Example:
        >>> terms = np.array([[1.0, 2, 3, 4]]) + np.array([[0.1], [0.0], [-0.1], [0.2], [-0.2]])
        >>> crossed_mean(terms).text(digits=1)
        '2.5 [0.4, 4.6]'
    """
    table = _table(terms)
    if len(table) < FEWEST:
        return mean(table.mean(axis=1))
    centre, half = float(table.mean()), _error(table) * _quantile(table)
    return Interval(centre, centre - half, centre + half)


def crossed(
    terms: ArrayLike, unit: str = "nats", *, bias: float = 0.0, note: Note = ()
) -> Judgement:
    """Judge a claim that a difference is positive, over networks and images.

    Arguments:
        terms: (e, n) differences, positive where the claim holds.
        unit: of the differences.
        bias: by how much all of them may be wrong alike, either way, in their unit: the interval
            is wider by it at both ends; infinite where it is not known.
        note: what else was measured.

    Returns:
        It agrees where the whole 95 % interval lies above zero, disagrees where it lies below, and
        is undecided otherwise, as below five networks, and where all networks or all images are
        copies of one.

    Example:
        >>> terms = 1 + 0.1 * np.random.default_rng(0).normal(size=(5, 100))
        >>> crossed(terms).verdict, crossed(terms[:4]).verdict, crossed(terms, bias=2.0).verdict
        ('agrees', 'undecided', 'undecided')
    """
    table = _table(terms)
    limits.threshold(bias, "a bias", most=np.inf)
    interval, means = _widened(crossed_mean(table), bias), table.mean(axis=1)
    words: Words = (
        "mean ",
        interval.quantity(unit),
        f"; positive in {int((means > 0).sum())} of {len(means)} networks, over "
        f"{table.shape[1]} images",
    )
    if len(table) < FEWEST or _copies(table):
        return Judgement("undecided", sentence(words, note))
    beyond = max(abs(interval.value) - bias, 0.0)
    p_value = 2 * float(stats.t.sf(beyond / _error(table), _freedom(table)))
    return Judgement(_side(interval, 0.0), sentence(words, note), p_value)


def crossed_within(
    terms: ArrayLike, threshold: float, unit: str = "nats", *, note: Note = ()
) -> Judgement:
    """Judge whether a difference is no larger than a threshold, either way.

    Reference:
        Schuirmann (1987), two one-sided tests, here by the 95 % interval.

    Arguments:
        terms: (e, n) differences.
        threshold: in their unit.
        unit: of the differences.
        note: what else was measured.

    Returns:
        It agrees where the whole interval lies within the threshold, disagrees where all of it
        lies outside, and is undecided otherwise, as of copies of one network or image, and where
        it turns round at half or at twice the threshold.

    Example:
        >>> terms = 0.1 * np.random.default_rng(0).normal(size=(5, 100))
        >>> crossed_within(terms, 0.2).verdict, crossed_within(2 + terms, 0.2).verdict
        ('agrees', 'disagrees')
    """
    table = _table(terms)
    limits.threshold(threshold)
    interval = crossed_mean(table)
    words: Words = (
        "mean ",
        interval.quantity(unit),
        f" in {len(table)} networks, over {table.shape[1]} images; equal up to ",
        Quantity(threshold, unit=unit),
    )
    if _copies(table):
        return Judgement("undecided", sentence(words, note))

    def judge(factor: float) -> Judgement:
        limit = factor * threshold
        verdict: Verdict = "undecided"
        if -limit <= interval.low and interval.high <= limit:
            verdict = "agrees"
        elif interval.low > limit or interval.high < -limit:
            verdict = "disagrees"
        return Judgement(verdict, sentence(words, note))

    return steady(judge)


def _widened(interval: Interval, bias: float) -> Interval:
    return replace(interval, low=interval.low - bias, high=interval.high + bias)


def _table(terms: ArrayLike) -> NDArray[np.float64]:
    table = checks.floats(terms, "terms", "(e, n) of e networks and n images")
    if table.ndim != 2 or table.shape[1] < 2 or not len(table) or not np.isfinite(table).all():
        raise InvalidInputError(
            "terms are finite numbers (e, n) of e networks and two images or more",
            received=f"shape {table.shape}",
            fix="Give a row a network, all of the same images.",
        )
    return table


def _error(table: NDArray[np.float64]) -> float:
    return float(np.hypot(stats.sem(table.mean(axis=1)), stats.sem(table.mean(axis=0))))


def _copies(table: NDArray[np.float64]) -> bool:
    """Whether all networks, or all images, are one but for rounding."""
    least = TOLERANCE * max(1.0, float(np.abs(table).max()))
    return any(float(np.ptp(table.mean(axis=axis))) <= least for axis in (0, 1))


def _freedom(table: NDArray[np.float64]) -> int:
    return int(min(table.shape)) - 1


def _quantile(table: NDArray[np.float64]) -> float:
    return float(stats.t.ppf(1 - LEVEL / 2, _freedom(table)))


def _side(interval: Interval, threshold: float) -> Verdict:
    if interval.low > threshold + TOLERANCE:
        return "agrees"
    return "disagrees" if interval.high < threshold - TOLERANCE else "undecided"
