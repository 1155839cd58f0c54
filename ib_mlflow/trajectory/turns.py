"""Where curves of I(X;T) turn from rising to falling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.trajectory.table import Trajectory

CURVE = ["member", "layer", "estimator", "setting"]
"""What tells one curve from another."""


def turn(trajectory: Trajectory) -> pd.DataFrame:
    """Find the epoch of the largest I(X;T) of each layer.

    Of equal peaks the first counts. A peak may be a plateau: measured epochs that follow each
    other and are all at the largest value.

    Arguments:
        trajectory: the curves.

    Returns:
        A row per (member, layer, estimator, setting): `epoch`, the first of the peak, and
        `last_epoch` of it (the same, but for plateaus); `before` and `after`, the known epochs
        around it, between which the true turn lies (missing at an end of the curve); `turns`:
        whether the curve is lower both before and after the peak, which one that only rises, only
        falls, or never moves, is not; and `missing` epochs. A value that is not finite is skipped;
        without any that is, all but `missing` is missing.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> there_and_back = Trajectory.from_arrays(
        ...     [[[1.0], [2.0], [2.0], [1.5]]], [[[0.1]] * 4], epochs=[0, 10, 20, 100], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> turn(there_and_back)[["epoch", "last_epoch", "before", "after", "turns"]]
           epoch  last_epoch  before  after  turns
        0     10          20       0    100   True
    """
    frame = trajectory.frame
    values, epochs = frame["i_x"].to_numpy(), frame["epoch"].to_numpy()
    groups = frame.groupby(CURVE).indices
    keys = frame[CURVE].iloc[[rows[0] for rows in groups.values()]].reset_index(drop=True)
    peaks = pd.DataFrame([_peak(values[rows], epochs[rows]) for rows in groups.values()])
    kinds = dict.fromkeys(("epoch", "last_epoch", "before", "after"), "Int64")
    return keys.join(peaks.astype({**kinds, "turns": "boolean"}))


def _peak(values: NDArray[np.float64], epochs: NDArray[np.int64]) -> dict[str, object]:
    places = np.flatnonzero(np.isfinite(values))
    missing = values.size - places.size
    if not places.size:
        unknown = dict.fromkeys(("epoch", "last_epoch", "before", "after", "turns"), pd.NA)
        return {**unknown, "missing": missing}
    values, epochs = values[places], epochs[places]
    first = int(np.argmax(values))
    lower = np.flatnonzero(values[first:] < values[first])
    beyond = first + int(lower[0]) if lower.size else values.size
    inside = beyond < values.size
    return {
        "epoch": epochs[first],
        "last_epoch": epochs[beyond - 1],
        "before": epochs[first - 1] if first else pd.NA,
        "after": epochs[beyond] if inside else pd.NA,
        "turns": bool(first and inside),
        "missing": missing,
    }
