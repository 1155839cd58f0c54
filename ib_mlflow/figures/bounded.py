"""The information plane under a curve that nothing can pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.plane import information_plane
from ib_mlflow.figures.style import INK, SMALL, unit_scale

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    from matplotlib.figure import Figure

    from ib_mlflow.trajectory import Trajectory


def bounded_plane(
    planes: Mapping[str, Trajectory], bounds: Mapping[str, npt.ArrayLike], *, unit: str = "nats"
) -> Figure:
    """Draw how layers move through the plane, and the most that any representation can know.

    Reference:
        Shwartz-Ziv & Tishby (2017), arXiv:1703.00810, figure 6; Revisiting the Information Plane,
        figure 16.

    Arguments:
        planes: by title, each of one (estimator, setting).
        bounds: by the same titles places on the bound, (2, k): I(X;T) ascending and I(T;Y), nats.
        unit: "nats" or "bits".

    Returns:
        The figure of `information_plane`, with the bound as a line, and grey above it.

    Raises:
        InvalidInputError: a plane without a bound, or as `information_plane`.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> plane = Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8,
        ...     guides=Guides(2.08, 0.69, 0.65), estimator="known", setting="")
        >>> figure = bounded_plane({"rule": plane}, {"rule": [[0, 0.7, 2.08], [0, 0.6, 0.65]]})
        >>> figure.axes[0].lines[-1].get_label()
        'IB bound'
    """
    if set(planes) != set(bounds):
        raise InvalidInputError(
            "every plane has a bound of its title",
            received=f"{sorted(planes)} and bounds of {sorted(bounds)}",
            fix="Give (2, k) places for each plane.",
        )
    figure, scale = information_plane(planes, unit=unit), unit_scale(unit)
    for axes, title in zip(figure.axes, planes, strict=False):
        i_x, i_y = np.asarray(bounds[title], dtype=np.float64) * scale
        (left, right), (_, top) = axes.get_xlim(), axes.get_ylim()
        places, heights = np.append(i_x, right), np.append(i_y, i_y[-1])
        axes.fill_between(places, heights, top, color=INK, alpha=0.07, linewidth=0, zorder=1)
        axes.fill_between([left, 0], 0, top, color=INK, alpha=0.07, linewidth=0, zorder=1)
        axes.plot(places, heights, color=INK, linewidth=1.2, zorder=2.5, label="IB bound")
        label = axes.annotate("above the IB bound", (0.02, 0.985), xycoords="axes fraction")
        label.set(ha="left", va="top", fontsize=SMALL, color=INK)
    return figure
