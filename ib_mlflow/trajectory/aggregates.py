"""What the members of an ensemble say together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


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
    names = sorted(quantities)
    group, firsts = _numbered(rows, list(by))
    values = rows[names].to_numpy(np.float64)
    # Grouped by one number: pandas takes far longer to tell texts apart than to add.
    number = group[:, None] * len(names) + np.arange(len(names))
    finite = pd.Series(np.where(np.isfinite(values), values, np.nan).ravel())
    groups = finite.groupby(number.ravel())
    spread = groups.quantile(np.array([0.05, 0.95])).to_numpy().reshape(-1, 2)
    sizes = groups.size().to_numpy()
    columns = {
        "quantity": np.tile(np.array(names, dtype=object), len(firsts)),
        "mean": groups.mean().to_numpy(),
        "std": groups.std(ddof=1).to_numpy(),
        "q05": spread[:, 0],
        "q95": spread[:, 1],
        "members": sizes,
        "missing": sizes - groups.count().to_numpy(),
    }
    keys = rows[list(by)].iloc[np.repeat(firsts, len(names))].reset_index(drop=True)
    return pd.concat([keys, pd.DataFrame(columns)], axis=1)


def _numbered(
    rows: pd.DataFrame, by: list[str]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The number of each row's group, ascending by its columns, and each group's first row."""
    if not by:
        return np.zeros(len(rows), np.int64), np.zeros(min(1, len(rows)), np.int64)
    group = np.asarray(rows.groupby(by, sort=True).ngroup(), dtype=np.int64)
    _, firsts = np.unique(group, return_index=True)
    return group, firsts.astype(np.int64)
