"""What a figure says of itself: one line above all panels, of what all of them have in common."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

from ib_mlflow.figures.style import INK, TEXT
from ib_mlflow.figures.ways import measured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from ib_mlflow.figures.panels import Panel

_LINE, _PAD, _EDGE = 0.17, 0.12, 0.12  # inches
_LETTERS = 11.5  # in an inch
_SEPARATOR = " · "


def entitle(figure: Figure, words: str) -> Figure:
    """Write a heading above a figure, which grows by its lines; before one that is there already.

    Arguments:
        figure: the figure.
        words: what all its panels have in common, parts divided by " · ".

    Returns:
        The figure; it keeps its width, and its axes their inches.

    Example:
        >>> from ib_mlflow.figures.style import new_figure
        >>> figure = entitle(new_figure(9.0, 2.0), "binned, bin size 0.07")
        >>> entitle(figure, "main · szt").get_suptitle()
        'main · szt · binned, bin size 0.07'
    """
    width, height = (float(inches) for inches in figure.get_size_inches())
    before = figure.get_suptitle()
    known = before.replace("\n", " ").split(_SEPARATOR) if before else []
    parts = [part for part in words.split(_SEPARATOR) if part and part not in known]
    if not [*parts, *known]:
        return figure
    text = fill(_SEPARATOR.join([*parts, *known]), int(_LETTERS * (width - 2 * _EDGE)))
    grown = _LINE * (text.count("\n") - before.count("\n"))
    grown += 0 if before else _LINE + _PAD
    tall = height + grown
    figure.set_size_inches(width, tall)
    for axes in figure.axes:
        box = axes.get_position(original=True)
        kept = height / tall
        axes.set_position((box.x0, box.y0 * kept, box.width, box.height * kept))
    heading = figure.suptitle(text, x=_EDGE / width, y=1 - 0.09 / tall, ha="left", va="top")
    heading.set(fontsize=TEXT + 1, color=INK, fontweight="bold")
    return figure


def common(shown: Sequence[Panel], *, members: bool = True) -> str:
    """Say how the panels of a figure were measured, as far as they all were alike.

    Arguments:
        shown: the panels.
        members: whether the heading counts them too.

    Example:
        >>> from ib_mlflow.figures.panels import panels
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> two = Trajectory.from_arrays([[[2.0]], [[1.0]]], [[[0.1]], [[0.1]]], epochs=[0], n=8,
        ...     guides=Guides(2.0, 1.0, 1.0), estimator="binned", setting="bin_size=0.07")
        >>> common(panels(two, unit="nats"))
        'binned, bin size 0.07 · 2 members'
    """
    ways, captions = {panel.way for panel in shown}, {panel.caption for panel in shown}
    estimators = {estimator for estimator, _ in ways}
    words = [measured(*next(iter(ways)))] if len(ways) == 1 else []
    words = words or ([estimators.pop()] if len(estimators) == 1 else [])
    return _SEPARATOR.join([*words, *(captions if members and len(captions) == 1 else ())])
