"""What stands in which panel of an information plane, as arrays in the unit that is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.style import unit_scale
from ib_mlflow.figures.ways import measured
from ib_mlflow.trajectory import INFORMATIONS, Guides, Trajectory

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]

Planes = Trajectory | Mapping[str, Trajectory]


@dataclass(frozen=True, eq=False)
class Panel:
    """One panel: the plane of one trajectory under one estimator and setting.

    Arguments:
        title: what distinguishes it.
        way: the estimator and its setting.
        guides: H(X), H(Y) and I(X;Y) in the unit shown.
        epochs: the t measured epochs.
        layers: the l layers.
        members: the e members.
        points: I(X;T) and I(T;Y) of every member in the unit shown, shape (2, e, t, l); NaN where
            a member has no value.
        mean: over the members with a value, shape (2, t, l).
        low: their 5 % quantile, of the same shape.
        high: their 95 % quantile, of the same shape.
    """

    title: str
    way: tuple[str, str]
    guides: Guides
    epochs: tuple[int, ...]
    layers: tuple[int, ...]
    members: tuple[int, ...]
    points: Array
    mean: Array
    low: Array
    high: Array

    @property
    def binned(self) -> bool:
        """Whether T is what falls into bins, so that I(X;T) is H(Bin T)."""
        return self.way[0] == "binned"

    @property
    def diverged(self) -> int:
        """The number of members without a value at their last epoch."""
        return int(np.isnan(self.points[:, :, -1]).any(axis=(0, 2)).sum())

    @property
    def caption(self) -> str:
        """How many members stand behind the panel."""
        count = len(self.members)
        members = f"{count} member" + ("s" if count > 1 else "")
        return f"{members}, {self.diverged} diverged" if self.diverged else members


def panels(planes: Planes, *, unit: str) -> list[Panel]:
    """Arrange trajectories in panels.

    Arguments:
        planes: one trajectory, whose every (estimator, setting) becomes a panel, or a trajectory
            of one (estimator, setting) per title.
        unit: "nats" or "bits".

    Returns:
        The panels, in the order given.

    Raises:
        InvalidInputError: another unit, nothing to show, or a titled trajectory of several
            estimators or settings.

    Example:
        >>> sweep = Trajectory.from_arrays([[[2.0]]], [[[0.1]]], epochs=[0], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> [panel.title for panel in panels(sweep, unit="nats")]
        ['binned, bin size 0.07']
    """
    scale = unit_scale(unit)
    if isinstance(planes, Trajectory):
        return [
            _panel(measured(str(estimator), str(setting)), rows, planes.guides, scale)
            for (estimator, setting), rows in planes.frame.groupby(["estimator", "setting"])
        ]
    for title, trajectory in planes.items():
        settings = trajectory.frame[["estimator", "setting"]].drop_duplicates()
        if len(settings) != 1:
            raise InvalidInputError(
                "a panel shows one estimator and setting",
                received=f"{len(settings)} of them under the title {title!r}",
                fix="Choose one with Trajectory.select.",
            )
    if not planes:
        raise InvalidInputError(
            "a figure has at least one panel", received="none", fix="Give a trajectory."
        )
    return [_panel(title, each.frame, each.guides, scale) for title, each in planes.items()]


def axis_names(shown: Sequence[Panel]) -> tuple[str, str]:
    """Name the two informations that all panels of a figure show.

    Arguments:
        shown: the panels.

    Example:
        >>> sweep = Trajectory.from_arrays([[[2.0]]], [[[0.1]]], epochs=[0], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> axis_names(panels(sweep, unit="nats"))
        ('I(X; Bin T)', 'I(Bin T; Y)')
    """
    binned = all(panel.binned for panel in shown)
    return ("I(X; Bin T)", "I(Bin T; Y)") if binned else ("I(X;T)", "I(T;Y)")


def limits(shown: Sequence[Panel]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Find the limits that all panels of a figure share.

    Arguments:
        shown: the panels.

    Returns:
        (left, right) and (bottom, top): from 0, or the lowest value where one is negative, to the
        highest value or guide, each with a margin.

    Example:
        >>> sweep = Trajectory.from_arrays([[[2.0]]], [[[0.1]]], epochs=[0], n=8,
        ...     guides=Guides(2.0, 1.0, 1.0), estimator="exact", setting="")
        >>> limits(panels(sweep, unit="nats"))
        ((-0.06, 2.08), (-0.05, 1.1))
    """
    x, y = (np.concatenate([panel.points[axis].ravel() for panel in shown]) for axis in (0, 1))
    return guide_limits([panel.guides for panel in shown], x=x, y=y)


def guide_limits(
    guides: Sequence[Guides], *, x: npt.ArrayLike = 0.0, y: npt.ArrayLike = 0.0
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Find limits that hold 0, the guides and the given values.

    Arguments:
        guides: the entropies of each panel, in the unit shown.
        x: values of I(X;T), any shape.
        y: values of I(T;Y), any shape.

    Returns:
        (left, right) and (bottom, top), each with a margin.

    Example:
        >>> guide_limits([Guides(2.0, 1.0, 1.0)])
        ((-0.06, 2.08), (-0.05, 1.1))
    """
    ranges = []
    for values, bound, below, above in (
        (x, [each.h_x for each in guides], 0.03, 0.04),
        (y, [max(each.h_y, each.i_xy) for each in guides], 0.05, 0.10),
    ):
        together = np.append(np.ravel(values), [0.0, *bound])
        low, high = float(np.nanmin(together)), float(np.nanmax(together))
        room = (high - low) or 1.0
        ranges.append((low - below * room, high + above * room))
    return ranges[0], ranges[1]


def as_array(rows: pd.DataFrame) -> Array:
    """Lay out the rows of one estimator and setting as an array.

    Arguments:
        rows: of a trajectory's frame.

    Returns:
        I(X;T) and I(T;Y) in nats, shape (2, e, t, l) over the members, epochs and layers that
        are in the rows, ascending; NaN where a row is absent.

    Example:
        >>> two = Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="exact", setting="")
        >>> as_array(two.frame).shape
        (2, 1, 2, 1)
    """
    members, epochs, layers = (
        np.unique(rows[key].to_numpy(), return_inverse=True) for key in ("member", "epoch", "layer")
    )
    points = np.full((2, members[0].size, epochs[0].size, layers[0].size), np.nan)
    points[:, members[1], epochs[1], layers[1]] = rows[INFORMATIONS].to_numpy().T
    return points


def _panel(title: str, rows: pd.DataFrame, guides: Guides, scale: float) -> Panel:
    trajectory = Trajectory(rows, guides)
    members, epochs, layers = trajectory.members, trajectory.epochs, trajectory.layers
    points = as_array(trajectory.frame) * scale
    together = trajectory.aggregate()
    summary = {name: np.full((2, len(epochs), len(layers)), np.nan) for name in _SHOWN}
    place = (
        together["quantity"].map(INFORMATIONS.index).to_numpy(),
        np.searchsorted(epochs, together["epoch"]),
        np.searchsorted(layers, together["layer"]),
    )
    for name, column in _SHOWN.items():
        summary[name][place] = together[column] * scale
    way = (str(rows["estimator"].iloc[0]), str(rows["setting"].iloc[0]))
    return Panel(title, way, guides.scaled(scale), epochs, layers, members, points, **summary)


_SHOWN = {"mean": "mean", "low": "q05", "high": "q95"}
