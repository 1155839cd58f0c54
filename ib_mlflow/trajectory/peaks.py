"""How far curves of several networks lie below their highest points: at least, and at most.

The highest of several noisy numbers is above the truth, and what is read beside it is below: by
little where epochs are dense, by all that a curve moves between two epochs where they are few. So
a fall has two readings, between which the truth lies on average.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory.drops import corrected_drop

Numbers = NDArray[np.float64]
DENSE = 20
"""Epochs before the last from which a peak has neighbours on it: so many from 1 to 3000 lie a half
apart, seven almost fourfold."""
TOGETHER = 5
"""Networks from which a peak that all have at one epoch is no accident."""
SCATTERS = 4.0
"""Standard deviations over networks by which each of them has such a peak."""
DRAWS = 200
"""Draws of the noise by which what chooses and what is read are parted."""


class Fall(NamedTuple):
    """How far each network's curve ends below its highest point before the end: (e,).

    Below 0 for a curve that rises to its end; NaN for one whose end is not known.
    """

    least: Numbers
    most: Numbers


def falls(curves: Numbers, errors: Numbers | None = None) -> Fall:
    """Read how far curves end below their highest point, without and with what the choice adds.

    *At least*, as `ib_mlflow.trajectory.drops` has it: what is read has no part in the choice of
    where it is read, whatever the noise is, and is too little by what a curve bends at its peak.

    *At most*: only the stated errors are noise. The curve chooses with as much noise again, and is
    read without what this drew; an exact curve is read at its highest point. Where no errors are
    stated it is read there too, but of dense curves no more than their bend at the peak explains;
    a peak narrower than three epochs passes for noise in part, unless five networks or more have it
    at one epoch, each by far more than they scatter.

    Reference:
        Leiner et al. (2023), Data fission, JASA: a normal number plus and minus the same noise are
        two independent ones.

    Arguments:
        curves: (e, t), one a network, in the order of epochs; NaN where not known.
        errors: (e, t) their standard errors in the same unit, taken as independent; NaN where not
            known, None where none is.

    Returns:
        Both readings, in the curves' unit.

    Raises:
        InvalidInputError: the curves are not rows of a table, or the errors not as many.

    Example:
        >>> hills = np.array([[1.0, 2.0, 4.0, 3.0, 2.5, 1.0]] * 2)
        >>> falls(hills, np.zeros((2, 6))).most
        array([3., 3.])
    """
    table = np.asarray(curves, dtype=np.float64)
    noise = np.full_like(table, np.nan) if errors is None else np.asarray(errors, np.float64)
    if table.ndim != 2 or noise.shape != table.shape:
        raise InvalidInputError(
            "curves are a table (e, t), a row a network, with as many errors",
            received=f"shapes {table.shape} and {noise.shape}",
            fix="Give one layer's curves; one network is curves[None].",
        )
    least = np.array([corrected_drop(curve, np.full(curve.size, np.nan))[0] for curve in table])
    before, last = np.where(np.isfinite(table[:, :-1]), table[:, :-1], -np.inf), table[:, -1]
    highest = before.max(axis=1, initial=-np.inf) - last
    dense = table.shape[1] > DENSE
    most = np.minimum(highest, least + _bend(table)) if dense else highest
    with np.errstate(invalid="ignore"):  # of an end without limit no fall is known
        most = np.maximum(most, _common_peak(table) - last)
    stated = (np.isfinite(noise[:, :-1]) | np.isinf(before)).all(axis=1) & np.isfinite(highest)
    if stated.any():
        parted = _parted(before[stated], np.nan_to_num(noise[stated, :-1]))
        most[stated] = parted - last[stated]
    return Fall(least, np.where(np.isfinite(least), np.maximum(least, most), np.nan))


def _bend(curves: Numbers) -> float:
    """What a curve may lie below its peak at the epochs next to it, on average over networks.

    What the epochs next to the highest lie above the third ones: of a kink twice as much as they
    lie below it, and of a round peak more, so that the truth is not passed. Neither has a part in
    the choice, and noise adds nothing.
    """
    bends = [_beside(curve[np.isfinite(curve)][:-1]) for curve in curves]
    known = [bend for bend in bends if np.isfinite(bend)]
    return max(0.0, float(np.mean(known))) if known else 0.0


def _common_peak(curves: Numbers) -> Numbers:
    """What curves are at the highest epoch that is a peak of all of them: (e,), or -inf.

    There each lies farther above both its neighbours than a multiple of how networks scatter in
    that: of noise alone five or more seldom do, for the choice is not their own.
    """
    lowest = np.full(len(curves), -np.inf)
    if len(curves) < TOGETHER or curves.shape[1] < 3:
        return lowest
    with np.errstate(invalid="ignore"):  # what is not known has no peak
        above = curves[:, 1:-1] - np.maximum(curves[:, :-2], curves[:, 2:])
        peaks = (above > SCATTERS * above.std(axis=0, ddof=1)).all(axis=0)
    places = 1 + np.flatnonzero(peaks)
    if not places.size:
        return lowest
    return np.asarray(curves[:, places[curves[:, places].mean(axis=0).argmax()]])


def _beside(curve: Numbers) -> float:
    """The height of the first neighbours above the third ones, about the highest of each half."""
    if curve.size < DENSE:
        return np.nan
    heights = {1: 0.0, 3: 0.0}
    for parity in (0, 1):
        place = parity + 2 * int(np.argmax(curve[parity::2]))
        for lag in heights:
            beside = [k for k in (place - lag, place + lag) if 0 <= k < curve.size]
            heights[lag] += float(np.mean(curve[beside])) / 2
    return heights[1] - heights[3]


def _parted(before: Numbers, errors: Numbers) -> Numbers:
    """The highest points (e,), chosen with noise added and read with the same noise taken off."""
    half = np.random.default_rng(0).normal(size=(DRAWS // 2, before.shape[1]))
    read = np.zeros(len(before))
    for draw in np.concatenate([half, -half]):
        moved = draw * errors
        place = (before + moved).argmax(axis=1)[:, None]
        read += np.take_along_axis(before - moved, place, axis=1)[:, 0]
    return read / DRAWS
