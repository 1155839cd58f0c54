"""Parts of a valid table, which are valid as they stand: nothing of them is checked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory.columns import DIAGNOSTICS
from ib_mlflow.trajectory.rules import frame_of, no_row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray


def rows_where(frame: pd.DataFrame, kept: NDArray[np.bool_]) -> pd.DataFrame:
    """Some rows of a valid table, which are one: nothing has to be checked again.

    Arguments:
        frame: as `valid_table` returned it.
        kept: (n,) whether a row is kept; one or more are.

    Raises:
        InvalidInputError: no row is kept.
    """
    if not kept.any():
        raise no_row()
    return frame_of(_known({str(name): of.to_numpy()[kept] for name, of in frame.items()}))


def rows_with(
    frame: pd.DataFrame, selection: Mapping[str, Collection[Any] | None]
) -> NDArray[np.bool_]:
    """Whether each row of a table has, in some columns, one of the values that are asked for.

    Arguments:
        frame: of n rows.
        selection: by column the values; None for any.

    Returns:
        (n,) truth values.

    Raises:
        InvalidInputError: no row that has the values before has one of these.

    Example:
        >>> import pandas as pd
        >>> rows_with(pd.DataFrame({"layer": [1, 2, 3]}), {"layer": [1, 3], "member": None})
        array([ True, False,  True])
    """
    kept: NDArray[np.bool_] = np.ones(len(frame), dtype=bool)
    for column, values in selection.items():
        if values is None:
            continue
        there = set(frame[column].to_numpy()[kept].tolist())
        absent = set(values).difference(there)
        if absent or not values:
            raise InvalidInputError(
                f"every {column} selected must be in the trajectory",
                received=sorted(absent) or "an empty selection",
                fix=f"It has {sorted(there)}.",
            )
        if len(there) > len(set(values)):
            kept &= frame[column].isin(list(values)).to_numpy()
    return kept


def stretches(frame: pd.DataFrame, sizes: Sequence[int]) -> Iterator[pd.DataFrame]:
    """Consecutive members of a valid table, so many in each part and numbered from 0 in each.

    Arguments:
        frame: as `valid_table` returned it, of members 0, 1, ….
        sizes: members of each part, in their order.

    Example:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"member": [0, 0, 1], "i_x": [2.0, 1.0, 1.5]})
        >>> [part.to_numpy().tolist() for part in stretches(frame, [1, 1])]
        [[[0.0, 2.0], [0.0, 1.0]], [[0.0, 1.5]]]
    """
    columns = {str(name): column.to_numpy() for name, column in frame.items()}
    firsts = np.cumsum([0, *sizes])
    edges = np.searchsorted(columns["member"], firsts)
    for first, start, stop in zip(firsts[:-1], edges[:-1], edges[1:], strict=True):
        table = {name: column[start:stop].copy() for name, column in columns.items()}
        yield frame_of(_known(table | {"member": table["member"] - first}))


def _known(table: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Columns without those of `DIAGNOSTICS` of which no row knows anything."""
    unknown = [name for name in DIAGNOSTICS if name in table and np.isnan(table[name]).all()]
    return {name: of for name, of in table.items() if name not in unknown}
