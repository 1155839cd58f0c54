"""Where layers lie under the curve of the information bottleneck, and what its slope is there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.trajectory.columns import KEYS
from ib_mlflow.trajectory.members import at_layer

if TYPE_CHECKING:
    import pandas as pd

    from ib_mlflow.information import IBCurve
    from ib_mlflow.trajectory import Trajectory
    from ib_mlflow.trajectory.members import Numbers


@dataclass(frozen=True, eq=False)
class BoundedPlane:
    """A plane, and the curve of the information bottleneck of the same p(x, y).

    Arguments:
        plane: by an estimator that is exact, such as `ib_mlflow.information.KnownLabels`.
        curve: of the p(x, y) that the estimator knows.

    Example:
        >>> from ib_mlflow.information import ib_curve
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> plane = Trajectory.from_arrays([[[0.5, 0.2]]], [[[0.2, 0.1]]], epochs=[0], n=2,
        ...     guides=Guides(0.69, 0.69, 0.37), estimator="known", setting="")
        >>> bounded = BoundedPlane(plane, ib_curve([[0.45, 0.05], [0.05, 0.45]]))
        >>> bounded.at("distance", epoch=0, layer=1).round(2)
        array([0.09])
    """

    plane: Trajectory
    curve: IBCurve

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row of each of the plane's; NaN of members that diverged.

        Returns:
            The columns of `KEYS`, and in nats `distance` by which I(T;Y) lies below the bound at
            I(X;T), `excess` by which it lies above what nothing can pass, `spare` by which I(X;T)
            is more than the least for that I(T;Y); and the tradeoffs that the bound's slope gives:
            `tradeoff` at I(X;T), infinite beyond the last point of the curve, and
            `tradeoff_across` at the least I(X;T) for that I(T;Y).
        """
        frame = self.plane.frame
        table = frame[KEYS].copy()
        # Exact informations may be below 0, or above I(X;Y), by rounding alone.
        i_x = frame["i_x"].to_numpy(dtype=np.float64).clip(0)
        i_y = frame["i_y"].to_numpy(dtype=np.float64)
        sound = np.isfinite(i_x) & np.isfinite(i_y)
        for name in ("distance", "excess", "spare", "tradeoff", "tradeoff_across"):
            table[name] = np.nan
        least = self.curve.least_i_x(i_y[sound].clip(0, self.curve.information))
        table.loc[sound, "distance"] = self.curve.distance(i_x[sound], i_y[sound])
        table.loc[sound, "excess"] = i_y[sound] - self.curve.ceiling(i_x[sound])
        table.loc[sound, "spare"] = i_x[sound] - least
        table.loc[sound, "tradeoff"] = self._tradeoffs(i_x[sound])
        table.loc[sound, "tradeoff_across"] = self._tradeoffs(least)
        return table

    def at(self, column: str, *, epoch: int, layer: int) -> Numbers:
        """One column of the table at one measured epoch and layer: (e,), ordered by member."""
        return at_layer(self.table[self.table["epoch"] == epoch], column, layer)

    def at_end(self, column: str, layer: int) -> Numbers:
        """One column of the table at the last epoch and one layer: (e,), ordered by member."""
        return self.at(column, epoch=self.plane.epochs[-1], layer=layer)

    def _tradeoffs(self, i_x: Numbers) -> Numbers:
        last = float(self.curve.i_x.max())
        return np.where(i_x > last, np.inf, self.curve.tradeoff_at(np.minimum(i_x, last)))
