"""Between which measured epochs something happens in each network, beside a paper's epoch."""

from typing import NamedTuple

import numpy as np

from ib_mlflow.studies.judging.intervals import known
from ib_mlflow.studies.judging.judgements import Judgement, Note, between, steady
from ib_mlflow.studies.judging.margins import ABOUT_EPOCH
from ib_mlflow.studies.judging.thresholds import NEAR
from ib_mlflow.studies.judging.verdicts import most
from ib_mlflow.trajectory.members import Numbers


class Window(NamedTuple):
    """The measured epochs (e,) between which something happens; NaN of a network that diverged.

    The latest is infinite where it may lie beyond the last measured epoch.
    """

    earliest: Numbers
    latest: Numbers


def peak_window(low: Numbers, high: Numbers, epochs: Numbers) -> Window:
    """Between which epochs each curve is highest.

    Every measured epoch may be the highest one that is not certainly below another; the peak lies
    beyond neither of the epochs next to these. The last measured epoch has none behind it: a curve
    that is highest there has no peak yet.

    Arguments:
        low: (e, t) what the curves are at least, in the order of epochs.
        high: (e, t) what they are at most; the same where they are known exactly.
        epochs: (t,) measured epochs.

    Returns:
        The window.

    Example:
        >>> hill = np.array([[1.0, 3.0, 2.0, 2.0], [0.0, 1.0, 2.0, 3.0]])
        >>> peak_window(hill, hill, np.array([0.0, 10.0, 20.0, 40.0]))
        Window(earliest=array([ 0., 20.]), latest=array([20., inf]))
    """
    first, last = _highest(low, high)
    beyond = np.append(epochs, np.inf)
    return _known(epochs[np.maximum(first - 1, 0)], beyond[last + 1], low, high)


def drop_window(low: Numbers, high: Numbers, epochs: Numbers, least: float = NEAR) -> Window:
    """Between which epochs each curve begins to drop from its highest point.

    Arguments:
        low: (e, t) what the curves are at least, in the order of epochs.
        high: (e, t) what they are at most.
        epochs: (t,) measured epochs.
        least: from which a drop counts, in the curves' unit.

    Returns:
        From the last epoch at which none has certainly begun to the first at which one certainly
        has; infinite where the curve may not drop at all.

    Example:
        >>> hill = np.array([[1.0, 3.0, 2.99, 2.0, 1.0]])
        >>> drop_window(hill, hill, np.array([0.0, 10.0, 20.0, 40.0, 80.0]))
        Window(earliest=array([20.]), latest=array([40.]))
    """
    first, last = _highest(low, high)
    place = np.arange(len(epochs))
    possible = (low < high.max(axis=1, keepdims=True) - least) & (place > first[:, None])
    certain = (high < low.max(axis=1, keepdims=True) - least) & (place > last[:, None])
    from_, until = (_first(dropped) for dropped in (possible, certain))
    beyond = np.append(epochs, np.inf)
    return _known(epochs[from_ - 1], beyond[until], low, high)


def turns_about(window: Window, paper: float, *, note: Note = ()) -> Judgement:
    """Judge whether something happens about at an epoch of a paper, in most networks.

    Arguments:
        window: between which epochs it does.
        paper: the paper's epoch, from 1 on.
        note: what else was measured.

    Returns:
        It agrees where most windows lie within a factor of the paper's epoch, and disagrees where
        most lie outside; at half and at twice the factor, as a distance of logarithms.

    Example:
        >>> window = Window(np.full(6, 20.0), np.full(6, 40.0))
        >>> turns_about(window, 28).verdict, turns_about(window, 300).verdict
        ('agrees', 'disagrees')
    """
    with np.errstate(divide="ignore"):
        early, late = (np.log(np.maximum(of, 0.5) / paper) for of in window)
    farthest = np.maximum(np.abs(early), np.abs(late))
    inside = (early <= 0) & (late >= 0)
    nearest = np.where(inside, 0.0, np.minimum(np.abs(early), np.abs(late)))
    diverged = np.isnan(early) | np.isnan(late)
    # Infinite is far, and no network that diverged.
    farthest, nearest = (
        np.where(diverged, np.nan, np.minimum(of, np.finfo(float).max))
        for of in (farthest, nearest)
    )
    words = (
        f"Between the measured epochs {_median(window.earliest)} and {_median(window.latest)} in "
        f"the median; counted within a factor of {ABOUT_EPOCH:g} of {paper:g}. "
    )
    limit = float(np.log(ABOUT_EPOCH))

    def judge(factor: float) -> Judgement:
        by_nearest, by_farthest = (
            most(known(distance <= factor * limit, distance), note=(words, *note))
            for distance in (nearest, farthest)
        )
        return between(by_nearest, [by_farthest])

    return steady(judge)


def _median(epochs: Numbers) -> str:
    known = epochs[~np.isnan(epochs)]
    if not known.size:
        return "–"
    middle = float(np.sort(known)[known.size // 2])
    return "the end" if np.isinf(middle) else f"{middle:g}"


def _highest(low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """The places of the first and of the last epoch that may be the highest."""
    may_be = high >= low.max(axis=1, keepdims=True)
    first, behind = may_be.argmax(axis=1), may_be[:, ::-1].argmax(axis=1)
    return first, may_be.shape[1] - 1 - behind


def _first(there: Numbers) -> Numbers:
    """The place of the first true value of each row; one beyond the row where none is."""
    return np.asarray(np.where(there.any(axis=1), there.argmax(axis=1), there.shape[1]))


def _known(earliest: Numbers, latest: Numbers, low: Numbers, high: Numbers) -> Window:
    known = np.isfinite(low).all(axis=1) & np.isfinite(high).all(axis=1)
    return Window(*(np.where(known, of, np.nan) for of in (earliest, latest)))
