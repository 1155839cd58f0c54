"""Where each layer starts and ends in a plane: an open mark, and a numbered one."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.figures.style import INK, ink_on

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from ib_mlflow.figures.panels import Panel

    Point = npt.NDArray[np.float64]

_SIZE = 11.0  # points, of the mark that carries a number


def draw_end_marks(axes: Axes, panel: Panel, colours: Mapping[int, str]) -> None:
    """Mark the first and the last point of each layer's mean, the last with the layer's number.

    Marks that would hide one another share one label, such as 1–3.

    Arguments:
        axes: an axes with its limits set.
        panel: the curves.
        colours: the colour of each layer.

    Example:
        >>> from ib_mlflow.figures.panels import panels
        >>> from ib_mlflow.figures.style import new_figure
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> pair = Trajectory.from_arrays([[[2.0, 2.0, 1.0]]], [[[0.6, 0.6, 0.6]]], epochs=[0],
        ...     n=8, guides=Guides(2.08, 0.69, 0.69), estimator="exact", setting="")
        >>> axes = new_figure(4, 4).add_subplot(xlim=(0, 2.1), ylim=(0, 0.8))
        >>> draw_end_marks(axes, panels(pair, unit="nats")[0], dict.fromkeys((1, 2, 3), "#163db9"))
        >>> [text.get_text() for text in axes.texts]
        ['1–2', '3']
    """
    last: dict[int, Point] = {}
    for index, layer in enumerate(panel.layers):
        path = panel.mean[:, :, index].T
        path = path[np.isfinite(path).all(axis=1)]
        if len(path):
            axes.plot(*path[0], "o", ms=4.5, mfc="white", mec=colours[layer], mew=1.1, zorder=5)
            last[layer] = path[-1]
    number_points(axes, last, colours)


def number_points(
    axes: Axes, points: Mapping[int, Point], colours: Mapping[int, str]
) -> list[Artist]:
    """Mark one point per layer with the layer's number, and near ones with a joint label.

    Arguments:
        axes: an axes with its limits set.
        points: (I(X;T), I(T;Y)) of each layer, in the unit of the axes.
        colours: the colour of each layer.

    Returns:
        What was added to the axes.

    Example:
        >>> from ib_mlflow.figures.style import new_figure
        >>> axes = new_figure(4, 4).add_subplot(xlim=(0, 1), ylim=(0, 1))
        >>> added = number_points(axes, {1: np.array([0.5, 0.5])}, {1: "#163db9"})
        >>> axes.texts[0].get_text()
        '1'
    """
    added: list[Artist] = []
    places = {
        layer: axes.transData.transform(point) * 72 / axes.figure.dpi
        for layer, point in points.items()
    }
    for layer, point in points.items():
        added += axes.plot(*point, "o", ms=_SIZE, mfc=colours[layer], mec="white", zorder=6)
    for layers in _groups(places):
        x, y = np.mean([points[layer] for layer in layers], axis=0)
        label = axes.text(x, y, runs(layers), ha="center", va="center_baseline", zorder=7)
        label.set(fontsize=7, fontweight="bold", color=ink_on(colours[layers[0]]))
        if len(layers) > 1:
            label.set(color="white")
            label.set_bbox({"boxstyle": "round,pad=0.25,rounding_size=0.7", "fc": INK, "ec": "w"})
        added.append(label)
    return added


def _groups(places: Mapping[int, npt.NDArray[np.float64]]) -> list[list[int]]:
    """Join the layers whose marks, or joint labels, would hide one another (places in points)."""
    groups = [[layer] for layer in places]
    while True:
        for first, second in combinations(groups, 2):
            centres = [
                np.mean([places[layer] for layer in group], axis=0) for group in (first, second)
            ]
            across, up = np.abs(centres[0] - centres[1])
            widths = sum(_SIZE * (2 if len(group) > 1 else 1) for group in (first, second))
            near = 0.275 if len(first) == len(second) == 1 else 0.4
            if across < near * widths and up < 0.55 * _SIZE:
                groups = [group for group in groups if group not in (first, second)]
                groups.append(sorted(first + second))
                break
        else:
            return sorted(groups)


def runs(numbers: Sequence[int]) -> str:
    """Write ascending numbers with their runs joined.

    Arguments:
        numbers: ascending.

    Returns:
        Such as "1–3, 5".

    Example:
        >>> runs([1, 2, 3, 5])
        '1–3, 5'
    """
    joined: list[list[int]] = []
    for number in numbers:
        if joined and number == joined[-1][-1] + 1:
            joined[-1].append(number)
        else:
            joined.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in joined)
