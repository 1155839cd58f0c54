"""Epochs of which a model is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def is_milestone(epoch: int, previous: int | None) -> bool:
    """Whether an epoch is the first measured one at or after 0, 1, 3, 10, 30, 100, ….

    Arguments:
        epoch: the measured epoch.
        previous: the one measured before it; None for the first.

    Example:
        >>> measured = [0, 1, 2, 3, 4, 8, 16, 32]
        >>> [b for a, b in zip([None, *measured], measured) if is_milestone(b, a)]
        [0, 1, 3, 16, 32]
    """
    last = -1 if previous is None else previous
    milestones = [0, *(scale * 10**power for power in range(len(str(epoch))) for scale in (1, 3))]
    return any(last < milestone <= epoch for milestone in milestones)


def best_epoch(rows: pd.DataFrame) -> int | None:
    """Return the epoch of the best mean validation accuracy; None without validation.

    Of several the one with the lowest mean validation loss, then the earliest.

    Example:
        >>> import pandas as pd
        >>> best_epoch(pd.DataFrame({"epoch": [0, 1, 2], "member": [0, 0, 0],
        ...     "val_accuracy": [0.5, 0.9, 0.9], "val_loss": [0.7, 0.3, 0.2]}))
        2
    """
    once = rows.drop_duplicates(["member", "epoch"])
    finite = once[np.isfinite(once["val_accuracy"]) & np.isfinite(once["val_loss"])]
    if finite.empty:
        return None
    means = finite.groupby("epoch")[["val_accuracy", "val_loss"]].mean().reset_index()
    order = means.sort_values(["val_accuracy", "val_loss", "epoch"], ascending=[False, True, True])
    return int(order["epoch"].iloc[0])
