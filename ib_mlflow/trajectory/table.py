"""The trajectory: one tidy table of what every layer knew at every measured epoch.

Losses and accuracies belong to (member, epoch) and are repeated on each of its rows. A value that
is not finite marks a member that diverged, or what was not measured; readings count it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from ib_mlflow.errors import DataError, InvalidInputError
from ib_mlflow.trajectory.aggregates import over_members
from ib_mlflow.trajectory.arrays import tidy
from ib_mlflow.trajectory.columns import INFORMATIONS, KEYS, Guides, common_guides
from ib_mlflow.trajectory.parquet import read, write
from ib_mlflow.trajectory.parts import rows_where, rows_with, stretches
from ib_mlflow.trajectory.rules import valid_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What every layer of every member knew at every measured epoch.

    Arguments:
        frame: a row per (member, epoch, layer, estimator, setting) with the columns `COLUMNS` and
            any of `DIAGNOSTICS`, in any order; it is copied, checked and sorted by `KEYS`.
        guides: H(X), H(Y) and I(X;Y) in nats of the measured set.

    Raises:
        InvalidInputError: a column, a key or a value breaks the rules of `valid_table`.

    Example:
        >>> falling = Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10],
        ...     n=8, guides=Guides(2.08, 0.69, 0.69), estimator="exact", setting="")
        >>> falling.frame[["member", "epoch", "layer", "i_x", "i_y"]]
           member  epoch  layer  i_x  i_y
        0       0      0      1  2.0  0.1
        1       0     10      1  1.5  0.6
    """

    frame: pd.DataFrame
    guides: Guides

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame", valid_table(self.frame))

    @classmethod
    def from_arrays(
        cls,
        i_x: npt.ArrayLike,
        i_y: npt.ArrayLike,
        *,
        epochs: Sequence[int],
        n: int,
        guides: Guides,
        estimator: str,
        setting: str,
        learning: Mapping[str, npt.ArrayLike] | None = None,
    ) -> Self:
        """Make a trajectory of informations that were measured elsewhere.

        Arguments:
            i_x: I(X;T) in nats, shape (e, t, l): member, measured epoch, layer from 1.
            i_y: I(T;Y) in nats, of the same shape.
            epochs: the t measured epochs.
            n: samples that each value was measured on.
            guides: H(X), H(Y) and I(X;Y) in nats of those samples.
            estimator: name of the estimator.
            setting: what it was set to, such as "bin_size=0.07".
            learning: any of `LEARNING` as arrays of shape (e, t); the others are NaN.

        Returns:
            The trajectory, with standard errors of NaN nats, for they are not known.

        Raises:
            InvalidInputError: the shapes disagree, or `learning` has another name.

        Example:
            >>> Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8,
            ...     guides=Guides(2.08, 0.69, 0.69), estimator="exact", setting="").epochs
            (0, 10)
        """
        rows = tidy(i_x, i_y, epochs=epochs, learning=learning or {})
        rows = rows.assign(estimator=estimator, setting=setting, n=n)
        return cls(rows, guides)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a trajectory that `save` wrote.

        Arguments:
            path: the parquet file.

        Returns:
            The same trajectory bit for bit, in nats.

        Raises:
            DataError: the file is missing, truncated, foreign, or breaks a rule of the table.

        Example:
            >>> Trajectory.load("absent.parquet")
            Traceback (most recent call last):
            ib_mlflow.errors.DataError: a trajectory must be a readable parquet file; ...
        """
        frame, metadata = read(Path(path))
        try:
            return cls(frame, Guides(**metadata["guides"]))
        except (InvalidInputError, KeyError, TypeError, ValueError) as error:
            raise DataError(
                "a trajectory's file must hold a valid table and its guides",
                received=f"{path}: {error}",
                fix="Give the trajectory.parquet that a run of this package wrote.",
            ) from error

    @classmethod
    def concat(cls, parts: Iterable[Trajectory]) -> Self:
        """Join trajectories of the same measured set.

        Arguments:
            parts: trajectories with equal guides and no key in common.

        Returns:
            One trajectory of all rows.

        Raises:
            InvalidInputError: no part, different guides, or a key that is in two parts.

        Example:
            >>> common = {"n": 8, "guides": Guides(2.08, 0.69, 0.69), "estimator": "exact"}
            >>> Trajectory.concat(
            ...     Trajectory.from_arrays([[[2.0]]], [[[0.1]]], epochs=[t], setting="", **common)
            ...     for t in (0, 10)).epochs
            (0, 10)
        """
        joined = list(parts)
        guides = common_guides([part.guides for part in joined])
        return cls(pd.concat([part.frame for part in joined]), guides)

    def save(self, path: str | Path) -> None:
        """Write the table, its unit, its guides and its schema's version as parquet.

        Arguments:
            path: the file to write; it appears whole or not at all.

        Example:
            >>> import tempfile
            >>> curve = Trajectory.from_arrays([[[2.0]]], [[[0.1]]], epochs=[0], n=8, setting="",
            ...     guides=Guides(h_x=2.08, h_y=0.69, i_xy=0.69), estimator="exact")
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     curve.save(f"{folder}/trajectory.parquet")
            ...     Trajectory.load(f"{folder}/trajectory.parquet").guides
            Guides(h_x=2.08, h_y=0.69, i_xy=0.69)
        """
        write(self.frame, Path(path), metadata={"guides": asdict(self.guides)})

    def select(
        self,
        *,
        estimator: str | None = None,
        setting: str | None = None,
        members: Collection[int] | None = None,
        layers: Collection[int] | None = None,
    ) -> Self:
        """Keep the rows that match all that is given.

        Arguments:
            estimator: name of one estimator.
            setting: one setting of it.
            members: the members to keep.
            layers: the layers to keep.

        Returns:
            The trajectory of those rows, in nats.

        Raises:
            InvalidInputError: something asked for is not in the table.

        Example:
            >>> two = Trajectory.from_arrays([[[2.0, 1.0]]], [[[0.1, 0.1]]], epochs=[0], n=8,
            ...     guides=Guides(2.08, 0.69, 0.69), estimator="exact", setting="")
            >>> two.select(layers=[2]).layers
            (2,)
        """
        selection: dict[str, Collection[Any] | None] = {
            "estimator": None if estimator is None else [estimator],
            "setting": None if setting is None else [setting],
            "member": members,
            "layer": layers,
        }
        return self.where(rows_with(self.frame, selection))

    def where(self, kept: npt.NDArray[np.bool_]) -> Self:
        """Keep rows, (n,) whether each is kept; `InvalidInputError` if none is."""
        whole = bool(kept.all())
        return self if whole else self._of_valid(rows_where(self.frame, kept), self.guides)

    def split(self, sizes: Sequence[int]) -> list[Self]:
        """Part the members, in their order, into so many each; they are numbered from 0 in each."""
        return [self._of_valid(part, self.guides) for part in stretches(self.frame, sizes)]

    @classmethod
    def _of_valid(cls, frame: pd.DataFrame, guides: Guides) -> Self:
        """Of a table that keeps the rules as it stands."""
        trajectory = object.__new__(cls)
        trajectory.__dict__.update(frame=frame, guides=guides)
        return trajectory

    def aggregate(self) -> pd.DataFrame:
        """Summarise the informations over the members.

        Returns:
            A row per (epoch, layer, estimator, setting, quantity) with the columns of
            `over_members`; nats.

        Example:
            >>> two = Trajectory.from_arrays([[[2.0]], [[1.0]]], [[[0.1]], [[0.1]]], epochs=[0],
            ...     n=8, guides=Guides(2.08, 0.69, 0.69), estimator="exact", setting="")
            >>> two.aggregate()[["layer", "quantity", "mean", "q05", "members"]]
               layer quantity  mean   q05  members
            0      1      i_x   1.5  1.05        2
            1      1      i_y   0.1  0.10        2
        """
        return over_members(self.frame, by=KEYS[1:], quantities=INFORMATIONS)

    @property
    def members(self) -> tuple[int, ...]:
        """The members, ascending."""
        return tuple(np.unique(self.frame["member"]).tolist())

    @property
    def epochs(self) -> tuple[int, ...]:
        """The measured epochs, ascending."""
        return tuple(np.unique(self.frame["epoch"]).tolist())

    @property
    def layers(self) -> tuple[int, ...]:
        """The layers, ascending."""
        return tuple(np.unique(self.frame["layer"]).tolist())
