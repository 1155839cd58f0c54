"""Claims of a paper judged over networks: what was found, and the verdict."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ib_mlflow.information import Estimate
from ib_mlflow.studies.judging.intervals import Interval, finite, left_out, mean, share

Verdict = Literal["agrees", "disagrees", "undecided"]


@dataclass(frozen=True)
class Finding:
    """One claim of the paper beside what was found."""

    claim: str
    where: str
    found: str
    verdict: Verdict


def most(claim: str, where: str, holds: ArrayLike, *, note: str = "") -> Finding:
    """Judge a claim that should hold in most networks.

    Arguments:
        claim: the claim, in words.
        where: the section or figure of the paper that makes it.
        holds: (e,) truth values, one a member; NaN for one that diverged, which is left out.
        note: what else was measured, in words.

    Returns:
        The finding: it agrees where the whole 95 % interval of the share lies above one half,
        disagrees where it lies below, and is undecided otherwise.

    Example:
        >>> most("Layers compress", "Fig. 1", [True] * 9 + [False]).verdict
        'agrees'
    """
    flags, found = finite(holds), share(holds)
    text = f"in {int(flags.sum())} of {flags.size} networks, a share of {found.text(digits=2)}"
    text += left_out(holds)
    return Finding(claim, where, _sentence(text, note), _verdict(found.low, found.high, 0.5))


def sometimes(claim: str, where: str, holds: ArrayLike, *, note: str = "") -> Finding:
    """Judge a claim that something happens with some networks.

    Arguments:
        claim: the claim, in words.
        where: the section or figure of the paper that makes it.
        holds: (e,) truth values, one a member; NaN for one that diverged, which is left out.
        note: what else was measured, in words.

    Returns:
        The finding: it agrees where it holds in one network or more, and is undecided where it
        holds in none, for the next one may be the first.

    Example:
        >>> sometimes("An effect is absent", "Fig. 9", [True] + [False] * 9).verdict
        'agrees'
    """
    found = most(claim, where, holds, note=note)
    return replace(found, verdict="agrees" if finite(holds).any() else "undecided")


def rises(
    claim: str,
    where: str,
    differences: ArrayLike,
    unit: str,
    *,
    note: str = "",
    of: str = "networks",
) -> Finding:
    """Judge a claim that a difference between paired measurements is positive.

    Arguments:
        claim: the claim, in words.
        where: the section or figure of the paper that makes it.
        differences: (e,) differences, one a member, positive where the claim holds; NaN for one
            that diverged, which is left out.
        unit: the unit of the differences.
        note: what else was measured, in words.
        of: what the members are, in words.

    Returns:
        The finding: it agrees where the whole 95 % interval of the mean lies above zero,
        disagrees where it lies below, and is undecided otherwise.

    Example:
        >>> rises("Deeper layers keep less", "Fig. 1", [0.9, 1.0, 1.1], "nats").verdict
        'agrees'
    """
    numbers, found = finite(differences), mean(differences)
    positive = int((numbers > 0).sum())
    text = f"mean {found.text(unit)}; positive in {positive} of {numbers.size} {of}"
    text += left_out(differences)
    return Finding(claim, where, _sentence(text, note), _verdict(found.low, found.high, 0.0))


def reproduces(
    claim: str, where: str, values: ArrayLike, paper: float, *, unit: str = "", digits: int = 3
) -> Finding:
    """Judge whether one network of the paper could be one of these.

    Arguments:
        claim: what the number is.
        where: where the paper gives it.
        values: (e,) the same number of every member; NaN for one that diverged, which is left out.
        paper: the paper's number.
        unit: the unit of both.
        digits: decimals to write.

    Returns:
        The finding: it agrees where the paper's number lies inside the 95 % prediction interval
        of one more network. With fewer than five networks that interval holds almost anything,
        and the finding is undecided.

    Example:
        >>> reproduces("Accuracy", "Table 2", [0.93, 0.94, 0.95, 0.94, 0.95], 0.946).verdict
        'agrees'
    """
    numbers, found = finite(values), mean(values)
    spread = float(numbers.std(ddof=1)) if numbers.size > 1 else np.nan
    text = f"mean {found.text(unit, digits)}"
    if numbers.size > 1:
        text += f", standard deviation {spread:.{digits}f}"
    text += left_out(values)
    note = f"The paper's: {paper:.{digits}f} {unit}".rstrip() + "."
    if numbers.size < 5:
        return Finding(claim, where, _sentence(text, note), "undecided")
    reach = stats.t.ppf(0.975, numbers.size - 1) * spread * np.sqrt(1 + 1 / numbers.size)
    verdict: Verdict = "agrees" if abs(paper - found.value) <= reach else "disagrees"
    return Finding(claim, where, _sentence(text, note), verdict)


def interval_of(estimate: Estimate) -> Interval:
    """An estimate between its 95 % limits, by its standard error.

    Example:
        >>> interval_of(Estimate(1.0, 0.5, "point", n=100)).text(digits=2)
        '1.00 [0.02, 1.98]'
    """
    half = float(stats.norm.ppf(0.975)) * estimate.standard_error
    return Interval(estimate.value, estimate.value - half, estimate.value + half)


def positive(
    claim: str, where: str, estimate: Estimate, unit: str, *, note: str = "", digits: int = 3
) -> Finding:
    """Judge a claim that one number is positive, over the samples it was estimated from.

    Arguments:
        claim: the claim, in words.
        where: the section or figure of the paper that makes it.
        estimate: positive where the claim holds.
        unit: of the estimate.
        note: what else was measured, in words.
        digits: decimals to write.

    Returns:
        The finding: it agrees where the whole 95 % interval lies above zero, disagrees where it
        lies below, and is undecided otherwise.

    Example:
        >>> positive("Layers lose", "Fig. 5", Estimate(1.0, 0.1, "point", n=100), "nats").verdict
        'agrees'
    """
    found = interval_of(estimate)
    text = f"{found.text(unit, digits)} over {estimate.n} images"
    return Finding(claim, where, _sentence(text, note), _verdict(found.low, found.high, 0.0))


def _verdict(low: float, high: float, threshold: float) -> Verdict:
    if low > threshold:
        return "agrees"
    return "disagrees" if high < threshold else "undecided"


def _sentence(text: str, note: str) -> str:
    return f"{text[0].upper()}{text[1:]}." + (f" {note}" if note else "")
