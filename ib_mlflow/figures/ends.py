"""Curves named where they end: told apart without a colour, also where one covers another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.figures.end_marks import runs
from ib_mlflow.figures.style import INK, SMALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

ROOM = 0.34
"""Inches that the names take on the right of the axes."""
_APART = 8.5  # points between two names


def name_ends(axes: Axes, ends: Mapping[int, float], colours: Mapping[int, str]) -> None:
    """Write the numbers of layers beside an axes, at the height where their curves end.

    Names that would lie on one another are written as one, such as 1–3.

    Arguments:
        axes: an axes with its limits set.
        ends: by layer the last value, in the unit of the axes; those that are not finite or lie
            outside are left out.
        colours: the colour of each layer.

    Example:
        >>> from ib_mlflow.figures.style import new_figure
        >>> axes = new_figure(4, 3).add_subplot(ylim=(0, 1))
        >>> name_ends(axes, {1: 0.9, 2: 0.9, 3: 0.2}, dict.fromkeys((1, 2, 3), "#163db9"))
        >>> [text.get_text() for text in axes.texts]
        ['1–2', '3']
    """
    low, high = sorted(axes.get_ylim())
    shown = {layer: end for layer, end in ends.items() if np.isfinite(end) and low <= end <= high}
    figure = axes.get_figure(root=True)
    dpi = figure.dpi if figure else 72.0
    places = {
        layer: float(axes.transData.transform((1, end))[1]) * 72 / dpi
        for layer, end in shown.items()
    }
    groups: list[list[int]] = []
    for layer in sorted(shown, key=lambda layer: -places[layer]):
        if groups and _middle(groups[-1], places) - places[layer] < _APART:
            groups[-1].append(layer)
        else:
            groups.append([layer])
    back = axes.transData.inverted()
    for group in sorted(map(sorted, groups)):
        at = float(back.transform((0, _middle(group, places) * dpi / 72))[1])
        name = axes.annotate(runs(group), (1, at), (4, 0), textcoords="offset points")
        name.xycoords = axes.get_yaxis_transform()
        colour = colours[group[0]] if len(group) == 1 else INK
        name.set(ha="left", va="center", fontsize=SMALL, fontweight="bold", color=colour)


def _middle(group: list[int], places: Mapping[int, float]) -> float:
    return float(np.mean([places[layer] for layer in group]))
