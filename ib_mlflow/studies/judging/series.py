"""Judgements of curves over training, as arrays of a row a network.

A highest or a lowest point of noisy curves is nowhere taken as it is: it is read without and with
what choosing it adds (`ib_mlflow.trajectory.peaks`), and a verdict holds at both.
"""

from collections.abc import Callable

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging import checks, limits
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.judgements import Judgement, Note, between
from ib_mlflow.studies.judging.shares import beyond, most_beyond, most_where
from ib_mlflow.studies.judging.thresholds import NEAR
from ib_mlflow.studies.judging.verdicts import rises
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.trajectory.peaks import Fall, falls
from ib_mlflow.units import Words, nats

WRITTEN = 0.5e-3  # nats: what three decimals do not show


def curve_drops(curves: Numbers) -> Numbers:
    """How far each curve ends below its highest point, without what choosing that point adds.

    Arguments:
        curves: (e, t), one a network, in the order of epochs; NaN where not known.

    Returns:
        (e,) in the curves' unit, below 0 for one that rises to its end; NaN for one whose end is
        not known.

    Raises:
        InvalidInputError: the curves are not rows of a table.

    Example:
        >>> curve_drops(np.array([[1.0, 2.0, 2.0, 2.0, 1.5]]))
        array([0.5])
    """
    return falls(checks.curves(curves)).least


def informations(curves: Numbers) -> Numbers:
    """Curves of information, of which an infinite one is that of a network that is lost.

    Losses are not read so: there infinity is the largest rise (`ends_higher`).

    Arguments:
        curves: (e, t), one a network; NaN where not known.

    Returns:
        (e, t) the same; NaN all along a curve that is infinite anywhere.

    Example:
        >>> informations([[np.inf, 2.0], [1.0, 2.0]])
        array([[nan, nan],
               [ 1.,  2.]])
    """
    table = checks.curves(curves)
    return np.where(np.isinf(table).any(axis=1, keepdims=True), np.nan, table)


def curve_gains(curves: Numbers) -> Numbers:
    """How far each curve begins below its highest point; the drop of the curve turned round."""
    return curve_drops(checks.curves(curves)[:, ::-1])


def judged_at_both(judge: Callable[[Numbers], Judgement], fall: Fall) -> Judgement:
    """Judge a fall as it is read at least and at most, and keep a verdict that holds at both.

    Arguments:
        judge: of (e,) falls.
        fall: both readings.

    Returns:
        The judgement of what fell at least, undecided where the other is another one.
    """
    return between(judge(fall.least), [judge(fall.most)])


def fallen(fall: Fall) -> Words:
    """The mean fall, with the mean of what it is at most where that is more.

    Example:
        >>> from ib_mlflow.units import text_of
        >>> text_of(fallen(Fall(np.ones(5), np.full(5, 1.2))), "nats")
        '1.000 nats [1.000, 1.000], at most 1.200 nats as its peak is read'
    """
    least, most = mean(fall.least), mean(fall.most)
    if most.value - least.value < WRITTEN:
        return (least.quantity("nats"),)
    return (least.quantity("nats"), ", at most ", nats(most.value), " as its peak is read")


def loses(curves: Numbers, least: float) -> Judgement:
    """Judge whether most curves end below their highest point by enough to count.

    Arguments:
        curves: (e, t) nats.
        least: from which a loss counts, in nats.

    Returns:
        The judgement; undecided where it turns round at half or at twice the threshold, or as the
        peak is read.

    Example:
        >>> fall = np.array([1.0, 4, 4, 4, 3]) + 0.01 * np.arange(6)[:, None]
        >>> loses(fall, 0.4).verdict
        'agrees'
    """
    fall = falls(informations(curves))
    limits.threshold(least, "a loss that counts")
    note = ("Lost after the peak: ", *fallen(fall), "; counted from ", nats(least), ".")
    return judged_at_both(lambda lost: most_beyond(lost, least, note=note), fall)


def keeps_up(curves: Numbers, least: float) -> Judgement:
    """Judge whether most curves end no further below their highest point than counts.

    A layer that ends with nothing has nothing to lose, as one of dead units, and does not count.
    Arguments and what is returned as for `loses`.
    """
    table = informations(curves)
    fall = falls(table)
    note = ("Lost after the peak: ", *fallen(fall))
    return judged_at_both(lambda lost: kept_up(lost, table[:, -1], least, note=note), fall)


def kept_up(lost: Numbers, ends: Numbers, least: float, *, note: Note = ()) -> Judgement:
    """Judge whether most networks lost too little to count, of something that is there at the end.

    Arguments:
        lost: (e,) what each lost after its peak, in nats.
        ends: (e,) with what it ends, in nats.
        least: from which a loss counts, in nats.
        note: what was lost, without a full stop.

    Returns:
        The judgement; undecided where it turns round at half or at twice the thresholds.

    Example:
        >>> nothing = np.zeros(6)
        >>> [kept_up(nothing, ends, 0.4).verdict for ends in (nothing, nothing + 1)]
        ['disagrees', 'agrees']
    """
    lost, ends = checks.numbers(lost, "losses"), checks.numbers(ends, "ends")
    checks.alike(lost, ends)
    limits.threshold(least, "a loss that counts")
    dead = int((ends <= NEAR).sum())
    words = (
        *note, "; counted up to ", nats(least), " of layers that end with more than ", nats(NEAR),
        f", as all but {dead} do." if dead else ", as all do.",
    )  # fmt: skip
    return most_where(
        lambda factor: ~beyond(lost, factor * least) & beyond(ends, factor * NEAR), lost, note=words
    )


def gains_and_loses(curves: Numbers, least: float, *, gain: float = NEAR) -> Judgement:
    """Judge whether most curves rise after their beginning, and fall again.

    Arguments:
        curves: (e, t) nats, from before training on.
        least: from which a loss counts, in nats.
        gain: from which a gain counts, in nats.

    Returns:
        The judgement; undecided where it turns round at half or at twice the thresholds, or as the
        peak is read.

    Example:
        >>> hill = np.array([1.0, 4, 4, 4, 3]) + 0.01 * np.arange(6)[:, None]
        >>> gains_and_loses(hill, 0.4).verdict, gains_and_loses(hill[:, 2:], 0.4).verdict
        ('agrees', 'disagrees')
    """
    table = informations(curves)
    limits.threshold(least, "a loss that counts")
    limits.threshold(gain, "a gain that counts")
    lost, gained = falls(table), falls(table[:, ::-1])
    there = np.isfinite(lost.least)
    known_gain = Fall(*(np.where(there, of, np.nan) for of in gained))
    note = (
        "Gained up to the peak: ", *fallen(known_gain), ", counted from ", nats(gain),
        "; lost after it: ", *fallen(lost), ", counted from ", nats(least), ".",
    )  # fmt: skip

    def judge(up: Numbers, down: Numbers) -> Judgement:
        return most_where(
            lambda factor: beyond(up, factor * gain) & beyond(down, factor * least),
            up,
            down,
            note=note,
        )

    return between(judge(gained.least, lost.least), [judge(gained.most, lost.most)])


def ends_higher(curves: Numbers, start: int, *, note: Note = ()) -> Judgement:
    """Judge whether curves end higher than at some place, as a loss that training on makes worse.

    Arguments:
        curves: (e, t) nats; a curve that is known at that place and not at its end has diverged
            without limit upwards.
        start: the place that the end is compared with.
        note: what else was measured.

    Returns:
        The judgement.

    Example:
        >>> loss = np.array([0.7, 0.3, 0.5]) + 0.01 * np.arange(8)[:, None] ** [0, 1, 2]
        >>> ends_higher(loss, 1).verdict
        'agrees'
    """
    table = checks.curves(curves)
    if limits.whole(start, "places", least=0) >= table.shape[1]:
        raise InvalidInputError(
            "the end is compared with one of the epochs",
            received=f"place {start} of {table.shape[1]}",
            fix="Count places from 0.",
        )
    early, last = table[:, start], table[:, -1]
    diverged = np.isfinite(early) & ~np.isfinite(last)
    with np.errstate(invalid="ignore"):
        return rises(np.where(diverged, np.inf, last - early), note=note)
