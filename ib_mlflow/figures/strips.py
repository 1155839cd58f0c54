"""The legend of an information plane: a strip of shades per layer, over the scale of epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.figures.epochs import epoch_fraction, epoch_ticks, short_epoch
from ib_mlflow.figures.style import INK, QUIET, SMALL, TEXT, shades

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

_ROW = 0.19  # inches a layer takes
_NOTE = 0.17  # inches a line of the explanation takes


def strips_height(layers: int, notes: int) -> float:
    """Return the height of the legend.

    Arguments:
        layers: rows of it.
        notes: lines below it.

    Returns:
        Inches.

    Example:
        >>> round(strips_height(6, 3), 2)
        2.37
    """
    return layers * _ROW + notes * _NOTE + 0.72


def draw_strips(axes: Axes, colours: Mapping[int, str], *, last: int, notes: int) -> None:
    """Draw the legend: what colour is which layer, and what shade is which epoch.

    Arguments:
        axes: an empty axes of `strips_height`.
        colours: the colour of each layer.
        last: the last epoch.
        notes: how many of the lines on marks and members are needed, 2 without members.

    Example:
        >>> from ib_mlflow.figures.style import new_figure
        >>> axes = new_figure(1.2, 2.0).add_subplot()
        >>> draw_strips(axes, {1: "#163db9"}, last=100, notes=2)
        >>> [text.get_text() for text in axes.get_yticklabels()]
        ['layer 1']
    """
    rows = len(colours)
    height = strips_height(rows, notes)
    gradient = np.linspace(0, 1, 64)
    for row, colour in enumerate(colours.values()):
        axes.imshow(
            shades(colour, gradient)[None],
            extent=(0, 1, row + 0.86, row + 0.14),
            aspect="auto",
            interpolation="bilinear",
        )
    axes.set_xlim(0, 1)
    top = -0.32 / _ROW
    axes.set_ylim(top + height / _ROW, top)
    axes.set_yticks([row + 0.5 for row in range(rows)], [f"layer {layer}" for layer in colours])
    axes.tick_params(left=False, bottom=False, labelbottom=False, pad=3)
    axes.tick_params(axis="y", labelsize=SMALL, labelcolor=INK)
    axes.patch.set_visible(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    ticks = epoch_ticks(last, spacing=0.2)
    for tick, place in zip(ticks, epoch_fraction(ticks, last=last), strict=True):
        axes.plot([place, place], [rows, rows + 0.2], color=QUIET, linewidth=0.8)
        axes.text(
            place, rows + 0.3, short_epoch(tick), ha="center", va="top", fontsize=SMALL, color=INK
        )
    axes.text(0, -0.25, "epoch, log scale", ha="left", fontsize=TEXT, color=INK, va="bottom")
    _explain(axes, rows + 0.3 + 0.24 / _ROW, notes)


def _explain(axes: Axes, first: float, notes: int) -> None:
    marks: list[tuple[str, dict[str, Any]]] = [
        ("first epoch", {"marker": "o", "mfc": "white", "mec": INK, "ms": 4.5}),
        ("last epoch (layer)", {"marker": "o", "mfc": INK, "mec": "white", "ms": 9.5}),
        ("5–95 % of members", {"marker": "+", "mec": QUIET, "ms": 9, "mew": 1.0}),
        ("single members", {"lw": 0.8, "color": QUIET, "alpha": 0.6}),
    ]
    for line, (meaning, style) in enumerate(marks[:notes]):
        y = first + line * _NOTE / _ROW
        x = [-0.38, -0.16] if "lw" in style else [-0.27]
        axes.plot(x, [y] * len(x), clip_on=False, linestyle="-", **style)
        axes.text(-0.08, y, meaning, va="center", fontsize=SMALL, color=INK)
