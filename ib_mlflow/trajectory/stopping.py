"""When training would have stopped: readings of the losses of a trajectory, or of every epoch.

Measured epochs are dense early and sparse late, so patience is counted in epochs of training, not
in measurements; what happened between them is not seen. `LossCurves` have the losses of every
epoch, and only of these a stop is what a training loop would have done: `every_epoch` says so.
A loss that is not finite is no improvement, and is counted in `missing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory.columns import LEARNING
from ib_mlflow.trajectory.losses import LossCurves

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

    from ib_mlflow.trajectory.table import Trajectory


def learning(trajectory: Trajectory) -> pd.DataFrame:
    """Return the losses and accuracies, which belong to (member, epoch).

    Arguments:
        trajectory: the curves.

    Returns:
        A row per (member, epoch) with the columns `LEARNING`: losses in nats, accuracies as
        fractions.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> two_layers = Trajectory.from_arrays(
        ...     [[[2.0, 1.0]]], [[[0.1, 0.1]]], epochs=[0], n=8, guides=Guides(2.08, 0.69, 0.69),
        ...     estimator="binned", setting="bin_size=0.07", learning={"train_loss": [[0.7]]})
        >>> learning(two_layers)[["member", "epoch", "train_loss"]]
           member  epoch  train_loss
        0       0      0         0.7
    """
    keys = ["member", "epoch"]
    return trajectory.frame.drop_duplicates(keys)[keys + LEARNING].reset_index(drop=True)


def perfect_stopping(curves: Trajectory | LossCurves) -> pd.DataFrame:
    """Find the epoch of the lowest validation loss.

    Reference:
        Revisiting the Information Plane, section 2.1: "stop at minimum validation loss", the
        global minimum of section 2.4.1.

    Arguments:
        curves: validation losses of every epoch, or a trajectory with those of measured epochs.

    Returns:
        A row per member: `epoch`, the first to reach the minimum; `stopped`: whether epochs
        follow, without which a lower loss may be yet to come; its `val_loss` in nats, `missing`
        epochs, and `every_epoch`: whether none was left out from epoch 0 to the last; missing
        values for a member without any finite validation loss.

    Raises:
        InvalidInputError: no member has a validation loss.

    Example:
        >>> from ib_mlflow.trajectory import LossCurves
        >>> perfect_stopping(LossCurves.from_arrays([[0.7, 0.3, 0.5]], first=0))
           member  epoch  stopped  val_loss  missing  every_epoch
        0       0      1     True       0.3        0         True
    """
    rows = []
    for member, epochs, losses in _validation(curves):
        finite = np.isfinite(losses)
        best = int(np.argmin(np.where(finite, losses, np.inf)))
        rows.append(
            {
                "member": member,
                "epoch": epochs[best] if finite.any() else pd.NA,
                "stopped": best < losses.size - 1,
                "val_loss": losses[best] if finite.any() else np.nan,
                "missing": int((~finite).sum()),
                "every_epoch": _unbroken(epochs),
            }
        )
    return pd.DataFrame(rows).astype({"epoch": "Int64"})


def early_stopping(
    curves: Trajectory | LossCurves, *, patience: int, least_improvement: float = 0.0
) -> pd.DataFrame:
    """Find the epoch at which early stopping would have ended each member's training.

    Training stops at the first epoch that lies `patience` or more epochs after the last
    improvement of the validation loss: a loss more than `least_improvement` below that of the
    improvement before.

    Reference:
        Prechelt (1998), "Early stopping — but when?"; Revisiting the Information Plane, 2.4.1,
        which stops early and gives neither number.

    Arguments:
        curves: validation losses of every epoch, or a trajectory with those of measured epochs.
        patience: epochs of training without improvement that are waited for, at least 1.
        least_improvement: nats, at least 0, by which a loss must fall to be an improvement.

    Returns:
        A row per member: `epoch`, where it stops (the last one known if it never does),
        `stopped`, the `best_epoch` so far (that of the last improvement) and its `val_loss` in
        nats, `missing` epochs until then, and `every_epoch`: whether none was left out from epoch
        0 to the stop; missing values where no finite validation loss came before.

    Raises:
        InvalidInputError: no member has a validation loss, the patience is not a whole number
            from 1 on, or the least improvement is negative or not finite.

    Example:
        >>> from ib_mlflow.trajectory import LossCurves
        >>> overfits = LossCurves.from_arrays([[0.7, 0.3, 0.5, 0.6, 0.2]], first=0)
        >>> early_stopping(overfits, patience=2)[["member", "epoch", "stopped", "best_epoch"]]
           member  epoch  stopped  best_epoch
        0       0      3     True           1
    """
    whole = isinstance(patience, int | np.integer) and not isinstance(patience, bool)
    if not whole or patience < 1:
        raise InvalidInputError(
            "patience must be a whole number of epochs, at least 1",
            received=repr(patience),
            fix="Wait for 1 or more; to never stop, do not read early stopping.",
        )
    if not 0 <= least_improvement < np.inf:
        raise InvalidInputError(
            "the least improvement must be finite and at least 0 nats",
            received=least_improvement,
            fix="Use 0, to count every improvement.",
        )
    rows = []
    for member, epochs, losses in _validation(curves):
        best = _last_improvement(losses, least_improvement)
        # Before the first improvement patience runs from the first epoch that is known.
        waited = epochs - epochs[np.maximum(best, 0)] >= patience
        stop = int(np.argmax(waited)) if waited.any() else losses.size - 1
        finite = best[stop] >= 0
        rows.append(
            {
                "member": member,
                "epoch": epochs[stop],
                "stopped": bool(waited.any()),
                "best_epoch": epochs[best[stop]] if finite else pd.NA,
                "val_loss": losses[best[stop]] if finite else np.nan,
                "missing": int((~np.isfinite(losses[: stop + 1])).sum()),
                "every_epoch": _unbroken(epochs[: stop + 1]),
            }
        )
    return pd.DataFrame(rows).astype({"best_epoch": "Int64"})


def scores_at(curves: LossCurves, stops: pd.DataFrame) -> pd.DataFrame:
    """Read the validation loss and accuracy where training stops, and at its end.

    Arguments:
        curves: of every epoch.
        stops: from `early_stopping` or `perfect_stopping` of the same curves.

    Returns:
        A row per member: `val_loss` in nats and `val_accuracy` at its `epoch`, the same at the
        last epoch as `end_loss` and `end_accuracy`; NaN where the stop is not known, and at the
        end of a member that has diverged.

    Example:
        >>> from ib_mlflow.trajectory import LossCurves
        >>> curves = LossCurves.from_arrays([[0.7, 0.3, 0.5]], first=0)
        >>> scores_at(curves, perfect_stopping(curves))[["epoch", "val_loss", "end_loss"]]
           epoch  val_loss  end_loss
        0      1       0.3       0.5
    """
    at = stops[["member", "epoch"]].astype({"epoch": "Int64"})
    rows = curves.frame.astype({"epoch": "Int64"})
    last = rows[rows["epoch"] == curves.epochs[-1]].drop(columns="epoch")
    ends = last.rename(columns={"val_loss": "end_loss", "val_accuracy": "end_accuracy"})
    table = at.merge(rows, on=["member", "epoch"], how="left").merge(ends, on="member", how="left")
    return table.sort_values("member", ignore_index=True)


def _last_improvement(losses: Floats, least: float) -> npt.NDArray[np.int64]:
    """The place of the last improvement up to each place, (t,); -1 before the first."""
    known = np.where(np.isfinite(losses), losses, np.inf)
    # Only a loss below all before it can be an improvement, for the last one is above them by
    # less than the least improvement.
    lowest = np.flatnonzero(known < np.concatenate([[np.inf], np.minimum.accumulate(known)[:-1]]))
    places, level = np.full(losses.size, -1), np.inf
    for place in lowest:
        if known[place] < level - least:
            places[place], level = place, known[place]
    return np.maximum.accumulate(places)


def _unbroken(epochs: npt.NDArray[np.int64]) -> bool:
    return bool(epochs[0] == 0 and epochs[-1] == epochs.size - 1)


def _validation(
    curves: Trajectory | LossCurves,
) -> list[tuple[int, npt.NDArray[np.int64], Floats]]:
    table = curves.frame if isinstance(curves, LossCurves) else learning(curves)
    if not np.isfinite(table["val_loss"]).any():
        raise InvalidInputError(
            "stopping is read from validation losses",
            received="no finite val_loss in the curves",
            fix="Train with a validation set.",
        )
    return [
        (int(rows["member"].iloc[0]), rows["epoch"].to_numpy(), rows["val_loss"].to_numpy())
        for _, rows in table.groupby("member")
    ]
