"""Layers on the plane of two bounds, of which the constant of one is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import grid, legend_beside
from ib_mlflow.figures.epochs import epoch_fraction
from ib_mlflow.figures.style import (
    INK,
    SMALL,
    dress,
    layer_colours,
    shades,
    unit_scale,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from matplotlib.figure import Figure


def bound_paths(
    paths: Mapping[str, npt.ArrayLike],
    *,
    epochs: Sequence[int],
    labels: tuple[str, str],
    unit: str = "nats",
) -> Figure:
    """Draw how layers move on the plane of two bounds, from light (early) to full (late).

    Reference:
        "What Information Does a ResNet Compress" (2018), figure 2.

    Arguments:
        paths: by layer (t, 2, 3) nats: of the two bounds at each epoch the value, and the low and
            high end of its interval; NaN where that is not known.
        epochs: the t epochs, of which the first and the last are named.
        labels: of both axes, without their unit.
        unit: "nats" or "bits".

    Returns:
        The figure, with intervals of both bounds.

    Raises:
        InvalidInputError: nothing to draw, a path without a point for each epoch, or another unit.

    Example:
        >>> early = [[-60.0, -62.0, -58.0], [0.5, 0.4, 0.6]]
        >>> late = [[-50.0, -51.0, -49.0], [1.5, 1.4, 1.6]]
        >>> figure = bound_paths({"h3": [early, late]}, epochs=[0, 10],
        ...                      labels=("bound of x", "bound of y"))
        >>> figure.axes[0].get_xlabel()
        'bound of x [nats]'
    """
    scale = unit_scale(unit)
    points = {name: scale * np.asarray(path, np.float64) for name, path in paths.items()}
    shapes = {path.shape for path in points.values()}
    if shapes != {(len(epochs), 2, 3)}:
        raise InvalidInputError(
            "each path must have two bounds with intervals for each epoch, and there must be one",
            received=f"shapes {sorted(shapes)} for {len(epochs)} epochs",
            fix="Give an array (t, 2, 3) for each layer.",
        )
    figure, ((axes,),) = grid(1, 1, height=3.6, right=1.0)
    dress(axes, x=f"{labels[0]} [{unit}]", y=f"{labels[1]} [{unit}]")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5))
    colours = layer_colours(range(len(points)))
    fractions = epoch_fraction(list(epochs), last=epochs[-1])
    for number, (name, bounds) in enumerate(points.items()):
        colour, path = colours[number], bounds[..., 0]
        below, above = path - bounds[..., 1], bounds[..., 2] - path
        xerr, yerr = np.stack([below, above]).transpose(2, 0, 1)
        x, y = path.T
        axes.errorbar(x, y, yerr, xerr, fmt="none", ecolor=colour, elinewidth=0.8, alpha=0.6)
        axes.plot(x, y, color=colour, linewidth=1.2, alpha=0.5, zorder=1)
        axes.scatter(x, y, s=26, c=shades(colour, fractions), zorder=2)
        axes.plot([], [], "o-", color=colour, markersize=5, label=name)
        for place in (0, -1):
            axes.annotate(
                str(epochs[place]),
                path[place],
                xytext=(4, 4),
                textcoords="offset points",
                ha="left",
                fontsize=SMALL,
                color=INK,
            )
    axes.margins(0.12)
    legend_beside(axes)
    return figure
