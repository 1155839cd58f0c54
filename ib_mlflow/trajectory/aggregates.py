"""What the members of an ensemble say together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence


def over_members(
    rows: pd.DataFrame, *, by: Sequence[str], quantities: Sequence[str]
) -> pd.DataFrame:
    """Summarise quantities over the members.

    Arguments:
        rows: a row per member within each group: a trajectory's frame, or a reading of it.
        by: the columns that make a group; empty for one group of all rows.
        quantities: the columns to summarise.

    Returns:
        A row per group and `quantity` with `mean`, `std` (n − 1; NaN for one member, whose spread
        cannot be known), `q05` and `q95` (linear between order statistics) over the members whose
        value is finite, `members` (all of them) and `missing` (those not finite), in the
        quantities' own units.

    Example:
        >>> rows = pd.DataFrame({"layer": [1, 1, 1], "compression": [1.0, 2.0, np.nan]})
        >>> over_members(rows, by=["layer"], quantities=["compression"])
           layer     quantity  mean       std   q05   q95  members  missing
        0      1  compression   1.5  0.707107  1.05  1.95        3        1
    """
    tall = rows.melt(list(by), list(quantities), var_name="quantity", value_name="value")
    value = tall["value"].astype(np.float64)
    tall["value"] = value.where(np.isfinite(value))
    groups = tall.groupby([*by, "quantity"], sort=True)["value"]
    spread = groups.quantile(np.array([0.05, 0.95])).unstack()
    counts = groups.size()
    columns = {
        "mean": groups.mean(),
        "std": groups.std(ddof=1),
        "q05": spread[0.05],
        "q95": spread[0.95],
        "members": counts,
        "missing": counts - groups.count(),
    }
    return pd.DataFrame(columns).reset_index()
