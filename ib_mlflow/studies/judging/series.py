"""Judgements of curves over training, as arrays of a row a network.

A highest or a lowest point of noisy curves is nowhere taken as it is: what is read has no part in
the choice (`ib_mlflow.trajectory.drops`).
"""

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.judgements import Judgement, Note
from ib_mlflow.studies.judging.shares import most_beyond, most_where, most_within
from ib_mlflow.studies.judging.thresholds import NEAR
from ib_mlflow.studies.judging.verdicts import rises
from ib_mlflow.trajectory.drops import corrected_drop
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.units import nats


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
    table = np.asarray(curves, dtype=np.float64)
    if table.ndim != 2:
        raise InvalidInputError(
            "curves are a table (e, t), a row a network",
            received=f"shape {table.shape}",
            fix="Give one layer's curves; one network is curves[None].",
        )
    exact = np.full(table.shape[1], np.nan)
    return np.array([corrected_drop(curve, exact)[0] for curve in table])


def curve_gains(curves: Numbers) -> Numbers:
    """How far each curve begins below its highest point; the drop of the curve turned round."""
    return curve_drops(np.asarray(curves, dtype=np.float64)[:, ::-1])


def loses(curves: Numbers, least: float) -> Judgement:
    """Judge whether most curves end below their highest point by enough to count.

    Arguments:
        curves: (e, t) nats.
        least: from which a loss counts, in nats.

    Returns:
        The judgement; undecided where it turns round at half or at twice the threshold.

    Example:
        >>> fall = np.array([1.0, 4, 4, 4, 3]) + 0.01 * np.arange(6)[:, None]
        >>> loses(fall, 0.4).verdict
        'agrees'
    """
    lost = curve_drops(curves)
    note = ("Lost after the peak: ", mean(lost).quantity("nats"))
    return most_beyond(lost, least, note=(*note, "; counted from ", nats(least), "."))


def keeps_up(curves: Numbers, least: float) -> Judgement:
    """Judge whether most curves end no further below their highest point than counts.

    Arguments and what is returned as for `loses`.
    """
    lost = curve_drops(curves)
    note = ("Lost after the peak: ", mean(lost).quantity("nats"))
    return most_within(lost, least, note=(*note, "; counted up to ", nats(least), "."))


def gains_and_loses(curves: Numbers, least: float, *, gain: float = NEAR) -> Judgement:
    """Judge whether most curves rise after their beginning, and fall again.

    Arguments:
        curves: (e, t) nats, from before training on.
        least: from which a loss counts, in nats.
        gain: from which a gain counts, in nats.

    Returns:
        The judgement; undecided where it turns round at half or at twice the thresholds.

    Example:
        >>> hill = np.array([1.0, 4, 4, 4, 3]) + 0.01 * np.arange(6)[:, None]
        >>> gains_and_loses(hill, 0.4).verdict, gains_and_loses(hill[:, 2:], 0.4).verdict
        ('agrees', 'disagrees')
    """
    lost, gained = curve_drops(curves), curve_gains(curves)
    known_gain = mean(np.where(np.isfinite(lost), gained, np.nan))
    note = (
        "Gained up to the peak: ", known_gain.quantity("nats"), ", counted from ", nats(gain),
        "; lost after it: ", mean(lost).quantity("nats"), ", counted from ", nats(least), ".",
    )  # fmt: skip
    return most_where(
        lambda factor: (gained > factor * gain) & (lost > factor * least), gained, lost, note=note
    )


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
    table = np.asarray(curves, dtype=np.float64)
    early, last = table[:, start], table[:, -1]
    diverged = np.isfinite(early) & ~np.isfinite(last)
    with np.errstate(invalid="ignore"):
        return rises(np.where(diverged, np.inf, last - early), note=note)
