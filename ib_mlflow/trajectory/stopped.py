"""What the curves of networks are that stop learning early."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from ib_mlflow.trajectory.table import Trajectory


def stopped_at(trajectory: Trajectory, stops: pd.DataFrame) -> Trajectory:
    """Let every member stay as it was when it stopped, until the last of them stops too.

    A member that stops between two measured epochs stays as it was at the earlier one.

    Arguments:
        trajectory: the curves of the whole training.
        stops: a row per member: `member`, and the `epoch` after which it learns no more, such as
            `early_stopping` returns.

    Returns:
        The curves of the measured epochs until the last stop.

    Raises:
        InvalidInputError: not every member has one stop, or one lies before the first epoch.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> curves = Trajectory.from_arrays(
        ...     [[[1.0], [2.0], [3.0]], [[1.0], [2.0], [3.0]]], [[[0.1]] * 3] * 2, n=8,
        ...     epochs=[0, 10, 20], guides=Guides(3.0, 0.7, 0.7), estimator="exact", setting="")
        >>> stopped = stopped_at(curves, pd.DataFrame({"member": [0, 1], "epoch": [1, 12]}))
        >>> stopped.frame[["member", "epoch", "i_x"]].to_numpy().tolist()
        [[0.0, 0.0, 1.0], [0.0, 10.0, 1.0], [1.0, 0.0, 1.0], [1.0, 10.0, 2.0]]
    """
    epochs = np.array(trajectory.epochs)
    members = stops["member"].tolist()
    known = stops["epoch"].notna().all() and (stops["epoch"] >= epochs[0]).all()
    if sorted(members) != list(trajectory.members) or not known:
        raise InvalidInputError(
            "every member stops once, at an epoch that is not before the first one measured",
            received=f"stops of members {members} at {stops['epoch'].tolist()}",
            fix="Read both from the same networks.",
        )
    reached = np.searchsorted(epochs, stops["epoch"].to_numpy(np.int64), side="right") - 1
    frame, parts = trajectory.frame, []
    for member, place in zip(members, reached, strict=True):
        own = frame[frame["member"] == member]
        parts.append(own[own["epoch"] <= epochs[place]])
        last = own[own["epoch"] == epochs[place]]
        later = epochs[place + 1 : reached.max() + 1]
        parts.extend(last.assign(epoch=epoch) for epoch in later)
    return type(trajectory)(pd.concat(parts, ignore_index=True), trajectory.guides)
