"""Networks as dots: what one number of each has to do with another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import MARKERS, grid, legend_beside
from ib_mlflow.figures.style import INK, dress, layer_colours

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def relations(
    table: pd.DataFrame,
    *,
    across: Mapping[str, str],
    up: Mapping[str, str],
    logarithmic: tuple[str, ...] = (),
    alike: float | None = None,
) -> Figure:
    """Draw numbers of networks against each other, a panel for each two.

    Arguments:
        table: a row per network: `group`, in whose order they are named, and the columns drawn.
        across: by column the label of a horizontal axis, with its unit; a column of panels each.
        up: by column the label of a vertical axis; a row of panels each.
        logarithmic: columns on a logarithmic scale.
        alike: a factor of at least 1: a line where both numbers are equal, and a band where they
            are within it.

    Returns:
        The figure: a dot per network, faint, and the mean of each group; a colour per group.
        Networks without one of the numbers (NaN) are left out.

    Raises:
        InvalidInputError: no network, or a column is missing.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"group": ["5 %", "85 %"], "n": [204, 3481], "i_y": [0.3, 0.6]})
        >>> figure = relations(table, across={"n": "samples"}, up={"i_y": "I(T;Y) [nats]"})
        >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
        ('samples', 'I(T;Y) [nats]')
    """
    missing = {"group", *across, *up}.difference(table.columns)
    if missing or table.empty:
        raise InvalidInputError(
            "a table of networks has a group and the columns that are drawn",
            received=f"one without {sorted(missing)}" if missing else "no row",
            fix="Give a row for each network.",
        )
    groups = [str(group) for group in dict.fromkeys(table["group"])]
    right = 0.6 + 0.075 * max(map(len, groups))
    figure, rows = grid(len(up), len(across), height=2.2, right=right, gap=0.35)
    colours = layer_colours(range(len(groups)))
    for row, (y, y_label) in zip(rows, up.items(), strict=True):
        for axes, (x, x_label) in zip(row, across.items(), strict=True):
            first, below = axes is row[0], row is rows[-1]
            dress(axes, x=x_label if below else "", y=y_label if first else "")
            axes.tick_params(labelleft=first, labelbottom=below)
            if x in logarithmic:
                _rescale(axes, "x", table[x])
            else:
                axes.xaxis.set_major_locator(MaxNLocator(6))
            if y in logarithmic:
                _rescale(axes, "y", table[y])
            for number, group in enumerate(groups):
                own = table[table["group"] == group]
                points = own[[x, y]].to_numpy(dtype=np.float64)
                points = points[np.isfinite(points).all(axis=1)]
                if not len(points):
                    continue
                mark = MARKERS[number % len(MARKERS)]
                axes.plot(*points.T, mark, ms=3.5, mec="none", mfc=colours[number], alpha=0.35)
                mean = points.mean(axis=0)
                axes.plot(*mean, mark, ms=7, mfc=colours[number], mec="white", ls="", label=group)
        low = min(axes.get_ylim()[0] for axes in row)
        high = max(axes.get_ylim()[1] for axes in row)
        for axes in row:
            axes.set_ylim(low, high)
    for column in zip(*rows, strict=True):  # rows may lack other networks
        low = min(axes.get_xlim()[0] for axes in column)
        high = max(axes.get_xlim()[1] for axes in column)
        for axes in column:
            axes.set_xlim(low, high)
    if alike is not None:
        for axes in (axes for row in rows for axes in row):
            _draw_band(axes, alike)
    if rows[0][-1].get_legend_handles_labels()[0]:
        legend_beside(rows[0][-1])
    return figure


def _rescale(axes: Axes, which: Literal["x", "y"], values: pd.Series[float]) -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    axes.set(**{f"{which}scale": "log"})
    shown = values[np.isfinite(values) & (values > 0)]
    wide = len(shown) > 0 and shown.max() > 100 * shown.min()
    axis.set_major_locator(LogLocator(subs=(1,) if wide else (1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}" if x >= 1 else f"{x:g}"))
    axis.set_minor_formatter(NullFormatter())


def _draw_band(axes: Axes, factor: float) -> None:
    """Where both numbers are equal, without moving the limits."""
    x_limits, y_limits = axes.get_xlim(), axes.get_ylim()
    ends = np.array([min(x_limits[0], y_limits[0]), max(x_limits[1], y_limits[1])])
    axes.fill_between(ends, ends / factor, ends * factor, color=INK, alpha=0.12, lw=0, zorder=0)
    axes.plot(ends, ends, color=INK, lw=0.8, alpha=0.6, zorder=0)
    axes.set(xlim=x_limits, ylim=y_limits)
