"""Where curves of I(X;T) turn from rising to falling, and whether training stopped there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.trajectory.table import Trajectory

_CURVE = ["member", "layer", "estimator", "setting"]


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
    groups = frame.groupby(_CURVE).indices
    keys = frame[_CURVE].iloc[[rows[0] for rows in groups.values()]].reset_index(drop=True)
    peaks = pd.DataFrame([_peak(values[rows], epochs[rows]) for rows in groups.values()])
    kinds = dict.fromkeys(("epoch", "last_epoch", "before", "after"), "Int64")
    return keys.join(peaks.astype({**kinds, "turns": "boolean"}))


def at_the_turn(
    stops: pd.DataFrame,
    turns: pd.DataFrame,
    *,
    factor: float = 1.25,
    permutations: int = 999,
    seed: int = 0,
) -> pd.DataFrame:
    """Ask in how many networks training stops where a layer's I(X;T) turns.

    A stop is at the turn if it lies from `epoch` / factor to `last_epoch` · factor of the curve's
    peak. A curve that does not turn has no such stop, nor has a training that never stopped. The
    p-value holds the share against those of the same stops beside the turns of other members: it
    is small only where networks that turn later also stop later. Where all turn at one time, a
    stop at the turn is no news of the turn, and the p-value is large.

    Reference:
        Revisiting the Information Plane, section 2.4.1: "early stop point is in the curve turning
        point", by eye; Phipson & Smyth (2010), arXiv:1603.05766, for the p-value.

    Arguments:
        stops: from `early_stopping` or `perfect_stopping`: a row per member, with `member`,
            `epoch` and perhaps `stopped`.
        turns: from `turn`, of the same members.
        factor: how far from the turn a stop may lie, at least 1.
        permutations: how often turns are permuted between the members.
        seed: of the permutations.

    Returns:
        A row per (layer, estimator, setting): the `share` of members that stop at the turn with
        its 95 % Wilson interval `low`, `high`; `chance`, the mean share of the permutations;
        `p_value`; `members` that count, how many of them do not `turn` (`without_turn`), and how
        many turn where measured epochs lie too far apart to tell the factor (`coarse`); and
        `missing` members, left out since their stop or peak is unknown. NaN where none is left.

    Raises:
        InvalidInputError: a column is missing, the members of both are not the same, once each; or
            the factor or the permutations are out of range.

    Example:
        >>> stops = pd.DataFrame({"member": [0, 1], "epoch": [12, 90]})
        >>> turns = pd.DataFrame({"member": [0, 1], "layer": 1, "estimator": "exact",
        ...     "setting": "", "epoch": [10, 100], "last_epoch": [10, 100], "before": [9, 99],
        ...     "after": [11, 101], "turns": True})
        >>> at_the_turn(stops, turns)[["layer", "share", "members"]]
           layer  share  members
        0      1    1.0        2
    """
    _check(stops, turns, factor)
    whole = isinstance(permutations, int | np.integer) and not isinstance(permutations, bool)
    if not whole or permutations < 1:
        raise InvalidInputError(
            "permutations must be a whole number, at least 1",
            received=repr(permutations),
            fix="Try 999.",
        )
    stop, rows = _stops(stops), []
    for (layer, estimator, setting), curves in turns.groupby(_CURVE[1:]):
        beside = np.asarray(stop.reindex(curves["member"]).astype("float64"), np.float64)
        share = _share(beside, curves, factor, np.random.default_rng(seed), permutations)
        rows.append({"layer": layer, "estimator": estimator, "setting": setting, **share})
    return pd.DataFrame(rows)


def near_the_turn(
    stops: pd.DataFrame, turns: pd.DataFrame, *, factor: float = 1.25
) -> pd.DataFrame:
    """Tell of each network and layer whether training stops where I(X;T) turns.

    Arguments:
        stops: as for `at_the_turn`; what that refuses is refused.
        turns: as for `at_the_turn`.
        factor: as for `at_the_turn`.

    Returns:
        A row per (member, layer, estimator, setting) with `near`: 1 where the stop is at the turn,
        0 where it is not, NaN where the stop or the peak is not known.

    Example:
        >>> stops = pd.DataFrame({"member": [0, 1], "epoch": [12, 50]})
        >>> turns = pd.DataFrame({"member": [0, 1], "layer": 1, "estimator": "exact",
        ...     "setting": "", "epoch": [10, 100], "last_epoch": [10, 100], "before": [9, 99],
        ...     "after": [11, 101], "turns": True})
        >>> near_the_turn(stops, turns)["near"].tolist()
        [1.0, 0.0]
    """
    _check(stops, turns, factor)
    stop = np.asarray(_stops(stops).reindex(turns["member"]).astype("float64"), np.float64)
    early, late = _limits(turns, factor)
    near = np.where(turns["epoch"].isna() | np.isnan(stop), np.nan, early <= stop)
    return turns[_CURVE].assign(near=near * (stop <= late))


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


def _stops(stops: pd.DataFrame) -> pd.Series[float]:
    """The epoch of each member's stop; infinite without one, missing where it is not known."""
    stop = stops.set_index("member")["epoch"].astype("Float64")
    if "stopped" in stops:  # infinite, so that it is near no turn and still counts
        stop = stop.where(stops.set_index("member")["stopped"], np.inf)
    if "val_loss" in stops:  # of a member without any loss patience runs out all the same
        stop = stop.where(stops.set_index("member")["val_loss"].notna())
    return stop


def _limits(curves: pd.DataFrame, factor: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """From where to where a stop is at each curve's turn."""
    first, last = (
        curves[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("epoch", "last_epoch")
    )
    turning = curves["turns"].to_numpy(dtype=bool, na_value=False)
    # No stop lies in an interval from infinity to minus infinity.
    return np.where(turning, first / factor, np.inf), np.where(turning, last * factor, -np.inf)


def _share(
    stop: NDArray[np.float64],
    curves: pd.DataFrame,
    factor: float,
    generator: np.random.Generator,
    permutations: int,
) -> dict[str, float]:
    names = ("epoch", "last_epoch", "before", "after")
    epochs = [curves[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names]
    known = np.isfinite(epochs[0]) & ~np.isnan(stop)
    stop, (first, last, before, after) = stop[known], [column[known] for column in epochs]
    count = int(known.sum())
    if not count:
        unknown = dict.fromkeys(("share", "low", "high", "chance", "p_value"), np.nan)
        return {**unknown, "members": 0, "without_turn": 0, "coarse": 0, "missing": known.size}
    turning = curves["turns"].to_numpy(dtype=bool, na_value=False)[known]
    early, late = _limits(curves[known], factor)
    holds = int(((early <= stop) & (stop <= late)).sum())
    orders = generator.permuted(np.tile(np.arange(count), (permutations, 1)), axis=1)
    permuted = ((early[orders] <= stop) & (stop <= late[orders])).sum(axis=1)
    from scipy import stats  # here, because most readings need it not and it takes long

    limits = stats.binomtest(holds, count).proportion_ci(method="wilson")
    apart = ((first - before > 1) & (first > before * factor)) | (
        (after - last > 1) & (after > last * factor)
    )
    return {
        "share": holds / count,
        "low": float(limits.low),
        "high": float(limits.high),
        "chance": float(permuted.mean()) / count,
        "p_value": float(1 + (permuted >= holds).sum()) / (1 + permutations),
        "members": count,
        "without_turn": int((~turning).sum()),
        "coarse": int((apart & turning).sum()),
        "missing": known.size - count,
    }


def _check(stops: pd.DataFrame, turns: pd.DataFrame, factor: float) -> None:
    if not 1 <= factor < np.inf:
        raise InvalidInputError(
            "the factor must be finite and at least 1", received=factor, fix="Try 1.25."
        )
    needed = {"stops": {"member", "epoch"}}
    needed["turns"] = {*_CURVE, "epoch", "last_epoch", "before", "after", "turns"}
    for name, table in {"stops": stops, "turns": turns}.items():
        absent = needed[name] - set(table.columns)
        if absent:
            raise InvalidInputError(
                f"{name} must be a table that early_stopping or turn returns",
                received=f"one without {', '.join(sorted(absent))}",
                fix="Give at_the_turn(early_stopping(...), turn(...)).",
            )
    twice = stops["member"].duplicated().any() or turns.duplicated(_CURVE).any()
    curves = turns.groupby(_CURVE[1:])["member"]
    if twice or turns.empty or any(set(of) != set(stops["member"]) for _, of in curves):
        raise InvalidInputError(
            "stops and turns must be of the same members, each once",
            received=f"stops of {sorted(stops['member'])}, turns of {sorted(turns['member'])}",
            fix="Read both from the same networks.",
        )
