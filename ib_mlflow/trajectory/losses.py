"""The validation loss of every epoch of training, also of those that were not measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from ib_mlflow.errors import DataError, InvalidInputError
from ib_mlflow.trajectory.columns import COLUMNS
from ib_mlflow.trajectory.parquet import read, write
from ib_mlflow.trajectory.rules import typed_column

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import numpy.typing as npt

_KEYS = ["member", "epoch"]
_SCORES = {"val_loss": (-1e-6, np.inf), "val_accuracy": (0.0, 1.0)}


@dataclass(frozen=True, eq=False)
class LossCurves:
    """The validation loss and accuracy of every member after every epoch, none left out.

    A piece of a training's curves begins at any epoch; `concat` puts the pieces together.

    Arguments:
        frame: a row per (member, epoch) with `member`, `epoch`, `val_loss` in nats and
            `val_accuracy`, in any order; NaN for a member that has diverged. It is copied, checked
            and sorted.

    Raises:
        InvalidInputError: no row, other columns, a value out of its range, or an epoch that a
            member lacks or has twice.

    Example:
        >>> LossCurves.from_arrays([[0.7, 0.5, 0.6]], first=0).frame
           member  epoch  val_loss  val_accuracy
        0       0      0       0.7           NaN
        1       0      1       0.5           NaN
        2       0      2       0.6           NaN
    """

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame", _valid(self.frame))

    @classmethod
    def from_arrays(
        cls, val_loss: npt.ArrayLike, val_accuracy: npt.ArrayLike | None = None, *, first: int
    ) -> Self:
        """Lay out curves as rows.

        Arguments:
            val_loss: (e, t) nats, of consecutive epochs.
            val_accuracy: (e, t); None where it is not known.
            first: the first of these epochs; 0 is before training.

        Returns:
            The curves.

        Raises:
            InvalidInputError: the shapes disagree, or a value breaks the rules of `LossCurves`.

        Example:
            >>> LossCurves.from_arrays([[0.7, 0.5], [0.6, 0.4]], first=10).epochs
            (10, 11)
        """
        losses = np.asarray(val_loss, dtype=np.float64)
        unknown = np.full(losses.shape, np.nan)
        accuracies = unknown if val_accuracy is None else np.asarray(val_accuracy, np.float64)
        if losses.ndim != 2 or losses.shape != accuracies.shape:
            raise InvalidInputError(
                "val_loss and val_accuracy must both have the shape (members, epochs)",
                received=f"{losses.shape} and {accuracies.shape}",
                fix="Give a number for each member and epoch.",
            )
        member, time = (index.ravel() for index in np.indices(losses.shape))
        table = pd.DataFrame({"member": member, "epoch": time + first})
        return cls(table.assign(val_loss=losses.ravel(), val_accuracy=accuracies.ravel()))

    @classmethod
    def concat(cls, parts: Iterable[LossCurves]) -> Self:
        """Join the curves of one stretch of training after another.

        Arguments:
            parts: curves of the same members, whose epochs follow each other; in any order.

        Returns:
            The curves of all epochs.

        Raises:
            InvalidInputError: no part, or an epoch that is in none or in two.

        Example:
            >>> parts = [LossCurves.from_arrays([[0.7, 0.5]], first=first) for first in (0, 2)]
            >>> LossCurves.concat(parts).epochs
            (0, 1, 2, 3)
        """
        frames = [part.frame for part in parts]
        return cls(pd.concat(frames) if frames else pd.DataFrame(columns=[*_KEYS, *_SCORES]))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read the curves that `save` wrote.

        Arguments:
            path: the parquet file.

        Returns:
            The same curves bit for bit.

        Raises:
            DataError: the file is missing, truncated, foreign, or breaks a rule of the curves.

        Example:
            >>> LossCurves.load("absent.parquet")
            Traceback (most recent call last):
            ib_mlflow.errors.DataError: a trajectory must be a readable parquet file; ...
        """
        frame, _ = read(Path(path))
        try:
            return cls(frame)
        except InvalidInputError as error:
            raise DataError(
                "a file of loss curves must hold what LossCurves.save wrote",
                received=f"{path}: {error}",
                fix="Give the losses.parquet of a run of this package.",
            ) from error

    def save(self, path: str | Path) -> None:
        """Write the curves as parquet; the file appears whole or not at all.

        Arguments:
            path: the file to write.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     LossCurves.from_arrays([[0.7]], first=0).save(f"{folder}/losses.parquet")
            ...     LossCurves.load(f"{folder}/losses.parquet").epochs
            (0,)
        """
        write(self.frame, Path(path), metadata={})

    def select(self, *, members: Collection[int]) -> Self:
        """Keep the curves of these members.

        Raises:
            InvalidInputError: a member is not there, or none is selected.

        Example:
            >>> LossCurves.from_arrays([[0.7], [0.6]], first=0).select(members=[1]).members
            (1,)
        """
        absent = set(members).difference(self.members)
        if absent or not members:
            raise InvalidInputError(
                "every member selected must be in the loss curves",
                received=sorted(absent) or "an empty selection",
                fix=f"They have {list(self.members)}.",
            )
        return type(self)(self.frame[self.frame["member"].isin(list(members))])

    def renumbered(self, members: Collection[int]) -> Self:
        """Keep the curves of these members, and number them from 0 in their order.

        Raises:
            InvalidInputError: a member is not there, or none is kept.

        Example:
            >>> LossCurves.from_arrays([[0.7], [0.6]], first=0).renumbered([1]).frame
               member  epoch  val_loss  val_accuracy
            0       0      0       0.6           NaN
        """
        number = {member: place for place, member in enumerate(members)}
        own = self.select(members=members).frame
        return type(self)(own.assign(member=own["member"].map(number)))

    @property
    def members(self) -> tuple[int, ...]:
        """The members, ascending."""
        return tuple(np.unique(self.frame["member"]).tolist())

    @property
    def epochs(self) -> tuple[int, ...]:
        """The epochs, ascending and consecutive."""
        return tuple(np.unique(self.frame["epoch"]).tolist())


def _valid(frame: pd.DataFrame) -> pd.DataFrame:
    names = [*_KEYS, *_SCORES]
    if sorted(frame.columns) != sorted(names) or frame.empty:
        raise InvalidInputError(
            f"loss curves have the columns {', '.join(names)} and at least one row",
            received=f"{len(frame)} rows of {', '.join(map(str, frame.columns)) or 'nothing'}",
            fix="Take them from train(..., every_epoch=True), or LossCurves.from_arrays.",
        )
    table = pd.DataFrame({name: typed_column(frame[name], COLUMNS[name]) for name in names})
    for name, (low, high) in {"member": (0, np.inf), "epoch": (0, np.inf), **_SCORES}.items():
        outside = table[name][~(table[name].between(low, high) | table[name].isna())]
        if len(outside):
            raise InvalidInputError(
                f"{name} must lie between {low:g} and {high:g}",
                received=f"{outside.iloc[0]} in {len(outside)} rows",
                fix="Write NaN for a value that is not known.",
            )
    epochs, members = np.unique(table["epoch"]), np.unique(table["member"])
    whole = len(table) == epochs.size * members.size and not table.duplicated(_KEYS).any()
    if not whole or np.any(np.diff(epochs) != 1):
        lacking = np.setdiff1d(np.arange(epochs[0], epochs[-1]), epochs)
        raise InvalidInputError(
            "loss curves hold every epoch of every member once, none left out",
            received=f"no epoch {lacking[0]}" if lacking.size else "other epochs by member",
            fix="Join all parts; to read stopping from measured epochs, give the Trajectory.",
        )
    return table.sort_values(_KEYS, ignore_index=True)
