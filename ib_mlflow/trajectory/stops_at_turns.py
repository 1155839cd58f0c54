"""Whether the training of networks stopped where I(X;T) of their layers turns.

A training that has not stopped by its last epoch stops there or later, and a curve that is highest
at its last epoch turns there or later, or at a first one after epoch 0 there or before: all are
known by their bounds. Whether such a stop is at
the turn is told where the bounds keep them apart, and is left open where they do not.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory.spans import Peaks, Spans
from ib_mlflow.trajectory.turns import CURVE


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
    peak. A curve that is highest where it begins has no such stop. A training that never stopped
    is not at a turn that is over by the factor when training ends, and a stop that comes before
    the last epoch by more than the factor is not at the turn of a curve that rises to it; of other
    pairs of which one was not seen by the last epoch nothing is told, and the interval of the
    share holds for all that they may be. The p-value holds the share against those of the same
    stops beside the turns of other members: it is small only where networks that turn later also
    stop later. Where all turn at one time, a stop at the turn is no news of the turn, and the
    p-value is large.

    Reference:
        Revisiting the Information Plane, section 2.4.1: "early stop point is in the curve turning
        point", by eye; Phipson & Smyth (2010), arXiv:1603.05766, for the p-value.

    Arguments:
        stops: from `early_stopping` or `perfect_stopping`: a row per member, with `member`,
            `epoch` and perhaps `stopped`; `earlier` says of which it may have come before.
        turns: from `turn`, of the same members.
        factor: how far from the turn a stop may lie, at least 1.
        permutations: how often turns are permuted between the members.
        seed: of the permutations.

    Returns:
        A row per (layer, estimator, setting): `members` that count, and of how many of them
        nothing is told (`untold`); the `share` of the others that stop at the turn; `low`, `high`,
        from the lower 95 % limit (Wilson) of all members if no untold one does to the upper one if
        all do; `chance`, the share over the permutations; `p_value`; how many members are not seen
        to turn (`without_turn`), and how many turn where measured epochs lie too far apart to tell
        the factor (`coarse`); and `missing` members, left out since their stop or peak is unknown.
        NaN where there is none to tell of.

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
    rows = []
    for (layer, estimator, setting), curves in turns.groupby(CURVE[1:]):
        beside = Spans.of_stops(stops, curves["member"])
        share = _share(beside, curves, factor, permutations, seed)
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
        0 where it is not, NaN where the stop or the peak is not known or training ended too early
        to tell, which is what `untold` says.

    Example:
        >>> stops = pd.DataFrame({"member": [0, 1], "epoch": [12, 50]})
        >>> turns = pd.DataFrame({"member": [0, 1], "layer": 1, "estimator": "exact",
        ...     "setting": "", "epoch": [10, 100], "last_epoch": [10, 100], "before": [9, 99],
        ...     "after": [11, 101], "turns": True})
        >>> near_the_turn(stops, turns)["near"].tolist()
        [1.0, 0.0]
    """
    _check(stops, turns, factor)
    beside, of = Spans.of_stops(stops, turns["member"]), Spans.of_turns(Peaks.of(turns), factor)
    near, untold = beside.meet(of)
    told = beside.known & of.known & ~untold
    return turns[CURVE].assign(near=np.where(told, near, np.nan), untold=untold)


def _share(
    stops: Spans, curves: pd.DataFrame, factor: float, permutations: int, seed: int
) -> dict[str, float]:
    peaks = Peaks.of(curves)
    turns = Spans.of_turns(peaks, factor)
    known = stops.known & turns.known
    stops, turns = stops.at(known), turns.at(known)
    count = int(known.sum())
    if not count:
        unknown = dict.fromkeys(("share", "low", "high", "chance", "p_value"), np.nan)
        counts = dict.fromkeys(("members", "untold", "without_turn", "coarse"), 0)
        return {**unknown, **counts, "missing": known.size}
    near, open_ = stops.meet(turns)
    holds, untold = int(near.sum()), int(open_.sum())
    generator = np.random.default_rng(seed)
    orders = generator.permuted(np.tile(np.arange(count), (permutations, 1)), axis=1)
    permuted, left_open = (flags.sum(axis=1) for flags in stops.meet(turns.at(orders)))
    told = permutations * count - int(left_open.sum())
    from scipy import stats  # here, because most readings need it not and it takes long

    low, high = (
        stats.binomtest(some, count).proportion_ci(method="wilson")
        for some in (holds, holds + untold)
    )
    return {
        "share": holds / (count - untold) if untold < count else np.nan,
        "low": float(low.low),
        "high": float(high.high),
        "chance": int(permuted.sum()) / told if told else np.nan,
        "p_value": float(1 + (permuted >= holds).sum()) / (1 + permutations),
        "members": count,
        "untold": untold,
        "without_turn": int((known & ~peaks.turns).sum()),
        "coarse": int((known & peaks.coarse(factor)).sum()),
        "missing": known.size - count,
    }


def _check(stops: pd.DataFrame, turns: pd.DataFrame, factor: float) -> None:
    if not 1 <= factor < np.inf:
        raise InvalidInputError(
            "the factor must be finite and at least 1", received=factor, fix="Try 1.25."
        )
    needed = {"stops": {"member", "epoch"}}
    needed["turns"] = {*CURVE, "epoch", "last_epoch", "before", "after", "turns"}
    for name, table in {"stops": stops, "turns": turns}.items():
        absent = needed[name] - set(table.columns)
        if absent:
            raise InvalidInputError(
                f"{name} must be a table that early_stopping or turn returns",
                received=f"one without {', '.join(sorted(absent))}",
                fix="Give at_the_turn(early_stopping(...), turn(...)).",
            )
    twice = stops["member"].duplicated().any() or turns.duplicated(CURVE).any()
    curves = turns.groupby(CURVE[1:])["member"]
    if twice or turns.empty or any(set(of) != set(stops["member"]) for _, of in curves):
        raise InvalidInputError(
            "stops and turns must be of the same members, each once",
            received=f"stops of {sorted(stops['member'])}, turns of {sorted(turns['member'])}",
            fix="Read both from the same networks.",
        )
