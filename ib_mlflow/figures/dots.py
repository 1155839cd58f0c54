"""A number of every network, setting by setting."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import grid, panel_width
from ib_mlflow.figures.style import INK, dress, layer_colours

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    from matplotlib.figure import Figure

_SPREAD = 0.36  # of the room of a setting that its dots take
_LETTERS = 13  # in an inch of a line below


def member_dots(values: Mapping[str, npt.ArrayLike], *, label: str) -> Figure:
    """Draw a number of every network as a dot, and their mean, a column a setting.

    Arguments:
        values: (e,) numbers by setting, in the order of the axis; those that are not finite are
            left out and counted on the axis.
        label: of the vertical axis, with the unit.

    Returns:
        The figure; the line is the mean, dots stand side by side in the order of members.

    Raises:
        InvalidInputError: no setting.

    Example:
        >>> figure = member_dots({"before": [0.9, 0.95], "after": [0.91, 0.93]}, label="accuracy")
        >>> [text.get_text() for text in figure.axes[0].get_xticklabels()]
        ['before', 'after']
    """
    if not values:
        raise InvalidInputError(
            "at least one setting is drawn", received="none", fix="Give numbers by their setting."
        )
    figure, [[axes]] = grid(1, 1, height=2.6, right=0.2)
    letters = max(int(_LETTERS * panel_width(1, right=0.2) / len(values)), 6)
    dress(axes, y=label)
    axes.grid(visible=False, axis="x")
    colours = layer_colours(range(len(values)))
    ticks = []
    for place, (title, of) in enumerate(values.items()):
        numbers = np.asarray(of, dtype=np.float64).ravel()
        finite = numbers[np.isfinite(numbers)]
        absent = numbers.size - finite.size
        words = fill(title, letters)
        ticks.append(f"{words}\n({absent} missing)" if absent else words)
        offsets = (np.arange(finite.size) + 0.5) / max(finite.size, 1) - 0.5
        x = place + 2 * _SPREAD * offsets
        axes.plot(x, finite, "o", ms=3.5, mec="none", mfc=colours[place], alpha=0.55)
        if finite.size:
            axes.hlines(finite.mean(), place - _SPREAD, place + _SPREAD, colors=INK, lw=1.4)
    axes.set_xticks(range(len(values)), ticks)
    axes.set_xlim(-0.5, len(values) - 0.5)
    return figure
