"""The information plane as a still figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection

from ib_mlflow.figures.bands import wrapped
from ib_mlflow.figures.end_marks import draw_end_marks
from ib_mlflow.figures.epochs import epoch_fraction, epoch_ticks
from ib_mlflow.figures.guides import ABOVE, GUIDES_HEIGHT, draw_guides, guides_rows
from ib_mlflow.figures.headings import common, entitle
from ib_mlflow.figures.layout import layout
from ib_mlflow.figures.panels import axis_names, limits, panels
from ib_mlflow.figures.strips import draw_strips, strips_height
from ib_mlflow.figures.style import QUIET, SMALL, WIDTH, dress, layer_colours, new_figure, shades

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ib_mlflow.figures.panels import Panel, Planes

_LEFT, _RIGHT, _BOTTOM, _TOP = 0.70, 1.85, 0.52, 0.50  # margins in inches
_HEIGHTS = {1: 4.4, 2: 2.6, 3: 1.9}  # of a panel by the columns, less for more
_GAP = 0.24  # between panels


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
    cells, columns = layout([panel.title for panel in shown])
    rows = 1 + max(row for row, _ in cells)
    width = (WIDTH - _LEFT - _RIGHT - (columns - 1) * _GAP) / columns
    height = _HEIGHTS.get(columns, 1.5)
    titles, more = wrapped([panel.title for panel in shown], width)
    stacked = [guides_rows(width, panel.guides) for panel in shown]
    above = _TOP + more + ABOVE * (max(stacked) - 1)
    notes = 4 if any(len(panel.members) > 1 for panel in shown) else 2
    tall = strips_height(len(colours), notes)
    inside = max(rows * height + (rows - 1) * (_GAP + above), tall)
    total = _BOTTOM + inside + above
    wide = WIDTH
    figure = new_figure(wide, total)
    x_limits, y_limits = limits(shown)
    names = axis_names(shown)
    alike = len(shown) > 1 and len({panel.caption for panel in shown}) == 1
    for index, panel in enumerate(shown):
        row, column = cells[index]
        left = _LEFT + column * (width + _GAP)
        top = total - above - row * (height + _GAP + above)
        axes = figure.add_axes(
            (left / wide, (top - height) / total, width / wide, height / total),
            xlim=x_limits,
            ylim=y_limits,
        )
        below, first = (row + 1, column) not in cells, column == 0
        dress(
            axes,
            x=f"{names[0]} [{unit}]" if below else "",
            y=f"{names[1]} [{unit}]" if first else "",
            title=titles[index],
            above=GUIDES_HEIGHT * max(stacked),
        )
        axes.tick_params(labelbottom=below, labelleft=first)
        # The lower right is free: who keeps all of the input keeps the label too.
        words = "" if alike else panel.caption
        place = (panel.guides.h_x, y_limits[0])
        caption = axes.annotate(words, place, (-4, 5), textcoords="offset points")
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
    return entitle(figure, common(shown, members=alike))


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
