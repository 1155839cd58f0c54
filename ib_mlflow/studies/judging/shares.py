"""In most networks, a number on one side of a threshold: judged at half and at twice it too."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ib_mlflow.studies.judging import checks, limits
from ib_mlflow.studies.judging.intervals import known
from ib_mlflow.studies.judging.judgements import Judgement, Note, Verdict, steady
from ib_mlflow.studies.judging.margins import SOME
from ib_mlflow.studies.judging.thresholds import ACCIDENT, FEWEST, FEWEST_VOTES, LEVEL, TOLERANCE
from ib_mlflow.studies.judging.verdicts import most
from ib_mlflow.studies.judging.votes import Votes
from ib_mlflow.units import Words


def beyond(numbers: NDArray[np.float64], limit: float) -> NDArray[np.bool_]:
    """Which numbers lie above a limit by more than rounding.

    Arguments:
        numbers: (e,), one a member.
        limit: in their unit.

    Example:
        >>> beyond(np.array([1e-17, 0.1, np.nan]), 0.0)
        array([False,  True, False])
    """
    with np.errstate(invalid="ignore"):  # infinite ones have no rounding
        rounding = np.where(np.isfinite(numbers), np.maximum(1.0, np.abs(numbers)), 0.0)
        return np.asarray(numbers > limit + TOLERANCE * rounding)


def most_beyond(
    values: ArrayLike, threshold: float, *, note: Note = (), of: str = "networks"
) -> Judgement:
    """Judge whether a number lies above a threshold in most networks.

    Arguments:
        values: (e,) numbers, one a member; NaN for one that diverged, which counts against.
        threshold: in the numbers' unit.
        note: what else was measured.
        of: what the members are, in words.

    Returns:
        The judgement of `most` at the threshold; undecided where it turns round at half or at
        twice the threshold.

    Example:
        >>> most_beyond([1.0, 1.1, 0.9, 1.2, 0.8, 1.0], 0.3).verdict
        'agrees'
        >>> most_beyond([1.0, 1.1, 0.9, 1.2, 0.8, 1.0], 0.7).verdict
        'undecided'
    """
    numbers, least = checks.numbers(values), limits.threshold(threshold)
    return steady(
        lambda factor: most(known(beyond(numbers, factor * least), numbers), note=note, of=of)
    )


def most_within(
    values: ArrayLike, threshold: float, *, note: Note = (), of: str = "networks"
) -> Judgement:
    """Judge whether a number lies at or below a threshold in most networks.

    Arguments and what is returned as for `most_beyond`.

    Example:
        >>> most_within([0.1, 0.0, 0.05, 0.02, 0.08, 0.1], 0.4).verdict
        'agrees'
    """
    numbers, highest = checks.numbers(values), limits.threshold(threshold)
    return steady(
        lambda factor: most(known(~beyond(numbers, factor * highest), numbers), note=note, of=of)
    )


def sometimes(holds: ArrayLike, *, chance: float = ACCIDENT, note: Note = ()) -> Judgement:
    """Judge a claim that something happens with some networks.

    Arguments:
        holds: (e,) truth values, one a member; NaN for one that diverged, which counts against.
        chance: the share of networks in which it may seem to happen by accident, above 0.
        note: what else was measured.

    Returns:
        It agrees where it happens in more networks than accidents would explain, by the exact test
        at 5 %, and is undecided otherwise: the next network may be the first. The words say what
        it is at half and at twice the share.

    Example:
        >>> sometimes([True] * 5 + [False] * 15).verdict, sometimes([True] + [False] * 19).verdict
        ('agrees', 'undecided')
    """
    limits.positive_number(
        limits.threshold(chance, "a share of accidents", most=1.0), "a share of accidents"
    )
    votes = Votes.of(holds)
    judgement = most(holds, note=(*_accidents(chance), *note))
    if votes.total < FEWEST:
        return judgement

    def judge(factor: float) -> Judgement:
        likely = min(1.0, factor * chance)
        test = stats.binomtest(votes.held, votes.total, likely, alternative="greater")
        p_value = min(1.0, 2 * float(test.pvalue))
        return replace(
            judgement, verdict="agrees" if p_value <= LEVEL else "undecided", p_value=p_value
        )

    return steady(judge, of="the share of accidents")


def _accidents(chance: float) -> Words:
    return (f"Accidents are allowed for in {100 * chance:g} % of networks. ",)


def in_some(holds: ArrayLike, *, note: Note = (), of: str = "networks") -> Judgement:
    """Judge whether something happens with some networks, neither with none nor by accident.

    Arguments:
        holds: (e,) truth values, one a member; NaN for one that diverged, which counts against
            either verdict.
        note: what else was measured.
        of: what the members are, in words.

    Returns:
        It agrees where it happens in more networks than accidents would explain, disagrees where
        their share is certainly less than a fifth, each by an exact test at 5 %, and is undecided
        otherwise, as below six networks, and where it turns round at half or at twice both shares.

    Example:
        >>> [in_some([True] * k + [False] * (20 - k)).verdict for k in (0, 2, 5)]
        ['disagrees', 'undecided', 'agrees']
    """
    votes = Votes.of(holds)
    counted = f"Some are more than accidents, {ACCIDENT:.0%}, and {SOME:.0%} or more. "
    judgement = most(holds, note=(counted, *note), of=of)
    if votes.known < FEWEST_VOTES:
        return judgement

    def judge(factor: float) -> Judgement:
        accidents, some = factor * ACCIDENT, factor * SOME
        more = stats.binomtest(votes.held, votes.total, accidents, alternative="greater").pvalue
        fewer = stats.binomtest(votes.possible, votes.total, some, alternative="less").pvalue
        p_value = min(1.0, 2 * float(min(more, fewer)))
        verdict: Verdict = "agrees" if more < fewer else "disagrees"
        decided: Verdict = verdict if p_value <= LEVEL else "undecided"
        return replace(judgement, verdict=decided, p_value=p_value)

    return steady(judge, of="both shares")


def most_where(
    holds: Callable[[float], NDArray[np.bool_]],
    *numbers: ArrayLike,
    note: Note = (),
    of: str = "networks",
) -> Judgement:
    """Judge whether something with a threshold of its own holds in most networks.

    Arguments:
        holds: (e,) truth values where the threshold is multiplied by a factor.
        numbers: (e,) each that they rest on; NaN for a member that diverged.
        note: what else was measured.
        of: what the members are, in words.

    Returns:
        As `most_beyond` does.

    Example:
        >>> gained, lost = np.full(6, 2.0), np.full(6, 1.0)
        >>> most_where(lambda k: (gained > 0.1 * k) & (lost > 0.3 * k), gained, lost).verdict
        'agrees'
    """
    return steady(lambda factor: most(known(holds(factor), *numbers), note=note, of=of))
