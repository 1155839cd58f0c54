"""Curves over epochs: a mean, the band of its members, and a legend beside the axes."""

from __future__ import annotations

from math import ceil
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.figures.style import INK, SMALL, WIDTH, inches, new_figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEFT, _BOTTOM, _TOP, _GAP, _BETWEEN = 0.80, 0.52, 0.36, 0.72, 0.5  # inches
_LINE, _LETTERS = 0.16, 11.5  # inches of a line of a title, and letters in an inch of it
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h", "<", ">")
"""Marks of groups, for the same reason; round as well."""
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)), (0, (9, 2)))
"""Strokes that tell curves apart where colours do not, as in grey; used round and round."""


def columns_of(count: int, most: int) -> tuple[int, int]:
    """Lay panels out in rows that are as even as can be.

    Arguments:
        count: of panels.
        most: panels of a row.

    Returns:
        Rows and columns.

    Example:
        >>> columns_of(4, 3), columns_of(7, 4)
        ((2, 2), (2, 4))
    """
    rows = ceil(count / most)
    return rows, ceil(count / rows)


def panel_width(columns: int, *, right: float, gap: float = _GAP) -> float:
    """Return the width of one axes of `grid`, in inches.

    Arguments:
        columns: of axes.
        right: margin for a legend.
        gap: between columns.

    Example:
        >>> round(panel_width(2, right=1.0), 2)
        3.24
    """
    return (WIDTH - _LEFT - right - (columns - 1) * gap) / columns


def wrapped(titles: Iterable[str], width: float) -> tuple[list[str], float]:
    r"""Break titles of panels into lines that are no wider than their axes.

    Arguments:
        titles: of the panels.
        width: of one axes, in inches.

    Returns:
        The titles, and the inches that their further lines take.

    Example:
        >>> wrapped(["tanh, β = 0.005"], 0.9)
        (['tanh, β =\n0.005'], 0.16)
    """
    lines = [fill(title, max(int(_LETTERS * width), 6)) for title in titles]
    return lines, _LINE * max((title.count("\n") for title in lines), default=0)


def grid(
    rows: int, columns: int, *, height: float, right: float, gap: float = _GAP, above: float = 0.0
) -> tuple[Figure, list[list[Axes]]]:
    """Make a figure of equal axes, sized in inches: as wide as all figures are.

    Arguments:
        rows: of axes.
        columns: of axes.
        height: of one axes.
        right: margin for a legend.
        gap: between columns; rows are a title further apart than half an inch.
        above: further room above each axes, such as for names of its levels.

    Returns:
        The figure and its axes, row by row.

    Example:
        >>> figure, axes = grid(1, 2, height=2, right=1)
        >>> len(axes[0]), float(figure.get_size_inches()[0])
        (2, 9.0)
    """
    down, top = height + _BETWEEN + above, _TOP + above
    width = panel_width(columns, right=right, gap=gap)
    tall = _BOTTOM + rows * height + (rows - 1) * (down - height) + top
    figure = new_figure(WIDTH, tall)
    axes = [
        [
            figure.add_axes(
                (
                    (_LEFT + column * (width + gap)) / WIDTH,
                    (tall - top - row * down - height) / tall,
                    width / WIDTH,
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
    dash: Any = "-",
) -> None:
    """Draw a mean and the band of its members.

    Arguments:
        axes: an axes over epochs.
        epochs: the t epochs.
        curve: mean, 5 % and 95 % quantile over members, each of shape (t,), NaN where unknown.
        colour: of both.
        label: what it is.
        dash: the stroke of the mean.

    Example:
        >>> axes = new_figure(2, 2).add_subplot()
        >>> draw_band(axes, [0, 1], [[1, 2], [0, 1], [2, 3]], colour="#163db9", label="layer 1")
        >>> axes.lines[0].get_label()
        'layer 1'
    """
    mean, low, high = (np.asarray(part, dtype=np.float64) for part in curve)
    if np.nanmax(high - low, initial=0.0) > 0:
        axes.fill_between(epochs, low, high, color=colour, alpha=0.16, linewidth=0)
    axes.plot(epochs, mean, color=colour, lw=1.8, ls=dash, solid_capstyle="round", label=label)


def legend_beside(axes: Axes, *, title: str = "", away: float = 0.08) -> None:
    """Write the legend to the right of an axes.

    Arguments:
        axes: the axes, whose labelled lines it lists.
        title: above the list.
        away: inches from the axes.

    Example:
        >>> axes = new_figure(2, 2).add_subplot()
        >>> line = axes.plot([0], [0], label="layer 1")
        >>> legend_beside(axes)
        >>> axes.get_legend().get_texts()[0].get_text()
        'layer 1'
    """
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(1 + away / inches(axes), 1.02),
        borderaxespad=0,
        frameon=False,
        fontsize=SMALL,
        labelcolor=INK,
        title=title,
        title_fontsize=SMALL,
        alignment="left",
        handlelength=2.0,
    )
