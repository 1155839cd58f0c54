"""The two phases of learning: drift and diffusion, of the gradients and on the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import DASHES, columns_of, draw_band, grid, legend_beside
from ib_mlflow.figures.epochs import epoch_axis
from ib_mlflow.figures.headings import common, entitle
from ib_mlflow.figures.panels import axis_names, limits, panels
from ib_mlflow.figures.style import INK, QUIET, SMALL, dress

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ib_mlflow.figures.panels import Panel
    from ib_mlflow.trajectory import Trajectory

MEAN, STD, RATIO = "#163db9", "#fb920c", "#20849a"
DRIFT, DIFFUSION = "#4c88ce", "#c66a40"
TURNS = {"peak": ("largest I(X;T)", "#812158"), "fall": ("steepest fall of SNR", "#26292e")}
"""What is marked of each network: by column its name and its colour."""
NARROW = 30.0
"""Heights that span less than this factor are named between the powers of ten too."""
QUANTITIES = ["mean", "std", "snr"]


def gradient_phases(norms: pd.DataFrame, turns: pd.DataFrame) -> Figure:
    """Draw the gradients of every layer over epochs, and where the phases part.

    Reference:
        Shwartz-Ziv & Tishby (2017), arXiv:1703.00810, figure 4.

    Arguments:
        norms: as `signal_to_noise` gives them: `member`, `epoch`, `layer`, `mean`, `std`, `snr`.
        turns: a row per member and layer: `layer`, and the epochs `peak` of the largest I(X;T)
            and `fall` of the steepest fall of SNR; NaN where not known.

    Returns:
        The figure: a column a layer, above the norms of mean and standard deviation over that of
        the weights, below their ratio; medians and bands from the 5 % to the 95 % quantile over
        members, and the turning points as their median and such a band.

    Raises:
        InvalidInputError: no row after epoch 0, or a column is missing.

    Example:
        >>> import pandas as pd
        >>> norms = pd.DataFrame({"member": 0, "epoch": [1, 10], "layer": 1, "mean": [0.3, 0.1],
        ...     "std": [0.2, 0.4], "snr": [1.5, 0.25]})
        >>> turns = pd.DataFrame({"layer": [1], "peak": [4.0], "fall": [3.0]})
        >>> [axes.get_ylabel() for axes in gradient_phases(norms, turns).axes]
        ['norm / weights’ norm', 'SNR']
    """
    missing = {"epoch", "layer", *QUANTITIES} - {*norms} | {"layer", *TURNS} - {*turns}
    rows = norms if missing else norms[norms["epoch"] > 0]
    if missing or rows.empty:
        raise InvalidInputError(
            "gradients are drawn of epochs after training began, beside turning points",
            received=f"no column {', '.join(sorted(missing))}" if missing else "no such epoch",
            fix="Give signal_to_noise(...), and a row per member and layer.",
        )
    layers = sorted(rows["layer"].unique())
    blocks, columns = columns_of(len(layers), 4)
    figure, table = grid(2 * blocks, columns, height=1.4, right=1.75, gap=0.22)
    last = int(rows["epoch"].max())
    for index, layer in enumerate(layers):
        block, column = divmod(index, columns)
        own = rows[rows["layer"] == layer]
        marks = turns[turns["layer"] == layer]
        above, below = table[2 * block][column], table[2 * block + 1][column]
        first = column == 0
        named = first and block + 1 == blocks
        dress(above, title=f"layer {layer}", y="norm / weights’ norm" if first else "")
        dress(below, y="SNR" if first else "")
        _draw_quantities(above, own, {"mean": ("mean", MEAN), "std": ("standard deviation", STD)})
        _draw_quantities(below, own, {"snr": ("SNR, their ratio", RATIO)})
        for axes in (above, below):
            axes.set_yscale("log")
            axes.tick_params(labelleft=first, which="both")
            _mark_turns(axes, marks)
        epoch_axis(above, last=last, label="")
        epoch_axis(below, last=last, label="epoch (log scale)" if named else "")
        above.tick_params(labelbottom=False)
    for axes in (
        axes for row in table[-2:] for axes in row[len(layers) - (blocks - 1) * columns :]
    ):
        axes.remove()
    for kind in (0, 1):
        _share_limits([axes for row in table[kind::2] for axes in row if axes.figure])
        legend_beside(table[kind][-1])
    return figure


def phase_paths(plane: Trajectory, *, unit: str = "nats") -> Figure:
    """Draw the average path of every layer through the plane: drift, then diffusion.

    Reference:
        On the Information Bottleneck Theory of Deep Learning, slides "Dynamics of Learning – Info
        Path" and "Drift vs Diffusion".

    Arguments:
        plane: one estimator and setting.
        unit: "nats" or "bits".

    Returns:
        The figure: a panel a layer, the mean over members from A, the first epoch, to C, that of
        its largest I(X;T), and on to E, the last; bars from the 5 % to the 95 % quantile over
        members at these three; every member faint.

    Raises:
        InvalidInputError: another unit, or several estimators or settings.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> plane = Trajectory.from_arrays([[[1.0], [2.0], [1.5]]], [[[0.1], [0.5], [0.6]]],
        ...     epochs=[0, 10, 100], n=8, guides=Guides(2.08, 0.69, 0.69), estimator="binned",
        ...     setting="bin_size=0.07")
        >>> [text.get_text() for text in phase_paths(plane).axes[0].texts]
        ['A', 'C', 'E']
    """
    shown = panels(plane, unit=unit)
    if len(shown) != 1:
        raise InvalidInputError(
            "paths are of one estimator and setting",
            received=[panel.title for panel in shown],
            fix="Choose one with Trajectory.select.",
        )
    [panel] = shown
    rows, columns = columns_of(len(panel.layers), 3)
    figure, table = grid(rows, columns, height=1.8, right=1.5, gap=0.3)
    every = [axes for row in table for axes in row]
    (x_limits, y_limits), names = limits(shown), axis_names(shown)
    for index, (axes, layer) in enumerate(zip(every, panel.layers, strict=False)):
        first, below = index % columns == 0, index + columns >= len(panel.layers)
        dress(
            axes,
            title=f"layer {layer}",
            x=f"{names[0]} [{unit}]" if below else "",
            y=f"{names[1]} [{unit}]" if first else "",
        )
        axes.set(xlim=x_limits, ylim=y_limits)
        axes.tick_params(labelleft=first, labelbottom=below)
        _draw_path(axes, panel, index)
    for axes in every[len(panel.layers) :]:
        axes.remove()
    if np.isfinite(panel.mean).any():
        legend_beside(every[columns - 1], title=panel.caption)
    return entitle(figure, common(shown))


def _draw_quantities(axes: Axes, rows: pd.DataFrame, named: dict[str, tuple[str, str]]) -> None:
    for quantity, (label, colour) in named.items():
        positive = rows[quantity].where((rows[quantity] > 0) & np.isfinite(rows[quantity]))
        curves = positive.groupby(rows["epoch"]).quantile(np.array([0.05, 0.5, 0.95])).unstack()
        if curves.notna().any(axis=None):
            curve = [curves[share].to_numpy() for share in (0.5, 0.05, 0.95)]
            draw_band(axes, curves.index.tolist(), curve, colour=colour, label=label)


def _mark_turns(axes: Axes, marks: pd.DataFrame) -> None:
    for column, (label, colour) in TURNS.items():
        epochs = marks[column].to_numpy(dtype=np.float64, na_value=np.nan)
        epochs = epochs[np.isfinite(epochs)]
        if epochs.size:
            low, middle, high = np.quantile(epochs, [0.05, 0.5, 0.95])
            axes.axvspan(low, high, color=colour, alpha=0.10, linewidth=0)
            axes.axvline(middle, color=colour, lw=1.2, ls=(0, (3, 2)), label=label)


def _share_limits(row: list[Axes]) -> None:
    low = min(axes.get_ylim()[0] for axes in row)
    high = max(axes.get_ylim()[1] for axes in row)
    for axes in row:
        axes.set_ylim(low, high)
        if high < NARROW * low:  # powers of ten alone would name one height or none
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axes.yaxis.set_minor_locator(NullLocator())


def _draw_path(axes: Axes, panel: Panel, index: int) -> None:
    for member in range(len(panel.members)):
        axes.plot(*panel.points[:, member, :, index], color=QUIET, lw=0.5, alpha=0.18)
    x, y = panel.mean[:, :, index]
    if not np.isfinite(x).any():
        return
    turn = int(np.nanargmax(x))
    for part, colour, dash, label in (
        (slice(None, turn + 1), DRIFT, DASHES[0], "drift, A to C"),
        (slice(turn, None), DIFFUSION, DASHES[2], "diffusion, C to E"),
    ):
        axes.plot(
            x[part], y[part], color=colour, lw=2, ls=dash, solid_capstyle="round", label=label
        )
    # Each letter on a side of its own: the three may lie at one point.
    for place, letter, away in ((0, "A", (4, -11)), (turn, "C", (4, 3)), (-1, "E", (-11, 3))):
        spread = [
            np.abs(panel.mean[:, place, index] - side[:, place, index])
            for side in (panel.low, panel.high)
        ]
        across, up = np.nan_to_num(np.array(spread)).T
        axes.errorbar(
            x[place], y[place], xerr=across[:, None], yerr=up[:, None], fmt="o", ms=3.5,
            color=INK, elinewidth=0.8, zorder=5,
        )  # fmt: skip
        note = axes.annotate(letter, (x[place], y[place]), away, textcoords="offset points")
        note.set(fontsize=SMALL + 1, fontweight="bold", color=INK, zorder=6)
