"""When training would have stopped: readings of the losses of a trajectory.

Measured epochs are dense early and sparse late, so patience is counted in epochs of training, not
in measurements. A loss that is not finite is no improvement, and is counted in `missing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory.columns import LEARNING

if TYPE_CHECKING:
    import numpy.typing as npt

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


def perfect_stopping(trajectory: Trajectory) -> pd.DataFrame:
    """Find the measured epoch of the lowest validation loss.

    Reference:
        Revisiting the Information Plane, section 2.4.1.

    Arguments:
        trajectory: the curves, with validation losses.

    Returns:
        A row per member: `epoch`, the first to reach the minimum, its `val_loss` in nats, and
        `missing` epochs; missing values for a member without any finite validation loss.

    Raises:
        InvalidInputError: no member has a validation loss.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> overfits = Trajectory.from_arrays(
        ...     [[[2.0], [1.0], [1.0]]], [[[0.1], [0.2], [0.2]]], epochs=[0, 10, 20], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07",
        ...     learning={"val_loss": [[0.7, 0.3, 0.5]]})
        >>> perfect_stopping(overfits)
           member  epoch  val_loss  missing
        0       0     10       0.3        0
    """
    rows = []
    for member, epochs, losses in _validation(trajectory):
        finite = np.isfinite(losses)
        best = int(np.argmin(np.where(finite, losses, np.inf)))
        rows.append(
            {
                "member": member,
                "epoch": epochs[best] if finite.any() else pd.NA,
                "val_loss": losses[best] if finite.any() else np.nan,
                "missing": int((~finite).sum()),
            }
        )
    return pd.DataFrame(rows).astype({"epoch": "Int64"})


def early_stopping(trajectory: Trajectory, *, patience: int) -> pd.DataFrame:
    """Find the epoch at which early stopping would have ended each member's training.

    Training stops at the first measured epoch that lies `patience` or more epochs after the last
    strict improvement of the validation loss.

    Reference:
        Prechelt (1998), "Early stopping — but when?"; Revisiting the Information Plane, 2.4.1.

    Arguments:
        trajectory: the curves, with validation losses.
        patience: epochs of training without improvement that are waited for, at least 1.

    Returns:
        A row per member: `epoch`, where it stops (the last measured epoch if it never does),
        `stopped`, the `best_epoch` so far and its `val_loss` in nats, and `missing` epochs until
        then; missing values where no finite validation loss came before.

    Raises:
        InvalidInputError: no member has a validation loss, or the patience is not a whole
            number from 1 on.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> overfits = Trajectory.from_arrays(
        ...     [[[2.0], [1.0], [1.0]]], [[[0.1], [0.2], [0.2]]], epochs=[0, 10, 20], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07",
        ...     learning={"val_loss": [[0.7, 0.3, 0.5]]})
        >>> early_stopping(overfits, patience=5)[["member", "epoch", "stopped", "best_epoch"]]
           member  epoch  stopped  best_epoch
        0       0     20     True          10
    """
    whole = isinstance(patience, int | np.integer) and not isinstance(patience, bool)
    if not whole or patience < 1:
        raise InvalidInputError(
            "patience must be a whole number of epochs, at least 1",
            received=repr(patience),
            fix="Wait for 1 or more; to never stop, do not read early stopping.",
        )
    rows = []
    for member, epochs, losses in _validation(trajectory):
        known = np.where(np.isfinite(losses), losses, np.inf)
        lowest = np.minimum.accumulate(known)
        improved = known < np.concatenate([[np.inf], lowest[:-1]])
        # Before the first improvement patience runs from the first measured epoch.
        last_improved = np.maximum.accumulate(np.where(improved, np.arange(known.size), 0))
        waited = epochs - epochs[last_improved] >= patience
        stop = int(np.argmax(waited)) if waited.any() else known.size - 1
        finite = np.isfinite(lowest[stop])
        rows.append(
            {
                "member": member,
                "epoch": epochs[stop],
                "stopped": bool(waited.any()),
                "best_epoch": epochs[last_improved[stop]] if finite else pd.NA,
                "val_loss": lowest[stop] if finite else np.nan,
                "missing": int((~np.isfinite(losses[: stop + 1])).sum()),
            }
        )
    return pd.DataFrame(rows).astype({"best_epoch": "Int64"})


def _validation(
    trajectory: Trajectory,
) -> list[tuple[int, npt.NDArray[np.int64], npt.NDArray[np.float64]]]:
    table = learning(trajectory)
    if not np.isfinite(table["val_loss"]).any():
        raise InvalidInputError(
            "stopping is read from validation losses",
            received="no finite val_loss in the trajectory",
            fix="Train with a validation set.",
        )
    return [
        (int(rows["member"].iloc[0]), rows["epoch"].to_numpy(), rows["val_loss"].to_numpy())
        for _, rows in table.groupby("member")
    ]
