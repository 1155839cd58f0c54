"""Positive numbers of networks layer by layer, of any size, infinite ones counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import grid
from ib_mlflow.figures.style import INK, QUIET, SMALL, dress, layer_colours

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def layer_dots(table: pd.DataFrame, *, up: Mapping[str, str]) -> Figure:
    """Draw positive numbers of networks by layer on logarithmic axes.

    Arguments:
        table: a row per network and layer: `group`, a column of panels each, `layer`, and the
            columns drawn; NaN where a number is not known, infinite where it is beyond measure.
        up: by column the label of a vertical axis, with its unit; a row of panels each.

    Returns:
        The figure: a dot per network, a line through the medians, and above a layer how many of
        its networks are beyond measure.

    Raises:
        InvalidInputError: no network, a column is missing, or a number is not positive.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"group": "tanh", "layer": [1, 2], "beta": [np.inf, 3.0]})
        >>> layer_dots(table, up={"beta": "β"}).axes[0].texts[0].get_text()
        '1/1'
    """
    missing = {"group", "layer", *up}.difference(table.columns)
    if missing or table.empty or (table[list(up)] <= 0).any(axis=None):
        raise InvalidInputError(
            "a table of layers has a group, a layer, and columns of positive numbers",
            received=f"one without {sorted(missing)}" if missing else f"{len(table)} rows",
            fix="Give a row for each network and layer, NaN where a number is not known.",
        )
    groups = [str(group) for group in dict.fromkeys(table["group"])]
    layers = sorted({int(layer) for layer in table["layer"]})
    figure, rows = grid(len(up), len(groups), height=2.2, right=0.3, gap=0.3)
    for row, (column, label) in zip(rows, up.items(), strict=True):
        finite = table[column][np.isfinite(table[column])]
        low, high = (finite.min(), finite.max()) if len(finite) else (1.0, 10.0)
        for axes, group in zip(row, groups, strict=True):
            first, below = axes is row[0], row is rows[-1]
            dress(
                axes,
                x="layer" if below else "",
                y=f"{label} (counts: beyond)" if first else "",
                title=group if row is rows[0] else "",
            )
            axes.set_yscale("log")
            axes.set_ylim(low / 2, high * (high / low) ** 0.25 * 2)
            wide = high > 100 * low
            axes.yaxis.set_major_locator(LogLocator(subs=(1,) if wide else (1, 2, 5)))
            if not wide:
                axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
            axes.set_xticks(layers)
            axes.set_xlim(layers[0] - 0.5, layers[-1] + 0.5)
            axes.tick_params(labelleft=first, labelbottom=below)
            _draw_layers(axes, table[table["group"] == group], column, layers)
    return figure


def _draw_layers(axes: Axes, own: pd.DataFrame, column: str, layers: list[int]) -> None:
    colours = layer_colours(layers)
    medians = []
    for layer in layers:
        values = own[own["layer"] == layer][column].to_numpy(dtype=np.float64)
        values = values[~np.isnan(values)]
        beyond = int(np.isinf(values).sum())
        inside = values[np.isfinite(values)]
        axes.plot(
            np.full(inside.size, layer), inside, "o", ms=3.5, mec="none", mfc=colours[layer],
            alpha=0.4, zorder=3,
        )  # fmt: skip
        medians.append(float(np.median(values)) if values.size else np.nan)
        if beyond:
            words = axes.annotate(
                f"{beyond}/{values.size}", (layer, 0.97), xycoords=("data", "axes fraction")
            )
            words.set(ha="center", va="top", fontsize=SMALL, color=INK)
    known = np.where(np.isfinite(medians), medians, np.nan)
    axes.plot(layers, known, "-", color=QUIET, linewidth=1.2, zorder=2)
    for layer, median in zip(layers, known, strict=True):
        axes.plot(layer, median, "o", ms=7, mfc=colours[layer], mec="white", zorder=4)
