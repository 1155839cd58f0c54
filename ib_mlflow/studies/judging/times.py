"""Claims about when something happens, or how training ends, where training may end too soon.

What a training was too short for is no evidence against it: such a claim is left open.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging import checks, limits
from ib_mlflow.studies.judging.intervals import known, mean
from ib_mlflow.studies.judging.judgements import Judgement, Note, left_open, steady
from ib_mlflow.studies.judging.margins import ABOUT_EPOCH, SETTLED
from ib_mlflow.studies.judging.verdicts import most


def happens_about(
    epochs: ArrayLike, published: float, *, last: float, note: Note = (), of: str = "networks"
) -> Judgement:
    """Judge whether something happens at about an epoch, within a factor of 2.

    Arguments:
        epochs: (e,) at which it happened in each network; infinite where it had not when training
            ended, NaN for a network that diverged.
        published: the paper's epoch.
        last: the last epoch of training.
        note: what else was measured.
        of: what the members are, in words.

    Returns:
        The judgement over networks. One in which it had not happened counts against the claim only
        if training went beyond what still is about that epoch; else the verdict has to be the same
        whichever it would have been. Undecided where it turns round at half or at twice the
        distance of that factor, in the logarithm.

    Example:
        >>> happens_about([900, 1100, 1000, 950, 1200, 990], 1e3, last=1e4).verdict
        'agrees'
        >>> never = [np.inf] * 6
        >>> [happens_about(never, 1e3, last=last).verdict for last in (5e2, 1e5)]
        ['undecided', 'disagrees']
    """
    times = checks.epochs(epochs)
    limits.positive_number(published, "a paper's epoch")
    limits.threshold(last, "the last epoch")
    reached = times[np.isfinite(times)]
    if (reached > last).any():
        raise InvalidInputError(
            "what happened within training did so by its last epoch",
            received=f"epoch {reached.max():g} of training that ended at {last:g}",
            fix="Give inf for a network in which it had not happened when training ended.",
        )
    with np.errstate(divide="ignore"):  # epoch 0 is as far from any other as can be
        distances = np.abs(np.log2(times) - np.log2(published))
    end = np.log2(max(last, 1.0) / published)
    words = _when(times, last)

    def judge(factor: float) -> Judgement:
        limit = factor * np.log2(ABOUT_EPOCH)
        later = np.isposinf(times) & (end < limit)
        least, greatest = (
            most(np.where(np.isnan(times), np.nan, holds), note=(words, *note), of=of)
            for holds in (distances <= limit, (distances <= limit) | later)
        )
        if least.verdict == greatest.verdict:
            return least
        ended = (*least.words, " Training ended too soon to tell.")
        return replace(least, verdict="undecided", words=ended, p_value=1.0)

    return steady(judge)


def _when(times: NDArray[np.float64], last: float) -> str:
    reached = times[np.isfinite(times)]
    if not reached.size:
        return f"Not reached in {last:,.0f} epochs."
    every = "" if reached.size == times.size else f" in {reached.size} of {times.size} networks"
    later = "" if reached.size == times.size else f", by epoch {last:,.0f} not in the others"
    return f"At epoch {mean(reached).text(digits=0)}{every}{later}."


def settled(curves: ArrayLike, epochs: ArrayLike, *, least: float = 0.0) -> NDArray[np.float64]:
    """Whether a number has come to rest when training ends.

    Arguments:
        curves: (e, t) the number at each measured epoch.
        epochs: (t,) ascending.
        least: movement that counts as none, in the unit of the curves: a curve that stays flat
            ranges over nothing but its noise.

    Returns:
        (e,) 1 where since the half of training, or the last epoch before it, it has moved by no
        more than a tenth of all that it ranged over, or than the least, 0 where by more; NaN where
        the end is not known.

    Example:
        >>> settled([[0.0, 1.0, 1.01], [0.0, 0.5, 1.0]], [0, 50, 100])
        array([1., 0.])
        >>> settled([[0.5, 0.51, 0.5], [0.0, 0.5, 1.0]], [0, 50, 100], least=0.05)
        array([1., 0.])
    """
    table, times = checks.curves(curves), checks.epochs(epochs)
    checks.alike(table[0], times)
    if not (np.diff(times) > 0).all():
        raise InvalidInputError(
            "measured epochs ascend",
            received=f"{times.tolist()}",
            fix="Sort epochs and columns of the curves alike.",
        )
    limits.threshold(least, "a movement that counts as none")
    late = table[:, np.searchsorted(times, times[-1] / 2, side="right") - 1 :]
    with np.errstate(invalid="ignore"):  # a curve without limit has not come to rest
        resting = np.ptp(late, axis=1) <= np.maximum(SETTLED * np.ptp(table, axis=1), least)
    return known(resting, table[:, -1])


def at_rest(judgement: Judgement, rests: ArrayLike, *, last: float) -> Judgement:
    """Keep a verdict on how training ends where it has come to its end, and else leave it open.

    Arguments:
        judgement: of the claim, at the last epoch.
        rests: (e,) of each network, as `settled` gives them.
        last: the last epoch of training.

    Returns:
        The judgement, undecided where most networks are still on their way.

    Example:
        >>> at_rest(Judgement("disagrees", ("3.",), 0.01), [0, 0, 1], last=9).words[-1]
        ' At epoch 9 only 1 of 3 networks have come to rest: undecided, for training ended before.'
    """
    flags = checks.truths(rests)
    limits.threshold(last, "the last epoch")
    resting = int(np.nansum(flags))
    if 2 * resting > flags.size or judgement.verdict == "undecided":
        return judgement
    words = (
        f" At epoch {last:,.0f} only {resting} of {flags.size} networks have come to rest: "
        "undecided, for training ended before."
    )
    return left_open(judgement, words)
