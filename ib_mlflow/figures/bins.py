"""Where the activations of a layer lie: bin histograms, and how many bins stay occupied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.ticker import LogLocator, MaxNLocator, StrMethodFormatter

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import draw_band, grid, legend_beside
from ib_mlflow.figures.ends import ROOM, name_ends
from ib_mlflow.figures.epochs import epoch_axis
from ib_mlflow.figures.guides import ABOVE, GUIDES_HEIGHT
from ib_mlflow.figures.style import INK, QUIET, SMALL, dress, layer_colours
from ib_mlflow.trajectory import over_members

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BINS = ["epoch", "layer", "unit", "bin_left", "bin_right", "count"]
OCCUPIED = ["member", "epoch", "layer", "occupied"]
_PLAIN = StrMethodFormatter("{x:,.0f}")
# From a visible light tone to a dark one: an empty bin is the only white.
_COUNTS = LinearSegmentedColormap.from_list("counts", ["#cfe0f5", "#4c88ce", "#163db9", "#0b1440"])


def bin_histograms(bins: pd.DataFrame) -> Figure:
    """Draw how many samples each unit of each layer puts in each bin, at some epochs.

    Reference:
        Revisiting the Information Plane, figures 5, 13 and 14.

    Arguments:
        bins: a row per (epoch, layer, unit, bin) with the columns `BINS`: the bin's edges in
            activation units and its count of samples, 0 included.

    Returns:
        The figure: a row per layer, a column per epoch, colour for the count on a logarithmic
        scale, white for none.

    Raises:
        InvalidInputError: a column is missing, there is no row, or a count or bin is not valid.

    Example:
        >>> import pandas as pd
        >>> one_unit = pd.DataFrame({"epoch": 1, "layer": 4, "unit": 1, "bin_left": [-1.0, 0.0],
        ...     "bin_right": [0.0, 1.0], "count": [10, 0]})
        >>> bin_histograms(one_unit).axes[0].get_title(loc="left")
        'epoch 1'
    """
    _check(bins, BINS, "count")
    if not (bins["bin_right"] > bins["bin_left"]).all():
        raise InvalidInputError(
            "every bin must have a right edge above its left one",
            received=f"{int((bins['bin_right'] <= bins['bin_left']).sum())} that have not",
            fix="Give finite, ascending edges.",
        )
    layers, epochs = sorted(set(bins["layer"])), sorted(set(bins["epoch"]))
    figure, grid_axes = grid(len(layers), len(epochs), height=1.2, right=1.1, gap=0.25, above=ABOVE)
    norm = LogNorm(1, max(float(bins["count"].max()), 2))
    for row, layer in zip(grid_axes, layers, strict=True):
        of_layer = bins[bins["layer"] == layer]
        limits = of_layer["bin_left"].min(), of_layer["bin_right"].max()
        for axes, epoch in zip(row, epochs, strict=True):
            shown = of_layer[of_layer["epoch"] == epoch]
            first, top = epoch == epochs[0], layer == layers[0]
            dress(
                axes,
                title=f"epoch {epoch:,}" if top else "",
                x="activation" if layer == layers[-1] else "",
                y=f"layer {layer}\nunit" if first else "",
                above=GUIDES_HEIGHT,
            )
            axes.grid(visible=False)
            axes.set_xlim(limits)
            axes.xaxis.set_major_locator(MaxNLocator(4))
            _draw_units(axes, shown, norm)
            axes.tick_params(labelleft=first)
    mappable = grid_axes[0][0].collections[0]
    place = grid_axes[0][-1].get_position()
    width = figure.get_size_inches()[0]
    bar = figure.add_axes((place.x1 + 0.22 / width, place.y0, 0.12 / width, place.height))
    figure.colorbar(mappable, cax=bar, format=_PLAIN)
    bar.minorticks_off()
    bar.tick_params(labelsize=SMALL, labelcolor=INK, color=QUIET)
    bar.set_title("samples\nin a bin", loc="left", fontsize=SMALL, color=INK)
    bar.spines["outline"].set_visible(False)
    return figure


def _draw_units(axes: Axes, shown: pd.DataFrame, norm: LogNorm) -> None:
    units = sorted(set(shown["unit"]))
    filled = shown[shown["count"] > 0]
    row = np.searchsorted(units, filled["unit"])
    left, right = filled["bin_left"].to_numpy(), filled["bin_right"].to_numpy()
    corners = [(left, row + 0.08), (right, row + 0.08), (right, row + 0.92), (left, row + 0.92)]
    cells = PolyCollection(
        np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1).tolist(),
        array=filled["count"].to_numpy(dtype=np.float64),
        cmap=_COUNTS,
        norm=norm,
        linewidths=0,
    )
    axes.add_collection(cells, autolim=False)
    axes.set_ylim(len(units), 0)
    step = -(-len(units) // 6)
    named = range(0, len(units), step)
    axes.set_yticks([index + 0.5 for index in named], [str(units[index]) for index in named])
    empty = 1 - len(filled) / max(len(shown), 1)
    note = axes.annotate(
        f"{100 * empty:.0f} % of bins empty", (1, 1), (0, 3), "axes fraction", "offset points"
    )
    note.set(ha="right", va="bottom", fontsize=SMALL, color=QUIET)


def occupied_bins(occupied: pd.DataFrame) -> Figure:
    """Draw how many cells each layer's samples occupy, over epochs.

    Reference:
        Revisiting the Information Plane, section 2.3.

    Arguments:
        occupied: a row per (member, epoch, layer) with the columns `OCCUPIED`; the last is the
            number of distinct cells that a layer's samples fall in.

    Returns:
        The figure: means and bands from the 5 % to the 95 % quantile over members.

    Raises:
        InvalidInputError: a column is missing, there is no row, or a count is not valid.

    Example:
        >>> import pandas as pd
        >>> falling = pd.DataFrame(
        ...     {"member": 0, "epoch": [0, 100], "layer": 1, "occupied": [4000, 300]})
        >>> occupied_bins(falling).axes[0].get_ylabel()
        'occupied cells (log scale)'
    """
    _check(occupied, OCCUPIED, "occupied")
    summary = over_members(occupied, by=["layer", "epoch"], quantities=["occupied"])
    figure, [[axes]] = grid(1, 1, height=2.8, right=1.2)
    dress(axes, y="occupied cells (log scale)")
    epoch_axis(axes, last=int(occupied["epoch"].max()))
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axes.yaxis.set_major_formatter(_PLAIN)
    axes.minorticks_off()
    colours, ends = layer_colours(set(occupied["layer"])), {}
    for layer, colour in colours.items():
        rows = summary[summary["layer"] == layer]
        curve = [rows[column].to_numpy() for column in ("mean", "q05", "q95")]
        draw_band(axes, rows["epoch"].tolist(), curve, colour=colour, label=f"layer {layer}")
        ends[layer] = float(rows["mean"].iloc[-1])
    name_ends(axes, ends, colours)
    count = occupied["member"].nunique()
    legend_beside(axes, title=f"{count} member" + ("s" if count > 1 else ""), away=ROOM)
    return figure


def _check(table: pd.DataFrame, columns: list[str], count: str) -> None:
    missing = [name for name in columns if name not in table]
    if missing or table.empty:
        raise InvalidInputError(
            f"the table must have rows with the columns {', '.join(columns)}",
            received=f"{len(table)} rows without {missing}" if missing else "no row",
            fix="Build it from information.bin_histogram or information.occupied_bins.",
        )
    values = table[count].to_numpy(dtype=np.float64)
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise InvalidInputError(
            f"{count} must be finite and at least 0",
            received=f"values from {values.min()} to {values.max()}",
            fix="Give counts of samples or of cells.",
        )
