"""I(X;T) over epochs: of every layer in several settings, or by several estimators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patheffects import withStroke

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import (
    columns_of,
    draw_band,
    grid,
    legend_beside,
    panel_width,
    wrapped,
)
from ib_mlflow.figures.ends import ROOM, name_ends
from ib_mlflow.figures.epochs import epoch_axis, epoch_fraction
from ib_mlflow.figures.guides import ABOVE, GUIDES_HEIGHT, draw_level
from ib_mlflow.figures.headings import common, entitle
from ib_mlflow.figures.panels import axis_names, guide_limits, panels
from ib_mlflow.figures.style import INK, SMALL, dress, layer_colours, unit_scale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ib_mlflow.figures.panels import Planes
    from ib_mlflow.trajectory import Trajectory

_COLUMNS = 4
_STYLES = {"point": "-", "lower": (0, (4, 2)), "upper": (0, (1, 1.5))}


def setting_curves(
    planes: Planes,
    *,
    label: str = "",
    unit: str = "nats",
    guide: str = "H(X)",
    marked: Sequence[int] = (),
) -> Figure:
    """Draw I(X;T) of every layer over epochs, a panel for each setting.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, figures 1 and 5.

    Arguments:
        planes: one trajectory, whose every (estimator, setting) becomes a panel, or a trajectory
            of one (estimator, setting) per title.
        label: what is drawn, such as "H(Bin T)"; if not given the name of the information.
        unit: "nats" or "bits".
        guide: name of the level H(X).
        marked: epochs to mark, such as those of scatters.

    Returns:
        The figure: means and bands from the 5 % to the 95 % quantile over members, on axes that
        all panels share, epochs on a logarithmic scale.

    Raises:
        InvalidInputError: another unit, nothing to show, or a titled trajectory of several
            estimators or settings.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> plane = Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> setting_curves(plane, label="H(Bin T)").axes[0].get_ylabel()
        'H(Bin T) [nats]'
    """
    shown = panels(planes, unit=unit)
    rows, columns = columns_of(len(shown), _COLUMNS)
    wide = panel_width(columns, right=1.2, gap=ROOM)
    titles, more = wrapped([panel.title for panel in shown], wide)
    figure, table = grid(rows, columns, height=1.8, right=1.2, gap=ROOM, above=ABOVE + more)
    every = [axes for row in table for axes in row]
    colours = layer_colours({layer for panel in shown for layer in panel.layers})
    points = np.concatenate([panel.points[0].ravel() for panel in shown])
    (low, high), _ = guide_limits([panel.guides for panel in shown], x=points)
    for index, (axes, panel) in enumerate(zip(every, shown, strict=False)):
        first, below = index % columns == 0, index + columns >= len(shown)
        y = f"{label or axis_names(shown)[0]} [{unit}]" if first else ""
        dress(axes, title=titles[index], y=y, above=GUIDES_HEIGHT)
        epoch_axis(axes, last=panel.epochs[-1], label="epoch (log scale)" if below else "")
        axes.set_ylim(low, high)
        axes.tick_params(labelleft=first, labelbottom=below)
        for number, layer in enumerate(panel.layers):
            curve = [part[0, :, number] for part in (panel.mean, panel.low, panel.high)]
            draw_band(axes, panel.epochs, curve, colour=colours[layer], label=f"layer {layer}")
        name_ends(axes, dict(zip(panel.layers, panel.mean[0, -1], strict=True)), colours)
        draw_level(axes, guide, panel.guides.h_x)
        mark_epochs(axes, marked, last=panel.epochs[-1])
    for axes in every[len(shown) :]:
        axes.remove()
    legend_beside(every[columns - 1], title=shown[0].caption, away=ROOM)
    return entitle(figure, common(shown, members=False))


def estimator_curves(
    trajectory: Trajectory,
    *,
    names: Mapping[str, str],
    unit: str = "nats",
    levels: Mapping[str, float] | None = None,
    marked: Sequence[int] = (),
) -> Figure:
    """Draw I(X;T) of every layer over epochs by several estimators, a panel for each layer.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, figures 4 (c) and 9 (d).

    Arguments:
        trajectory: one setting of each estimator.
        names: by estimator what it is called, in the order they are drawn, the first one wide and
            pale behind the others; bounds are broken lines.
        unit: "nats" or "bits".
        levels: by name values of I(X;T), in nats, to compare with.
        marked: epochs to mark.

    Returns:
        The figure: means over the members, epochs on a logarithmic scale.

    Raises:
        InvalidInputError: another unit, or an estimator that is not there or has several settings.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> plane = Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="exact", setting="")
        >>> figure = estimator_curves(plane, names={"exact": "by quadrature"})
        >>> figure.axes[0].get_legend().get_texts()[0].get_text()
        'by quadrature'
    """
    scale = unit_scale(unit)
    frame = trajectory.frame
    settings = frame.groupby("estimator")["setting"].nunique()
    if not names or any(settings.get(name, 0) != 1 for name in names):
        raise InvalidInputError(
            "every estimator drawn must be in the trajectory with one setting",
            received=dict(settings),
            fix="Choose them with Trajectory.select.",
        )
    rows, columns = columns_of(len(trajectory.layers), 2)
    figure, table = grid(rows, columns, height=2.5, right=1.7, gap=0.6, above=ABOVE)
    every = [axes for row in table for axes in row]
    colours = layer_colours(range(len(names)))
    for index, (axes, layer) in enumerate(zip(every, trajectory.layers, strict=False)):
        title = f"layer {layer}" if len(every) > 1 else ""
        y = f"I(X;T) [{unit}]" if index % columns == 0 else ""
        dress(axes, title=title, y=y, above=GUIDES_HEIGHT)
        epoch_axis(axes, last=trajectory.epochs[-1])
        for number, (estimator, name) in enumerate(names.items()):
            own = frame[(frame["estimator"] == estimator) & (frame["layer"] == layer)]
            mean = own.groupby("epoch")["i_x"].mean() * scale
            style: dict[str, Any] = {"color": colours[number], "lw": 1.2, "label": name}
            style["ls"] = _STYLES[own["kind"].iloc[0]]
            if number == 0:
                style |= {"lw": 4.0, "alpha": 0.35, "solid_capstyle": "round"}
            axes.plot(mean.index, mean, **style)
        axes.margins(y=0.08)
        low, high = axes.get_ylim()
        axes.set_ylim(
            min(low, 0), max([high, *(1.05 * v * scale for v in (levels or {}).values())])
        )
        for name, value in (levels or {}).items():
            draw_level(axes, name, value * scale)
        mark_epochs(axes, marked, last=trajectory.epochs[-1])
    for axes in every[len(trajectory.layers) :]:
        axes.remove()
    legend_beside(every[columns - 1])
    members = len(trajectory.members)
    return entitle(figure, f"{members} member" + ("s" if members > 1 else ""))


def mark_epochs(axes: Axes, epochs: Sequence[int], *, last: int) -> None:
    """Mark epochs by dotted lines, each named at the bottom.

    Arguments:
        axes: an axes over epochs.
        epochs: the epochs to mark.
        last: the last epoch of the axis.

    Example:
        >>> axes = grid(1, 1, height=2, right=0)[1][0][0]
        >>> mark_epochs(axes, [250], last=1000)
        >>> axes.texts[0].get_text()
        '250'
    """
    for epoch in epochs:
        axes.axvline(epoch, color=INK, lw=0.8, ls=(0, (1, 2)), zorder=1.5)
        name = axes.text(epoch, 0.02, f"{epoch:,}", transform=axes.get_xaxis_transform())
        early = float(epoch_fraction(epoch, last=last)) < 0.1
        name.set(ha="left" if early else "right", va="bottom", fontsize=SMALL)
        name.set(color=INK, rotation=90)
        name.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
