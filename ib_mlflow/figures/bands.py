"""Curves over epochs: a mean, the band of its members, and a legend beside the axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.figures.style import INK, SMALL, new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEFT, _BOTTOM, _TOP, _GAP = 0.62, 0.52, 0.36, 0.72  # inches


def grid(
    rows: int, columns: int, *, width: float, height: float, right: float, gap: float = _GAP
) -> tuple[Figure, list[list[Axes]]]:
    """Make a figure of equal axes, sized in inches.

    Arguments:
        rows: of axes.
        columns: of axes.
        width: of one axes.
        height: of one axes.
        right: margin for a legend.
        gap: between columns; rows are a title further apart than half an inch.

    Returns:
        The figure and its axes, row by row.

    Example:
        >>> figure, axes = grid(1, 2, width=3, height=2, right=1)
        >>> len(axes[0])
        2
    """
    down = height + 0.5
    wide = _LEFT + columns * width + (columns - 1) * gap + right
    tall = _BOTTOM + rows * height + (rows - 1) * (down - height) + _TOP
    figure = new_figure(wide, tall)
    axes = [
        [
            figure.add_axes(
                (
                    (_LEFT + column * (width + gap)) / wide,
                    (tall - _TOP - row * down - height) / tall,
                    width / wide,
                    height / tall,
                )
            )
            for column in range(columns)
        ]
        for row in range(rows)
    ]
    return figure, axes


def draw_band(
    axes: Axes,
    epochs: Sequence[int],
    curve: Sequence[npt.ArrayLike],
    *,
    colour: str,
    label: str,
) -> None:
    """Draw a mean and the band of its members.

    Arguments:
        axes: an axes over epochs.
        epochs: the t epochs.
        curve: mean, 5 % and 95 % quantile over members, each of shape (t,), NaN where unknown.
        colour: of both.
        label: what it is.

    Example:
        >>> axes = new_figure(2, 2).add_subplot()
        >>> draw_band(axes, [0, 1], [[1, 2], [0, 1], [2, 3]], colour="#163db9", label="layer 1")
        >>> axes.lines[0].get_label()
        'layer 1'
    """
    mean, low, high = (np.asarray(part, dtype=np.float64) for part in curve)
    if np.nanmax(high - low, initial=0.0) > 0:
        axes.fill_between(epochs, low, high, color=colour, alpha=0.16, linewidth=0)
    axes.plot(epochs, mean, color=colour, linewidth=1.8, solid_capstyle="round", label=label)


def legend_beside(axes: Axes, *, title: str = "") -> None:
    """Write the legend to the right of an axes.

    Arguments:
        axes: the axes, whose labelled lines it lists.
        title: above the list.

    Example:
        >>> axes = new_figure(2, 2).add_subplot()
        >>> line = axes.plot([0], [0], label="layer 1")
        >>> legend_beside(axes)
        >>> axes.get_legend().get_texts()[0].get_text()
        'layer 1'
    """
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(1.03, 1.02),
        frameon=False,
        fontsize=SMALL,
        labelcolor=INK,
        title=title,
        title_fontsize=SMALL,
        alignment="left",
        handlelength=1.4,
    )
