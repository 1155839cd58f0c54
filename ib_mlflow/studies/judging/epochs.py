"""Between which measured epochs something happens in each network, beside a paper's epoch."""

from typing import NamedTuple

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging import checks, limits
from ib_mlflow.studies.judging.intervals import known
from ib_mlflow.studies.judging.judgements import Judgement, Note, between, steady
from ib_mlflow.studies.judging.margins import ABOUT_EPOCH
from ib_mlflow.studies.judging.verdicts import most
from ib_mlflow.trajectory.members import Numbers

BEFORE_TRAINING = 0.5
"""Where epoch 0 lies on a logarithmic axis: an octave before the first."""


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
    that is highest there has no peak yet. One that is highest at the first may have been higher
    before it, from epoch 0 on.

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
    before, beyond = np.append(0.0, epochs), np.append(epochs, np.inf)
    return _known(before[first], beyond[last + 1], low, high)


def drop_window(low: Numbers, high: Numbers, epochs: Numbers, least: float) -> Window:
    """Between which epochs each curve begins to drop from its highest point.

    Arguments:
        low: (e, t) what the curves are at least, in the order of epochs.
        high: (e, t) what they are at most.
        epochs: (t,) measured epochs.
        least: from which a drop counts, in the curves' unit.

    Returns:
        From the last epoch at which none has certainly begun to the first at which one certainly
        has; infinite where the curve may not drop at all. One that may be highest at a first epoch
        after 0 may have begun to drop before it, from epoch 0 on.

    Example:
        >>> hill = np.array([[1.0, 3.0, 2.99, 2.0, 1.0]])
        >>> drop_window(hill, hill, np.array([0.0, 10.0, 20.0, 40.0, 80.0]), 0.1)
        Window(earliest=array([20.]), latest=array([40.]))
    """
    first, last = _highest(low, high)
    place = np.arange(len(epochs))
    possible = (low < high.max(axis=1, keepdims=True) - least) & (place > first[:, None])
    certain = (high < low.max(axis=1, keepdims=True) - least) & (place > last[:, None])
    from_, until = (_first(dropped) for dropped in (possible, certain))
    beyond = np.append(epochs, np.inf)
    earliest = np.where((first == 0) & (epochs[0] > 0), 0.0, epochs[from_ - 1])
    return _known(earliest, beyond[until], low, high)


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
    limits.positive_number(paper, "a paper's epoch")
    window = _ends(window)
    words = (
        f"Between the measured epochs {_median(window.earliest)} and {_median(window.latest)} in "
        f"the median; counted within a factor of {ABOUT_EPOCH:g} of {paper:g}. "
    )
    named = np.full(window.earliest.shape, float(paper))
    return lie_together(window, Window(named, named), ABOUT_EPOCH, note=(words, *note))


def lie_together(first: Window, second: Window, factor: float, *, note: Note = ()) -> Judgement:
    """Judge whether two epochs lie within a factor of each other in most networks.

    Arguments:
        first: between which epochs the one lies, in each network.
        second: between which the other does.
        factor: within which they count as together, above 1.
        note: what else was measured.

    Returns:
        The verdict that holds wherever in their windows both lie, and else undecided; at half and
        at twice the factor, as a distance of logarithms. A network in which neither has an end is
        one that diverged.

    Raises:
        InvalidInputError: a window ends before it begins, or they are of other networks.

    Example:
        >>> early, late = (Window(np.full(6, at), np.full(6, np.inf)) for at in (20.0, 100.0))
        >>> seen = Window(np.full(6, 10.0), np.full(6, 10.0))
        >>> lie_together(early, late, 2).verdict, lie_together(seen, late, 2).verdict
        ('undecided', 'disagrees')
    """
    limits.threshold(factor, "a factor between epochs", least=1.0)
    checks.alike(*(ends := (*_ends(first), *_ends(second))))
    early, late, soon, last = (np.maximum(of, BEFORE_TRAINING) for of in ends)
    with np.errstate(invalid="ignore"):  # of two that have no end nothing is known
        nearest = np.log(np.maximum(np.maximum(early / last, soon / late), 1.0))
        farthest = np.log(np.maximum(late / soon, last / early))
    limit = float(np.log(factor))

    def judge(power: float) -> Judgement:
        by_nearest, by_farthest = (
            # Infinite is far, and no network that diverged.
            most(known(of <= power * limit, np.minimum(of, limits.LARGEST)), note=note)
            for of in (nearest, farthest)
        )
        return between(by_nearest, [by_farthest])

    return steady(judge)


def _ends(window: Window) -> Window:
    ends = Window(*(checks.epochs(of) for of in window))
    checks.alike(*ends)
    turned = ends.earliest > ends.latest
    if turned.any():
        place = int(turned.argmax())
        raise InvalidInputError(
            "a window begins no later than it ends",
            received=f"{ends.earliest[place]:g} to {ends.latest[place]:g}",
            fix="Give Window(earliest, latest).",
        )
    return ends


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
