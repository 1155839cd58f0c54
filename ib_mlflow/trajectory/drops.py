"""How far a curve falls from its highest point, without what choosing that point adds.

The highest of several noisy numbers is on average above the truth. Here the highest point is chosen
on every second epoch and read on the epochs between them, and the other way round, so that what is
read has no part in the choice. Where epochs are too few for that it is chosen where the curves of
the other networks are highest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ib_mlflow.trajectory.aggregates import numbered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


DENSE = 20
"""Epochs before the last from which a peak has neighbours on it: so many from 1 to 3000 lie a half
apart, seven almost fourfold."""


def corrected_drop(values: NDArray[np.float64], errors: NDArray[np.float64]) -> tuple[float, float]:
    """Estimate how far a curve ends below its highest point before the end.

    Of the epochs before the last whose value is known, every second one chooses where the curve
    is highest (the middle one of ties, which on a plateau has both neighbours on it), and the mean
    of the epochs next to it is read; the same with the others; the two readings are averaged, and
    the last value is taken off. With independent errors a flat curve gives 0 on average. A curve
    gives too little by what it changes between neighbouring epochs about its highest point; one
    that rises to its end gives less than 0.

    Arguments:
        values: (t,) in any unit, in the order of epochs; NaN where not known.
        errors: (t,) their standard errors in the same unit; NaN where not known.

    Returns:
        The drop and its standard error, for the chosen epochs and independent errors; NaN where
        the last value or all before it are not known. Of a single epoch before the last nothing
        is chosen, and it is read itself.

    Example:
        >>> drop, error = corrected_drop(np.array([2.0, 2, 2, 2, 1]), np.full(5, 0.1))
        >>> drop, round(error, 3)
        (1.0, 0.117)
    """
    places = np.flatnonzero(np.isfinite(values[:-1]))
    if not places.size or not np.isfinite(values[-1]):
        return np.nan, np.nan
    before = values[places]
    weights = np.ones(1) if places.size == 1 else np.zeros(places.size)
    for parity in (0, 1) if places.size > 1 else ():
        highest = parity + 2 * _middle(before[parity::2])
        beside = [place for place in (highest - 1, highest + 1) if 0 <= place < places.size]
        weights[beside] += 0.5 / len(beside)
    read = weights > 0
    parts = np.append(weights[read] * errors[places[read]], errors[-1])
    return float(weights[read] @ before[read] - values[-1]), float(np.sqrt(np.sum(parts**2)))


def exact_falls(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far curves without errors fall, from a point to the lowest one after it.

    Nothing is corrected: of a noisy curve it would be the more the noisier it is.

    Arguments:
        curves: (*, t) in any unit, in the order of epochs, all known.

    Returns:
        (*,) the largest such falls, in the same unit; 0 of a curve that never falls.

    Example:
        >>> exact_falls(np.array([[0.0, 2.0, 1.75, 2.0, 3.0], [0.0, 1.0, 1.0, 2.0, 3.0]]))
        array([0.25, 0.  ])
    """
    return np.asarray(np.max(np.maximum.accumulate(curves, axis=-1) - curves, axis=-1))


def _middle(values: NDArray[np.float64]) -> int:
    """The place of the largest value; the middle one of ties."""
    ties = np.flatnonzero(values == values.max())
    return int(ties[ties.size // 2])


def least_drops(
    curves: NDArray[np.float64], errors: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Estimate how far curves of several networks end below their highest points.

    From `DENSE` epochs before the last on it is the `corrected_drop` of each curve. Of fewer, whose
    peaks have no neighbours on them, each is read at the epoch where those of the other networks
    are highest on average, which has no part in its own errors either; it gives too little where
    curves peak at different epochs.

    Arguments:
        curves: (e, t), one a network, in the order of epochs; NaN where not known.
        errors: (e, t) their standard errors in the same unit; NaN where not known.

    Returns:
        (e,) drops and (e,) their standard errors, as of `corrected_drop`; also of a curve that is
        not known at all epochs, and of one that has no others beside it.

    Example:
        >>> hills = np.array([[1.0, 2, 4, 2, 1], [2, 3, 5, 3, 2]])
        >>> least_drops(hills, 0 * hills)[0]
        array([3., 3.])
    """
    read = np.array([corrected_drop(*pair) for pair in zip(curves, errors, strict=True)])
    whole = np.asarray(np.isfinite(curves).all(axis=1))
    if 1 < curves.shape[1] <= DENSE and whole.sum() > 1:
        for member in np.flatnonzero(whole):
            others = whole.copy()
            others[member] = False
            place = _middle(curves[others, :-1].mean(axis=0))
            drop = curves[member, place] - curves[member, -1]
            read[member] = drop, np.hypot(errors[member, place], errors[member, -1])
    return read[:, 0], read[:, 1]


def corrected_drops(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Estimate the drop of I(X;T) of each curve of a trajectory's frame, as `least_drops` does.

    Arguments:
        frame: of a trajectory, sorted by epoch within each curve.
        by: the columns that make a curve, among them `member`.

    Returns:
        A row per curve with the columns `by`, `drop` and `drop_se`; nats.

    Example:
        >>> frame = pd.DataFrame({"member": [0, 0], "i_x": [2.0, 1.5], "i_x_se": [0.3, 0.4]})
        >>> corrected_drops(frame, ["member"])
           member  drop  drop_se
        0       0   0.5      0.5
    """
    group, firsts = numbered(frame, by)
    sizes = np.bincount(group)
    curves = np.split(np.argsort(group, kind="stable"), np.cumsum(sizes)[:-1])
    keys = frame[list(by)].iloc[firsts].reset_index(drop=True)
    others = [name for name in by if name != "member"]
    kind, _ = numbered(keys, others)
    columns = {"i_x": "drop", "i_x_se": "drop_se"}
    values = [frame[name].to_numpy(dtype=np.float64) for name in columns]
    drops = np.empty((len(keys), 2))
    # Networks of one kind that were measured at as many epochs.
    for same in pd.Series(range(len(keys))).groupby([kind, sizes]).indices.values():
        rows = np.stack([curves[place] for place in same])
        drops[same] = np.transpose(least_drops(*(of[rows] for of in values)))
    return keys.join(pd.DataFrame(drops, columns=list(columns.values())))
