"""Claims judged over networks: the verdict, and the words for what was measured."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ib_mlflow.information import Estimate
from ib_mlflow.studies.judging.intervals import Interval, finite, left_out, mean, share
from ib_mlflow.units import Quantity, Words

Verdict = Literal["agrees", "disagrees", "undecided"]
Note = Iterable[str | Quantity]
"""A text, or its parts."""


@dataclass(frozen=True)
class Judgement:
    """What became of one claim.

    Arguments:
        verdict: the verdict.
        words: what was measured; its informations are in nats until they are written.
    """

    verdict: Verdict
    words: Words


def most(holds: ArrayLike, *, note: Note = ()) -> Judgement:
    """Judge a claim that should hold in most networks.

    Arguments:
        holds: (e,) truth values, one a member; NaN for one that diverged, which is left out.
        note: what else was measured.

    Returns:
        It agrees where the whole 95 % interval of the share lies above one half, disagrees where
        it lies below, and is undecided otherwise.

    Example:
        >>> most([True] * 9 + [False]).verdict
        'agrees'
    """
    flags, interval = finite(holds), share(holds)
    words: Words = (
        f"in {int(flags.sum())} of {flags.size} networks, a share of ",
        interval.quantity(digits=2),
        left_out(holds),
    )
    return Judgement(_verdict(interval, 0.5), _sentence(words, note))


def sometimes(holds: ArrayLike, *, note: Note = ()) -> Judgement:
    """Judge a claim that something happens with some networks.

    Arguments:
        holds: (e,) truth values, one a member; NaN for one that diverged, which is left out.
        note: what else was measured.

    Returns:
        It agrees where it holds in one network or more, and is undecided where it holds in none,
        for the next one may be the first.

    Example:
        >>> sometimes([True] + [False] * 9).verdict
        'agrees'
    """
    verdict: Verdict = "agrees" if finite(holds).any() else "undecided"
    return replace(most(holds, note=note), verdict=verdict)


def rises(
    differences: ArrayLike, unit: str = "nats", *, note: Note = (), of: str = "networks"
) -> Judgement:
    """Judge a claim that a difference between paired measurements is positive.

    Arguments:
        differences: (e,) differences, one a member, positive where the claim holds; NaN for one
            that diverged, which is left out.
        unit: the unit of the differences.
        note: what else was measured.
        of: what the members are, in words.

    Returns:
        It agrees where the whole 95 % interval of the mean lies above zero, disagrees where it
        lies below, and is undecided otherwise.

    Example:
        >>> rises([0.9, 1.0, 1.1]).verdict
        'agrees'
    """
    numbers, interval = finite(differences), mean(differences)
    words: Words = (
        "mean ",
        interval.quantity(unit),
        f"; positive in {int((numbers > 0).sum())} of {numbers.size} {of}",
        left_out(differences),
    )
    return Judgement(_verdict(interval, 0.0), _sentence(words, note))


def reproduces(values: ArrayLike, paper: float, *, unit: str = "", digits: int = 3) -> Judgement:
    """Judge whether one network of the paper could be one of these.

    Arguments:
        values: (e,) the same number of every member; NaN for one that diverged, which is left out.
        paper: the paper's number.
        unit: the unit of both.
        digits: decimals to write.

    Returns:
        It agrees where the paper's number lies inside the 95 % prediction interval of one more
        network. With fewer than five networks that interval holds almost anything, and the claim
        is undecided.

    Example:
        >>> reproduces([0.93, 0.94, 0.95, 0.94, 0.95], 0.946).verdict
        'agrees'
    """
    numbers, interval = finite(values), mean(values)
    spread = float(numbers.std(ddof=1)) if numbers.size > 1 else np.nan
    words: Words = ("mean ", interval.quantity(unit, digits))
    if numbers.size > 1:
        words += (f", standard deviation {spread:.{digits}f}",)
    words += (left_out(values),)
    note = ("The paper's: ", Quantity(paper, unit=unit, digits=digits), ".")
    if numbers.size < 5:
        return Judgement("undecided", _sentence(words, note))
    reach = stats.t.ppf(0.975, numbers.size - 1) * spread * np.sqrt(1 + 1 / numbers.size)
    verdict: Verdict = "agrees" if abs(paper - interval.value) <= reach else "disagrees"
    return Judgement(verdict, _sentence(words, note))


def interval_of(estimate: Estimate) -> Interval:
    """An estimate between its 95 % limits, by its standard error.

    Example:
        >>> interval_of(Estimate(1.0, 0.5, "point", n=100)).text(digits=2)
        '1.00 [0.02, 1.98]'
    """
    half = float(stats.norm.ppf(0.975)) * estimate.standard_error
    return Interval(estimate.value, estimate.value - half, estimate.value + half)


def positive(
    estimate: Estimate, unit: str = "nats", *, note: Note = (), digits: int = 3
) -> Judgement:
    """Judge a claim that one number is positive, over the samples it was estimated from.

    Arguments:
        estimate: positive where the claim holds.
        unit: of the estimate.
        note: what else was measured.
        digits: decimals to write.

    Returns:
        It agrees where the whole 95 % interval lies above zero, disagrees where it lies below, and
        is undecided otherwise.

    Example:
        >>> positive(Estimate(1.0, 0.1, "point", n=100)).verdict
        'agrees'
    """
    interval = interval_of(estimate)
    words: Words = (interval.quantity(unit, digits), f" over {estimate.n} images")
    return Judgement(_verdict(interval, 0.0), _sentence(words, note))


def judge_interval(interval: Interval, words: Words, *, note: Note = ()) -> Judgement:
    """Judge a claim that one number is positive, from its interval over networks.

    Arguments:
        interval: positive where the claim holds; NaN where it is not known.
        words: what was measured.
        note: what else was measured.

    Returns:
        It agrees where the whole interval lies above zero, disagrees where it lies below, and is
        undecided otherwise.

    Example:
        >>> judge_interval(Interval(0.9, 0.8, 1.1), ("an exponent of 0.9",)).verdict
        'agrees'
    """
    return Judgement(_verdict(interval, 0.0), _sentence(words, note))


def _verdict(interval: Interval, threshold: float) -> Verdict:
    if interval.low > threshold:
        return "agrees"
    return "disagrees" if interval.high < threshold else "undecided"


def _sentence(words: Words, note: Note) -> Words:
    """End a sentence, which begins with a capital, and put the note behind it."""
    if isinstance(words[0], str):
        words = (f"{words[0][:1].upper()}{words[0][1:]}", *words[1:])
    behind = tuple(note)
    return (*words, ". ", *behind) if behind else (*words, ".")
