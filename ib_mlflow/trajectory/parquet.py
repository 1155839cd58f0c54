"""A trajectory's table in a parquet file, with its unit and its version said in the file."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from ib_mlflow.errors import DataError
from ib_mlflow.trajectory.columns import COLUMNS, DIAGNOSTICS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

_VERSION = "1"
_STORED = {"int64": "int64", "float64": "double", "bool": "bool", "object": "string"}
"""Types of a table's columns, as parquet calls them."""
_KINDS = COLUMNS | dict.fromkeys(DIAGNOSTICS, "float64")


def write(frame: pd.DataFrame, path: Path, *, metadata: Mapping[str, object]) -> None:
    """Write a valid table as parquet, all of it or nothing.

    Arguments:
        frame: the table, as `valid_table` returned it.
        path: the file; its folder exists.
        metadata: what else the file must say, JSON values.

    Example:
        >>> import pathlib, tempfile
        >>> import pandas as pd
        >>> frame = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "trajectory.parquet"
        ...     write(frame, path, metadata={"source": "none"})
        ...     read(path)[1]
        {'source': 'none'}
    """
    import pyarrow as pa  # here, because networks are trained and measured without it
    import pyarrow.parquet as pq

    stated = {"schema": _VERSION, "unit": "nats", **metadata}
    columns = {str(name): column.to_numpy() for name, column in frame.items()}
    schema = pa.schema(
        [
            pa.field(name, pa.type_for_alias(_STORED[kind]), nullable=False)
            for name, kind in _KINDS.items()
            if name in columns
        ],
        {f"ib_mlflow.{k}": json.dumps(v) for k, v in stated.items()},
    )
    # from_pandas=False keeps NaN a number: a null would come back with another bit pattern.
    arrays = [pa.array(columns[field.name], type=field.type, from_pandas=False) for field in schema]
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        pq.write_table(pa.table(arrays, schema=schema), partial, write_page_checksum=True)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read what `write` wrote.

    Arguments:
        path: the file.

    Returns:
        The table, unchecked, and the metadata.

    Raises:
        DataError: no such file, not parquet, truncated, or not a trajectory of this version.

    Example:
        >>> import pathlib
        >>> read(pathlib.Path("absent.parquet"))
        Traceback (most recent call last):
        ib_mlflow.errors.DataError: a trajectory must be a readable parquet file; ...
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read()
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            "a trajectory must be a readable parquet file",
            received=f"{path}: {error}",
            fix="Give the trajectory.parquet of a run; write it anew if it is truncated.",
        ) from error
    prefix = "ib_mlflow."
    stored = {k.decode(errors="replace"): v for k, v in (table.schema.metadata or {}).items()}
    try:
        stated = {k.removeprefix(prefix): json.loads(v) for k, v in stored.items() if prefix in k}
    except ValueError:
        stated = {}
    if (stated.pop("schema", None), stated.pop("unit", None)) != (_VERSION, "nats"):
        raise DataError(
            f"the file must be a trajectory of schema version {_VERSION} in nats",
            received=f"{path} with metadata {sorted(stored)}",
            fix="Give the trajectory.parquet that a run of this package wrote.",
        )
    return table.to_pandas(), stated
