"""Claims of a paper judged over networks: shares, means, their intervals, and the verdict."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Estimate

Verdict = Literal["agrees", "disagrees", "undecided"]


@dataclass(frozen=True)
class Interval:
    """A value between its 95 % confidence limits."""

    value: float
    low: float
    high: float

    def text(self, unit: str = "", digits: int = 3) -> str:
        """Write the value with its limits and unit.

        Example:
            >>> Interval(0.5, 0.25, 0.75).text("nats", digits=2)
            '0.50 nats [0.25, 0.75]'
        """
        value = f"{round(self.value, digits) + 0.0:.{digits}f} {unit}".rstrip()
        if not np.isfinite([self.low, self.high]).all():
            return f"{value} [no interval: fewer than two networks]"
        # Adding zero turns the -0.000 of rounding into 0.000.
        low, high = (round(limit, digits) + 0.0 for limit in (self.low, self.high))
        return f"{value} [{low:.{digits}f}, {high:.{digits}f}]"


def share(holds: ArrayLike) -> Interval:
    """The share of networks in which something holds.

    Reference:
        Wilson (1927), Probable inference, the law of succession, and statistical inference.

    Arguments:
        holds: (e,) truth values, one a member.

    Returns:
        The share with its 95 % Wilson interval.

    Raises:
        InvalidInputError: there is no member.

    Example:
        >>> share([True, True, True, False]).text(digits=2)
        '0.75 [0.30, 0.95]'
    """
    flags = np.asarray(holds, dtype=bool)
    if flags.size == 0:
        raise InvalidInputError(
            "a share needs at least one network", received="none", fix="Train one member or more."
        )
    limits = stats.binomtest(int(flags.sum()), flags.size).proportion_ci(method="wilson")
    return Interval(float(flags.mean()), float(limits.low), float(limits.high))


def mean(values: ArrayLike) -> Interval:
    """The mean over networks.

    Reference:
        Student (1908), The probable error of a mean.

    Arguments:
        values: (e,) numbers, one a member; those of diverged members (NaN) are left out.

    Returns:
        The mean with its 95 % t interval; infinite limits where fewer than two members are left.

    Raises:
        InvalidInputError: no finite value is left.

    Example:
        >>> mean([1.0, 2.0, 3.0]).text(digits=1)
        '2.0 [-0.5, 4.5]'
    """
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if numbers.size == 0:
        raise InvalidInputError(
            "a mean needs at least one finite value",
            received="none",
            fix="See which runs diverged.",
        )
    centre = float(numbers.mean())
    if numbers.size < 2:
        return Interval(centre, -np.inf, np.inf)
    half = float(stats.t.ppf(0.975, numbers.size - 1) * stats.sem(numbers))
    return Interval(centre, centre - half, centre + half)


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
        holds: (e,) truth values, one a member.
        note: what else was measured, in words.

    Returns:
        The finding: it agrees where the whole 95 % interval of the share lies above one half,
        disagrees where it lies below, and is undecided otherwise.

    Example:
        >>> most("Layers compress", "Fig. 1", [True] * 9 + [False]).verdict
        'agrees'
    """
    flags = np.asarray(holds, dtype=bool)
    found = share(flags)
    text = f"in {int(flags.sum())} of {flags.size} networks, a share of {found.text(digits=2)}"
    return Finding(claim, where, _sentence(text, note), _verdict(found.low, found.high, 0.5))


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
        differences: (e,) differences, one a member, positive where the claim holds.
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
    numbers = np.asarray(differences, dtype=np.float64)
    found = mean(numbers)
    positive = int((numbers > 0).sum())
    text = f"mean {found.text(unit)}; positive in {positive} of {numbers.size} {of}"
    return Finding(claim, where, _sentence(text, note), _verdict(found.low, found.high, 0.0))


def reproduces(
    claim: str, where: str, values: ArrayLike, paper: float, *, unit: str = "", digits: int = 3
) -> Finding:
    """Judge whether one network of the paper could be one of these.

    Arguments:
        claim: what the number is.
        where: where the paper gives it.
        values: (e,) the same number of every member.
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
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    found = mean(numbers)
    spread = float(numbers.std(ddof=1)) if numbers.size > 1 else np.nan
    text = f"mean {found.text(unit, digits)}, standard deviation {spread:.{digits}f}"
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
