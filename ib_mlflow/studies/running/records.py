"""What a training keeps of each measured epoch beside the plane: losses and gradients.

They lie in the checkpoints, which are there for every measured epoch of a finished training too;
what is read back is the same whoever has trained, and however often it was interrupted.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.training import Snapshot, gradient_rows, gradient_share_rows

Record = Literal["losses", "gradients", "gradient_shares"]
"""A table: validation losses of every epoch, norms of gradients, their shares of minibatches."""

RECORDED = "recorded"
"""Where a checkpoint holds them."""


def records_of(snapshot: Snapshot, members: range | None = None) -> dict[str, pd.DataFrame]:
    """The tables that a snapshot carries, by their names.

    Arguments:
        snapshot: from `train`, with `every_epoch` and `gradients` as they were asked for.
        members: of whom, consecutive: they are numbered from 0; None for all.

    Returns:
        The rows of each; none where nothing was asked for.

    Example:
        >>> from ib_mlflow.data import load
        >>> from ib_mlflow.networks import mlp
        >>> from ib_mlflow.training import Schedule, train
        >>> ensemble = mlp((12, 4, 2), members=2, device="cpu")
        >>> *_, last = train(
        ...     ensemble, load("szt"), Schedule.of([1]), learning_rate=0.2, gradients=True)
        >>> {name: len(table) for name, table in records_of(last, range(1, 2)).items()}
        {'gradients': 2, 'gradient_shares': 32}
    """
    tables: dict[str, pd.DataFrame] = {}
    if snapshot.losses is not None:
        tables["losses"] = snapshot.losses.frame
    if snapshot.gradients is not None:
        tables["gradients"] = gradient_rows(snapshot)
        tables["gradient_shares"] = gradient_share_rows(snapshot)
    if members is None:
        return tables
    own = {name: table[table["member"].isin(members)] for name, table in tables.items()}
    return {name: table.assign(member=table["member"] - members[0]) for name, table in own.items()}


def packed(tables: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, Any]]:
    """Tables as a checkpoint can hold them: a tensor for each column of numbers, text as a list.

    Example:
        >>> packed({"losses": pd.DataFrame({"val_loss": [0.5]})})
        {'losses': {'val_loss': tensor([0.5000], dtype=torch.float64)}}
    """
    return {
        name: {
            str(column): torch.from_numpy(np.array(values))
            if pd.api.types.is_numeric_dtype(values)
            else values.tolist()
            for column, values in table.items()
        }
        for name, table in tables.items()
    }


def unpacked(states: Sequence[Mapping[str, Any]], record: Record) -> pd.DataFrame:
    """One table of several checkpoints, one after the other.

    Arguments:
        states: the checkpoints, in the order of their epochs.
        record: which table.

    Raises:
        InvalidInputError: the training did not keep it.

    Example:
        >>> state = {"recorded": packed({"losses": pd.DataFrame({"val_loss": [0.5]})})}
        >>> unpacked([state, state], "losses")["val_loss"].tolist()
        [0.5, 0.5]
    """
    parts = [state.get(RECORDED, {}).get(record) for state in states]
    if not parts or any(part is None for part in parts):
        raise InvalidInputError(
            f"{record} are read of a training that keeps them",
            received=f"one that keeps {', '.join(kept_in(states)) or 'none of these tables'}",
            fix="Set every_epoch (losses) or gradients (the others) of its EnsembleSpec.",
        )
    frames = [pd.DataFrame({name: np.asarray(of) for name, of in part.items()}) for part in parts]
    return pd.concat(frames, ignore_index=True)


def kept_in(states: Sequence[Mapping[str, Any]]) -> list[Record]:
    """The tables that every one of these checkpoints holds.

    Example:
        >>> kept_in([{"recorded": {"losses": {}}}, {"epoch": 3}])
        []
    """
    return [name for name in get_args(Record) if all(name in of.get(RECORDED, {}) for of in states)]
