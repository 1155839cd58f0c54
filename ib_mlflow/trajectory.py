"""The trajectory: one tidy table of what every layer knew at every measured epoch.

A row is one (member, epoch, layer, estimator, setting). Informations are in nats. Losses and
accuracies belong to (member, epoch) and are repeated on each of its rows, so that every reading
and every figure needs this one table and nothing else. A value that is not finite marks a member
that diverged, or a quantity that was not measured; it is kept, and counted by what reads it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from ib_mlflow.errors import DataError, InvalidInputError
from ib_mlflow.table import COLUMNS, INFORMATIONS, KEYS, LEARNING, Guides, checked, read, write

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import numpy.typing as npt

__all__ = ["COLUMNS", "INFORMATIONS", "KEYS", "LEARNING", "Guides", "Trajectory"]


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What every layer of every member knew at every measured epoch.

    Arguments:
        frame: a row per (member, epoch, layer, estimator, setting) with exactly the columns
            `COLUMNS`, in any order; it is copied, checked and sorted by `KEYS`.
        guides: H(X), H(Y) and I(X;Y) in nats of the measured set.

    Raises:
        InvalidInputError: a column is missing, unknown or of another type, a key is repeated, or
            a value is out of its range.

    Example:
        >>> guides = Guides(h_x=2.08, h_y=0.69, i_xy=0.69)
        >>> falling = Trajectory.from_arrays(
        ...     [[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8, guides=guides,
        ...     estimator="binned", setting="bin_size=0.07")
        >>> falling.frame[["member", "epoch", "layer", "i_x", "i_y"]]
           member  epoch  layer  i_x  i_y
        0       0      0      1  2.0  0.1
        1       0     10      1  1.5  0.6
    """

    frame: pd.DataFrame
    guides: Guides

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame", checked(self.frame))

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
            estimator: name of the estimator, such as "binned".
            setting: what the estimator was set to, such as "bin_size=0.07".
            learning: any of `LEARNING` as arrays of shape (e, t); the others are NaN.

        Returns:
            The trajectory, with standard errors of NaN nats, for they are not known.

        Raises:
            InvalidInputError: the shapes disagree.

        Example:
            >>> guides = Guides(h_x=2.08, h_y=0.69, i_xy=0.69)
            >>> Trajectory.from_arrays(
            ...     [[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8, guides=guides,
            ...     estimator="binned", setting="bin_size=0.07").layers
            (1,)
        """
        x, y = np.asarray(i_x, dtype=np.float64), np.asarray(i_y, dtype=np.float64)
        if x.ndim != 3 or x.shape != y.shape or x.shape[1] != len(epochs):
            raise InvalidInputError(
                "i_x and i_y must both have the shape (members, epochs, layers)",
                received=f"{x.shape}, {y.shape} and {len(epochs)} epochs",
                fix="Add the missing axes, or give every measured epoch.",
            )
        e, t, layers = x.shape
        member, time, layer = (index.ravel() for index in np.indices(x.shape))
        columns: dict[str, object] = {
            "member": member,
            "epoch": np.asarray(epochs)[time],
            "layer": layer + 1,
            "i_x": x.ravel(),
            "i_y": y.ravel(),
        }
        given = {
            name: np.broadcast_to(np.asarray(values, dtype=np.float64)[:, :, None], (e, t, layers))
            for name, values in (learning or {}).items()
        }
        columns |= dict.fromkeys(["i_x_se", "i_y_se", *LEARNING], np.nan)
        columns |= {name: values.ravel() for name, values in given.items()}
        columns |= {"estimator": estimator, "setting": setting, "n": n, "kind": "point"}
        return cls(pd.DataFrame(columns | {"saturated": False, "reliable": True}), guides)

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
            >>> Trajectory.load("trajectory.parquet")  # doctest: +SKIP
        """
        frame, said = read(Path(path))
        try:
            return cls(frame, Guides(**said["guides"]))
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
            >>> guides = Guides(h_x=2.08, h_y=0.69, i_xy=0.69)
            >>> parts = [
            ...     Trajectory.from_arrays([[[2.0]]], [[[0.1]]], epochs=[epoch], n=8,
            ...         guides=guides, estimator="binned", setting="bin_size=0.07")
            ...     for epoch in (0, 10)]
            >>> Trajectory.concat(parts).epochs
            (0, 10)
        """
        joined = list(parts)
        if not joined or any(part.guides != joined[0].guides for part in joined):
            raise InvalidInputError(
                "joined trajectories must be at least one and share their guides",
                received=sorted({str(part.guides) for part in joined}),
                fix="Join only what was measured on the same set.",
            )
        return cls(pd.concat([part.frame for part in joined]), joined[0].guides)

    def save(self, path: str | Path) -> None:
        """Write the table, its unit, its guides and its schema's version as parquet.

        Arguments:
            path: the file to write; it appears whole or not at all.

        Example:
            >>> trajectory.save("trajectory.parquet")  # doctest: +SKIP
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
            The trajectory of those rows.

        Raises:
            InvalidInputError: something asked for is not in the table.

        Example:
            >>> guides = Guides(h_x=2.08, h_y=0.69, i_xy=0.69)
            >>> two = Trajectory.from_arrays([[[2.0, 1.0]]], [[[0.1, 0.1]]], epochs=[0], n=8,
            ...     guides=guides, estimator="binned", setting="bin_size=0.07")
            >>> two.select(layers=[2]).layers
            (2,)
        """
        asked: dict[str, Collection[Any] | None] = {
            "estimator": None if estimator is None else [estimator],
            "setting": None if setting is None else [setting],
            "member": members,
            "layer": layers,
        }
        kept = self.frame
        for column, values in asked.items():
            if values is None:
                continue
            absent = set(values).difference(kept[column])
            if absent or not values:
                raise InvalidInputError(
                    f"every {column} selected must be in the trajectory",
                    received=sorted(absent) or "an empty selection",
                    fix=f"It has {sorted(set(kept[column]))}.",
                )
            kept = kept[kept[column].isin(list(values))]
        return type(self)(kept, self.guides)

    def aggregate(self) -> pd.DataFrame:
        """Summarise the informations over the members.

        Returns:
            A row per (epoch, layer, estimator, setting, quantity) with `mean`, `std` (n − 1; NaN
            for one member, whose spread cannot be known), `q05`, `q95` in nats over the members
            whose value is finite, `members` (all) and `missing` (those not finite).

        Example:
            >>> guides = Guides(h_x=2.08, h_y=0.69, i_xy=0.69)
            >>> Trajectory.from_arrays([[[2.0]], [[1.0]]], [[[0.1]], [[0.1]]], epochs=[0], n=8,
            ...     guides=guides, estimator="binned", setting="bin_size=0.07",
            ... ).aggregate()[["layer", "quantity", "mean", "q05", "members"]]
               layer quantity  mean   q05  members
            0      1      i_x   1.5  1.05        2
            1      1      i_y   0.1  0.10        2
        """
        return _summary(self.frame, KEYS[1:], INFORMATIONS)

    def learning(self) -> pd.DataFrame:
        """Return losses (nats) and accuracies, a row per (member, epoch)."""
        columns = ["member", "epoch"]
        return self.frame.drop_duplicates(columns)[columns + LEARNING].reset_index(drop=True)

    def aggregate_learning(self) -> pd.DataFrame:
        """Summarise losses (nats) and accuracies over the members, as `aggregate` does.

        Returns:
            A row per (epoch, quantity) with the columns of `aggregate`.
        """
        return _summary(self.learning(), ["epoch"], LEARNING)

    @property
    def members(self) -> tuple[int, ...]:
        """The members, ascending."""
        return self._values("member")

    @property
    def epochs(self) -> tuple[int, ...]:
        """The measured epochs, ascending."""
        return self._values("epoch")

    @property
    def layers(self) -> tuple[int, ...]:
        """The layers, ascending."""
        return self._values("layer")

    def _values(self, column: str) -> tuple[int, ...]:
        return tuple(int(value) for value in np.unique(self.frame[column]))


def _summary(frame: pd.DataFrame, keys: list[str], quantities: list[str]) -> pd.DataFrame:
    tall = frame.melt(keys, quantities, var_name="quantity", value_name="value")
    tall["value"] = tall["value"].where(np.isfinite(tall["value"]))
    groups = tall.groupby([*keys, "quantity"], sort=True)["value"]
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
