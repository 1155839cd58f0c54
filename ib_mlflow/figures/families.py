"""Families of curves with bands over members, a panel for each setting."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import draw_band, grid, legend_beside
from ib_mlflow.figures.style import dress, epoch_axis, layer_colours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from matplotlib.figure import Figure

_COLUMNS = 4


def family_panels(
    x: Sequence[int],
    panels: Mapping[str, Mapping[str, npt.ArrayLike]],
    *,
    label: str,
    x_label: str = "epoch (log scale)",
) -> Figure:
    """Draw families of curves of members over epochs or updates, a panel for each setting.

    Arguments:
        x: (t,) ascending whole numbers from 0, on the logarithmic scale.
        panels: by title the curves (e, t), by name; NaN for a member without a value.
        label: what is drawn, with its unit.
        x_label: what x is.

    Returns:
        The figure: means and bands from the 5 % to the 95 % quantile over members, on axes that
        all panels share.

    Raises:
        InvalidInputError: no panel, or a curve without a value for each x.

    Example:
        >>> figure = family_panels([0, 9], {"a": {"loss": [[1.0, 0.2]]}}, label="loss [nats]")
        >>> figure.axes[0].get_ylabel()
        'loss [nats]'
    """
    arrays = {
        title: {name: np.asarray(curves, np.float64) for name, curves in family.items()}
        for title, family in panels.items()
    }
    shapes = [curves.shape for family in arrays.values() for curves in family.values()]
    if not shapes or any(len(shape) != 2 or shape[1] != len(x) for shape in shapes):
        raise InvalidInputError(
            "each panel must have curves (e, t) with a value for each of the t x",
            received=f"shapes {sorted(set(shapes))} for {len(x)} x",
            fix="Give one array for each name.",
        )
    names = list(dict.fromkeys(name for family in arrays.values() for name in family))
    colours = layer_colours(range(len(names)))
    rows = ceil(len(arrays) / _COLUMNS)
    columns = ceil(len(arrays) / rows)
    figure, table = grid(rows, columns, width=2.6, height=2.1, right=1.6, gap=0.3)
    every = [axes for row in table for axes in row]
    every[0].yaxis.set_major_locator(MaxNLocator(5))
    for index, (axes, (title, family)) in enumerate(zip(every, arrays.items(), strict=False)):
        first, below = index % columns == 0, index + columns >= len(arrays)
        if index:
            axes.sharey(every[0])
        dress(axes, title=title, y=label if first else "")
        epoch_axis(axes, last=x[-1], label=x_label if below else "")
        axes.tick_params(labelleft=first, labelbottom=below)
        for number, name in enumerate(names):
            if name in family:
                curve = _band(family[name])
                draw_band(axes, list(x), curve, colour=colours[number], label=name)
    for axes in every[len(arrays) :]:
        axes.remove()
    last = every[columns - 1]
    shown = list(arrays.values())[min(columns, len(arrays)) - 1]
    for number, name in enumerate(names):
        if name not in shown:
            # The legend is of all panels.
            last.plot([], [], color=colours[number], linewidth=1.8, label=name)
    legend_beside(last)
    return figure


def _band(curves: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """Mean, 5 % and 95 % quantile over the members with a value; NaN where there is none."""
    band = np.full((3, curves.shape[1]), np.nan)
    there = np.isfinite(curves).any(axis=0)
    known = np.where(np.isfinite(curves), curves, np.nan)[:, there]
    band[0, there] = np.nanmean(known, axis=0)
    band[1:, there] = np.nanquantile(known, [0.05, 0.95], axis=0)
    return list(band)
