"""Readings of a trajectory: what a study concludes from the curves, as tidy tables.

A value that is not finite never decides a reading: it is skipped where another epoch can answer,
counted in `missing`, and where none can the reading itself is NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory.aggregates import numbered, over_members
from ib_mlflow.trajectory.columns import KEYS
from ib_mlflow.trajectory.drops import corrected_drops
from ib_mlflow.trajectory.rules import frame_of

if TYPE_CHECKING:
    from ib_mlflow.trajectory.table import Trajectory

_CURVE = ["member", "layer", "estimator", "setting"]


def compression(trajectory: Trajectory) -> pd.DataFrame:
    """Measure how much of I(X;T) each layer lost after its highest point.

    The one definition of compression, in two readings between which the truth lies on average.
    `compression` is what the curves show; errors of estimates only ever add to it, so that a flat
    noisy curve seems to compress. `drop` is free of that, and is what verdicts are to be read
    from: it may be negative, and what it leaves out of a peak sharper than the measured epochs
    resolve is no part of `drop_se`.

    Reference:
        Shwartz-Ziv & Tishby (2017), arXiv:1703.00810, the compression phase.

    Arguments:
        trajectory: the curves.

    Returns:
        A row per (member, layer, estimator, setting): `peak` = max over epochs of I(X;T) and
        `peak_epoch`, the first to reach it; `final` at `final_epoch`, the last measured;
        `compression` = peak − final, at least 0; `missing` epochs; `drop`, the same with the
        peak chosen and read at different epochs, and its standard error `drop_se` by those of
        I(X;T), taken as independent (`ib_mlflow.trajectory.drops`). Nats. A member that has
        diverged by its last epoch has `final`, `compression` and `drop` NaN; `drop_se` is NaN
        where the estimator states no error, and both where one epoch was measured.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> there_and_back = Trajectory.from_arrays(
        ...     [[[1.0], [2.0], [1.5]]], [[[0.1], [0.5], [0.6]]], epochs=[0, 10, 100], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> compression(there_and_back)[["peak", "peak_epoch", "final", "compression"]]
           peak  peak_epoch  final  compression
        0   2.0          10    1.5          0.5
    """
    curve = _highest(trajectory.frame, "i_x")
    peak = {"peak": curve["highest"], "peak_epoch": curve["highest_epoch"]}
    peak |= {name: curve[name] for name in ("final", "final_epoch")}
    peak |= {"compression": curve["highest"] - curve["final"], "missing": curve["missing"]}
    # Both have a row a curve, ascending.
    drops = corrected_drops(trajectory.frame, _CURVE)
    keys = {name: curve[name] for name in _CURVE}
    return frame_of({**keys, **peak, **{name: drops[name].array for name in ("drop", "drop_se")}})


def compression_band(trajectory: Trajectory) -> pd.DataFrame:
    """Summarise over the members what each layer lost of I(X;T) after its highest point.

    Arguments:
        trajectory: the curves.

    Returns:
        A row per (layer, estimator, setting, quantity), of the quantities `compression` and
        `drop`, with the columns of `over_members` (among them the band from `q05` to `q95`) and
        `mean_se`, the standard error of the mean by the errors of the estimates alone: NaN for
        `compression`, which has none, and where the drop of a member has none. Nats.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> two = Trajectory.from_arrays(
        ...     [[[1.0], [2.0], [1.5]], [[1.0], [3.0], [1.5]]], [[[0.1]] * 3] * 2,
        ...     epochs=[0, 10, 100], n=8, guides=Guides(2.08, 0.69, 0.69), estimator="binned",
        ...     setting="bin_size=0.07")
        >>> compression_band(two)[["layer", "quantity", "mean", "members"]]
           layer     quantity  mean  members
        0      1  compression  1.00        2
        1      1         drop  0.25        2
    """
    lost, by = compression(trajectory), _CURVE[1:]
    band = over_members(lost, by=by, quantities=["compression", "drop"])
    known = lost[lost["drop"].notna()]
    squares = (known["drop_se"] ** 2).groupby([known[name] for name in by])
    error = squares.apply(lambda of: np.sqrt(of.sum(skipna=False)) / len(of))
    columns = error.rename("mean_se").reset_index().assign(quantity="drop")
    return band.merge(columns, on=[*by, "quantity"], how="left")


def fitting(trajectory: Trajectory) -> pd.DataFrame:
    """Measure how much I(T;Y) each layer gained from its first epoch to its highest point.

    Reference:
        Shwartz-Ziv & Tishby (2017), arXiv:1703.00810, the fitting phase.

    Arguments:
        trajectory: the curves.

    Returns:
        A row per (member, layer, estimator, setting): `initial`, the first that is not missing,
        `highest` at `highest_epoch`, `final`, that of the last epoch, NaN for a member that has
        diverged by then, `rise` = highest − initial, `missing` epochs. Nats.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> learns = Trajectory.from_arrays(
        ...     [[[1.0], [2.0], [1.5]]], [[[0.1], [0.5], [0.6]]], epochs=[0, 10, 100], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> fitting(learns)[["initial", "highest", "highest_epoch", "rise"]]
           initial  highest  highest_epoch  rise
        0      0.1      0.6            100   0.5
    """
    curve = _highest(trajectory.frame, "i_y")
    curve["rise"] = curve["highest"] - curve["initial"]
    names = ["initial", "highest", "highest_epoch", "final", "rise", "missing"]
    return frame_of({name: curve[name] for name in (*_CURVE, *names)})


def corner_distance(trajectory: Trajectory) -> pd.DataFrame:
    """Measure how far each layer ends from the corner (H(X), I(X;Y)) of the plane.

    Reference:
        Revisiting the Information Plane, sections 2.2.1 and 2.3: smaller bins drive more layers
        into this corner, where a deterministic layer of a discrete input truly is.

    Arguments:
        trajectory: the curves.

    Returns:
        A row per (member, layer, estimator, setting): the point `i_x`, `i_y` at `final_epoch`,
        and its Euclidean `distance` from the corner. Nats; NaN where the member diverged.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> ends = Trajectory.from_arrays([[[5.0]]], [[[1.0]]], epochs=[9], n=3000,
        ...     guides=Guides(8.0, 5.0, 5.0), estimator="binned", setting="bin_size=0.07")
        >>> corner_distance(ends)[["layer", "i_x", "i_y", "distance"]]
           layer  i_x  i_y  distance
        0      1  5.0  1.0       5.0
    """
    last = _ends(trajectory.frame, keep="last").reset_index()
    corner = trajectory.guides
    last["distance"] = np.hypot(last["i_x"] - corner.h_x, last["i_y"] - corner.i_xy)
    last = last.rename(columns={"epoch": "final_epoch"})
    return last[[*_CURVE, "i_x", "i_y", "final_epoch", "distance"]]


def order_violations(trajectory: Trajectory, *, tolerance: float = 1e-9) -> pd.DataFrame:
    """Compare each layer's I(X;T) with the next one's, which data processing says is no larger.

    Reference:
        Cover & Thomas (2005), theorem 2.8.1; Revisiting the Information Plane, section 2.4.

    Arguments:
        trajectory: the curves, of layers that follow one another in the network.
        tolerance: nats that rounding may add.

    Returns:
        A row per (member, epoch, layer, estimator, setting) that has a next measured layer:
        `next_layer`, `gap` = I(X;T_next) − I(X;T) and its standard error `gap_se` (of independent
        estimates) in nats, and `violated`: gap > tolerance. A gap with a value that is not finite
        is NaN, and not a violation.

    Raises:
        InvalidInputError: the tolerance is negative or not finite.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> bottleneck = Trajectory.from_arrays(
        ...     [[[2.0, 1.0, 1.5]]], [[[0.1, 0.1, 0.1]]], epochs=[0], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> order_violations(bottleneck)[["layer", "next_layer", "gap", "violated"]]
           layer  next_layer  gap  violated
        0      1           2 -1.0     False
        1      2           3  0.5      True
    """
    if not 0 <= tolerance < np.inf:
        raise InvalidInputError(
            "the tolerance must be finite and at least 0 nats",
            received=tolerance,
            fix="Use the default, which covers rounding.",
        )
    columns = [*KEYS, "i_x", "i_x_se"]
    order = ["member", "epoch", "estimator", "setting", "layer"]
    this = trajectory.frame[columns].sort_values(order, ignore_index=True)
    same = this.groupby(order[:-1])
    this["next_layer"] = same["layer"].shift(-1)
    this["gap"] = same["i_x"].shift(-1) - this["i_x"]
    this["gap_se"] = np.hypot(same["i_x_se"].shift(-1), this["i_x_se"])
    pairs = this[this["next_layer"].notna()].astype({"next_layer": np.int64})
    pairs["violated"] = pairs["gap"] > tolerance
    return pairs[[*KEYS, "next_layer", "gap", "gap_se", "violated"]].reset_index(drop=True)


def _ends(frame: pd.DataFrame, *, keep: Literal["first", "last"]) -> pd.DataFrame:
    return frame.drop_duplicates(_CURVE, keep=keep).set_index(_CURVE).sort_index()


def _highest(frame: pd.DataFrame, column: str) -> dict[str, Any]:
    """Beginning, highest point and end of each curve; rows of a curve are in order of epochs."""
    curve, _ = numbered(frame, _CURVE)
    order = np.argsort(curve, kind="stable")
    starts = np.flatnonzero(np.diff(curve[order], prepend=-1))
    lasts = np.append(starts[1:], len(order)) - 1
    values = frame[column].to_numpy(np.float64)[order]
    epochs = frame["epoch"].to_numpy(np.int64)[order]
    rows, known = np.arange(len(order)), ~np.isnan(values)
    highest = np.fmax.reduceat(values, starts)
    top = known & (values == np.repeat(highest, lasts - starts + 1))
    # The last row stands for none.
    first_known = np.minimum.reduceat(np.where(known, rows, rows[-1]), starts)
    first_top = np.minimum.reduceat(np.where(top, rows, rows[-1]), starts)
    return {
        **{name: frame[name].to_numpy()[order[starts]] for name in _CURVE},
        "initial": np.where(np.isnan(highest), np.nan, values[first_known]),
        "highest": highest,
        # Int64 has a missing value, for the curve that never had a finite one.
        "highest_epoch": pd.arrays.IntegerArray(epochs[first_top], np.isnan(highest)),
        "final": values[lasts],
        "final_epoch": epochs[lasts],
        "missing": np.add.reduceat((~known).astype(np.int64), starts),
    }
