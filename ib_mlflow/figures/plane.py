"""The information plane as a still figure."""

from __future__ import annotations

from math import ceil
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection

from ib_mlflow.figures.end_marks import draw_end_marks
from ib_mlflow.figures.guides import GUIDES_HEIGHT, draw_guides
from ib_mlflow.figures.panels import axis_names, limits, panels
from ib_mlflow.figures.strips import draw_strips, strips_height
from ib_mlflow.figures.style import (
    QUIET,
    SMALL,
    dress,
    epoch_fraction,
    epoch_ticks,
    layer_colours,
    new_figure,
    shades,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ib_mlflow.figures.panels import Panel, Planes

COLUMNS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3}  # by number of panels; 4 for more
_LEFT, _RIGHT, _BOTTOM, _TOP = 0.62, 1.85, 0.52, 0.50  # margins in inches
_GAP, _LINE = 0.24, 0.16  # between panels; another line of a title


def information_plane(planes: Planes, *, unit: str = "nats") -> Figure:
    """Draw how every layer moves through the information plane while it learns.

    One colour per layer, light at the first epoch and full at the last; the mean over members is
    bold, the members are faint, and bars span their 5 % to 95 % quantiles at some epochs. Panels
    share their limits, so that a sweep can be compared by eye.

    Reference:
        Shwartz-Ziv & Tishby (2017), arXiv:1703.00810; Revisiting the Information Plane, figure 1.

    Arguments:
        planes: one trajectory, whose every (estimator, setting) becomes a panel, or a trajectory
            of one (estimator, setting) per title.
        unit: "nats" or "bits".

    Returns:
        The figure, with I(X;T) and I(T;Y) in the unit.

    Raises:
        InvalidInputError: another unit, or a titled trajectory of several estimators or settings.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> plane = Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> information_plane(plane).axes[0].get_xlabel()
        'I(X; Bin T) [nats]'
    """
    shown = panels(planes, unit=unit)
    colours = layer_colours({layer for panel in shown for layer in panel.layers})
    last = max(panel.epochs[-1] for panel in shown)
    columns = COLUMNS.get(len(shown), 4)
    rows = ceil(len(shown) / columns)
    width, height = (4.9, 4.0) if len(shown) == 1 else (2.75, 2.35)
    titles = [fill(panel.title, int(13 * width)) for panel in shown]
    above = _TOP + _LINE * max(title.count("\n") for title in titles)
    notes = 4 if any(len(panel.members) > 1 for panel in shown) else 2
    tall = strips_height(len(colours), notes)
    inside = max(rows * height + (rows - 1) * (_GAP + above), tall)
    total = _BOTTOM + inside + above
    wide = _LEFT + columns * width + (columns - 1) * _GAP + _RIGHT
    figure = new_figure(wide, total)
    x_limits, y_limits = limits(shown)
    names = axis_names(shown)
    for index, panel in enumerate(shown):
        row, column = divmod(index, columns)
        left = _LEFT + column * (width + _GAP)
        top = total - above - row * (height + _GAP + above)
        axes = figure.add_axes(
            (left / wide, (top - height) / total, width / wide, height / total),
            xlim=x_limits,
            ylim=y_limits,
        )
        below, first = index + columns >= len(shown), column == 0
        dress(
            axes,
            x=f"{names[0]} [{unit}]" if below else "",
            y=f"{names[1]} [{unit}]" if first else "",
            title=titles[index],
            above=GUIDES_HEIGHT,
        )
        axes.tick_params(labelbottom=below, labelleft=first)
        # The lower right is free: who keeps all of the input keeps the label too.
        place = (panel.guides.h_x, y_limits[0])
        caption = axes.annotate(panel.caption, place, (-4, 5), textcoords="offset points")
        caption.set(ha="right", fontsize=SMALL, color=QUIET)
        draw_guides(axes, panel.guides)
        for layer_index, layer in enumerate(panel.layers):
            _draw_layer(axes, panel, layer_index, colours[layer], last)
        draw_end_marks(axes, panel, colours)
    place = ((wide - _RIGHT + 0.72) / wide, (total - above - tall) / total)
    draw_strips(
        figure.add_axes((*place, (_RIGHT - 0.9) / wide, tall / total)),
        colours,
        last=last,
        notes=notes,
    )
    return figure


def _draw_layer(axes: Axes, panel: Panel, index: int, colour: str, last: int) -> None:
    mean = panel.mean[:, :, index].T
    tone = shades(colour, epoch_fraction(panel.epochs, last=last))
    depth = 3 + index * 0.01
    if len(panel.members) > 1:
        faint = panel.points[:, :, :, index].transpose(1, 2, 0)
        axes.add_collection(
            LineCollection(
                list(faint), colors=colour, linewidths=0.5, alpha=0.16, zorder=2, label="_members"
            ),
            autolim=False,
        )
        _draw_bars(axes, panel, index, tone, last)
    segments = np.stack([mean[:-1], mean[1:]], axis=1)
    known = np.isfinite(segments).all(axis=(1, 2))
    # A white casing keeps the mean legible over its own members.
    for style, zorder in (({"colors": "white", "linewidths": 3.6, "alpha": 0.8}, depth - 0.005),
                         ({"colors": tone[1:][known], "linewidths": 2.2}, depth)):  # fmt: skip
        axes.add_collection(
            LineCollection(
                list(segments[known]),
                capstyle="round",
                zorder=zorder,
                label=f"_layer {panel.layers[index]}",
                **style,
            ),
            autolim=False,
        )


def _draw_bars(axes: Axes, panel: Panel, index: int, tone: np.ndarray, last: int) -> None:
    ticks = epoch_ticks(last, spacing=0.2)
    nearest = sorted({int(np.abs(np.array(panel.epochs) - epoch).argmin()) for epoch in ticks})
    for time in nearest:
        (x, y), (left, bottom), (right, top) = (
            part[:, time, index] for part in (panel.mean, panel.low, panel.high)
        )
        lines = [[(left, y), (right, y)], [(x, bottom), (x, top)]]
        axes.add_collection(
            LineCollection(
                lines, colors=[tone[time]], linewidths=1.0, alpha=0.75, zorder=2.5, label="_bar"
            ),
            autolim=False,
        )
