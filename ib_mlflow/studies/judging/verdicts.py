"""Claims judged over networks: the verdict, and the words for what was measured."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ib_mlflow.information import Estimate
from ib_mlflow.studies.judging import checks
from ib_mlflow.studies.judging.intervals import Interval, finite, left_out, mean, share
from ib_mlflow.studies.judging.judgements import Judgement as Judgement
from ib_mlflow.studies.judging.judgements import Note as Note
from ib_mlflow.studies.judging.judgements import Verdict as Verdict
from ib_mlflow.studies.judging.judgements import sentence
from ib_mlflow.studies.judging.means import p_value_of_mean
from ib_mlflow.studies.judging.thresholds import (
    FEWEST,
    FEWEST_VOTES,
    LEVEL,
    TOLERANCE,
)
from ib_mlflow.studies.judging.votes import Votes
from ib_mlflow.units import Words

ALONE = "images of one network"
"""What `positive` judges over."""


def most(holds: ArrayLike, *, note: Note = (), of: str = "networks") -> Judgement:
    """Judge a claim that should hold in most networks.

    Reference:
        Clopper & Pearson (1934), Biometrika 26: the exact test of a share of one half.

    Arguments:
        holds: (e,) truth values, one a member; NaN for one that diverged, which counts against
            either verdict.
        note: what else was measured.
        of: what the members are, in words.

    Returns:
        It agrees where the share lies above one half by the exact test at 5 %, disagrees where it
        lies below, and is undecided otherwise, as below six networks.

    Example:
        >>> most([True] * 9 + [False]).verdict, most([True] * 5).verdict
        ('agrees', 'undecided')
    """
    votes = Votes.of(holds)
    words: Words = (
        f"{votes.words(of)}, a share of ",
        share(holds).quantity(digits=2),
        left_out(holds),
    )
    if votes.known < FEWEST_VOTES:
        return Judgement("undecided", sentence(words, note))
    verdict: Verdict = "undecided"
    p_value = 1.0
    for side, count in (("agrees", votes.held), ("disagrees", votes.against)):
        p_of_side = float(stats.binomtest(count, votes.total).pvalue)
        if 2 * count > votes.total:
            p_value = p_of_side
            verdict = side if p_of_side <= LEVEL else "undecided"  # type: ignore[assignment]
    return Judgement(verdict, sentence(words, note), p_value)


def always(holds: ArrayLike, *, note: Note = (), of: str = "networks") -> Judgement:
    """Judge a claim that should hold in every network, of which one exception is the end.

    Arguments:
        holds: (e,) truth values, one a member: false only where the exception is beyond its own
            error; NaN for one that diverged, which may have been an exception.
        note: what else was measured.
        of: what the members are, in words.

    Returns:
        It disagrees from one exception on, agrees where six networks or more have none, and is
        undecided otherwise. The words say how many exceptions the networks leave possible.

    Example:
        >>> always([True] * 19 + [False]).verdict, always([True] * 20).verdict
        ('disagrees', 'agrees')
    """
    votes = Votes.of(holds)
    words: Words = (f"{votes.words(of)}{left_out(holds)}",)
    if votes.against:
        return Judgement("disagrees", sentence((*words, "; one exception is enough"), note))
    if votes.total < FEWEST_VOTES or votes.known < votes.total:
        return Judgement("undecided", sentence(words, note))
    possible = 1 - LEVEL ** (1 / votes.total)
    words += (f"; exceptions in more than {possible:.0%} of {of} are excluded",)
    return Judgement("agrees", sentence(words, note))


def rises(
    differences: ArrayLike, unit: str = "nats", *, note: Note = (), of: str = "networks"
) -> Judgement:
    """Judge a claim that a difference between paired measurements is positive.

    Arguments:
        differences: (e,) differences, one a member, positive where the claim holds; infinite for a
            member that diverged in a known direction, NaN for one that counts against either
            verdict.
        unit: the unit of the differences.
        note: what else was measured.
        of: what the members are, in words.

    Returns:
        It agrees where the whole 95 % interval of the mean lies above zero, disagrees where it
        lies below, and is undecided otherwise: also below five members, where all numbers are the
        same, and where no more than rounding is left. Members that diverged enter as the largest
        differences, NaN on the side that is against the verdict, in a signed-rank test.

    Example:
        >>> rises([0.9, 1.0, 1.1, 1.2, 0.8]).verdict
        'agrees'
    """
    numbers, interval = finite(checks.numbers(differences, "differences")), mean(differences)
    words: Words = (
        "mean ",
        interval.quantity(unit),
        f"; positive in {int((numbers > 0).sum())} of {numbers.size} {of}",
        _diverged(differences),
    )
    side, p_value = p_value_of_mean(differences)
    verdict: Verdict = "undecided"
    if p_value is not None and p_value <= LEVEL:
        verdict = "agrees" if side > 0 else "disagrees"
    return Judgement(verdict, sentence(words, note), p_value)


def _diverged(differences: ArrayLike) -> str:
    """How many members diverged, upwards, downwards or unknown."""
    values = np.asarray(differences, dtype=np.float64)
    ends = int(np.isposinf(values).sum()), int(np.isneginf(values).sum())
    sides = "".join(
        f"; {count} of {values.size} without limit {way}"
        for count, way in zip(ends, ("upwards", "downwards"), strict=True)
        if count
    )
    return sides + left_out(values[~np.isinf(values)])


def interval_of(estimate: Estimate) -> Interval:
    """An estimate between its 95 % limits, by its standard error and Student's t.

    Example:
        >>> interval_of(Estimate(1.0, 0.5, "point", n=10_000)).text(digits=2)
        '1.00 [0.02, 1.98]'
    """
    if estimate.n < FEWEST:
        return Interval(estimate.value, -np.inf, np.inf)
    half = float(stats.t.ppf(1 - LEVEL / 2, estimate.n - 1)) * estimate.standard_error
    return Interval(estimate.value, estimate.value - half, estimate.value + half)


def positive(
    estimate: Estimate, unit: str = "nats", *, note: Note = (), digits: int = 3
) -> Judgement:
    """Judge a claim that one number is positive, over the samples it was estimated from.

    It generalises over samples of this one network, and the words say so.

    Arguments:
        estimate: positive where the claim holds.
        unit: of the estimate.
        note: what else was measured.
        digits: decimals to write.

    Returns:
        It agrees where the whole 95 % interval lies above zero, disagrees where it lies below, and
        is undecided otherwise, as where it has no error.

    Example:
        >>> positive(Estimate(1.0, 0.1, "point", n=100)).verdict
        'agrees'
    """
    checks.estimates([estimate])
    interval = interval_of(estimate)
    words: Words = (interval.quantity(unit, digits), f" over {estimate.n} images of this network")
    if estimate.n < FEWEST or not estimate.standard_error > TOLERANCE:
        return Judgement("undecided", sentence(words, note), alone=ALONE)
    p_value = 2 * float(stats.t.sf(abs(estimate.value) / estimate.standard_error, estimate.n - 1))
    return Judgement(_verdict(interval, 0.0), sentence(words, note), p_value, alone=ALONE)


def judge_interval(
    interval: Interval, words: Words, *, note: Note = (), p_value: float | None = None
) -> Judgement:
    """Judge a claim that one number is positive, from its interval over networks.

    Arguments:
        interval: positive where the claim holds; NaN where it is not known.
        words: what was measured.
        note: what else was measured.
        p_value: that the rule has, if it has one.

    Returns:
        It agrees where the whole interval lies above zero, disagrees where it lies below, and is
        undecided otherwise.

    Example:
        >>> judge_interval(Interval(0.9, 0.8, 1.1), ("an exponent of 0.9",)).verdict
        'agrees'
    """
    return Judgement(_verdict(interval, 0.0), sentence(words, note), p_value)


def _verdict(interval: Interval, threshold: float) -> Verdict:
    if interval.low > threshold + TOLERANCE:
        return "agrees"
    return "disagrees" if interval.high < threshold - TOLERANCE else "undecided"
