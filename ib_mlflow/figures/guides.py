"""The entropies that bound an information plane, as lines with merged labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ib_mlflow.figures.style import QUIET, SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ib_mlflow.trajectory import Guides

_LINE: dict[str, Any] = {"color": QUIET, "linewidth": 0.9, "linestyle": (0, (5, 3)), "zorder": 1.5}
GUIDES_HEIGHT = 11.0
"""Points that the names of guides need between the axes and a title."""
_WORDS: dict[str, Any] = {"fontsize": SMALL, "color": QUIET, "textcoords": "offset points"}


def guide_lines(guides: Guides, *, height: float) -> list[tuple[str, float, str]]:
    """Name the horizontal guides, once where they coincide.

    Arguments:
        guides: the entropies, in the unit shown.
        height: of the vertical axis, in that unit.

    Returns:
        (label, value, "top" or "bottom": the side of the line that the label hangs on), so that
        the labels of two near lines do not meet.

    Example:
        >>> from ib_mlflow.trajectory import Guides
        >>> guide_lines(Guides(8.3, 0.69, 0.69), height=0.8)
        [('H(Y) = I(X;Y)', 0.69, 'bottom')]
        >>> guide_lines(Guides(8.3, 0.69, 0.66), height=0.8)
        [('H(Y)', 0.69, 'bottom'), ('I(X;Y)', 0.66, 'top')]
    """
    gap = guides.h_y - guides.i_xy
    if gap <= 1e-6 * height:
        return [("H(Y) = I(X;Y)", guides.h_y, "bottom")]
    lower = "top" if gap < 0.12 * height else "bottom"
    return [("H(Y)", guides.h_y, "bottom"), ("I(X;Y)", guides.i_xy, lower)]


def draw_guides(axes: Axes, guides: Guides) -> None:
    """Draw H(X) as a vertical line, H(Y) and I(X;Y) as horizontal ones, named above the axes.

    Layers end where the lines meet: inside, marks would lie on the words.

    Arguments:
        axes: an axes with its limits set.
        guides: the entropies, in the unit of the axes.

    Example:
        >>> from ib_mlflow.figures.style import new_figure
        >>> from ib_mlflow.trajectory import Guides
        >>> axes = new_figure(2, 2).add_subplot(xlim=(0, 9), ylim=(0, 0.8))
        >>> draw_guides(axes, Guides(8.3, 0.69, 0.69))
        >>> [text.get_text() for text in axes.texts]
        ['H(Y) = I(X;Y) = 0.69', 'H(X) = 8.30']
    """
    bottom, top = axes.get_ylim()
    axes.axvline(guides.h_x, **_LINE)
    lines = guide_lines(guides, height=top - bottom)
    for _, value, _ in lines:
        axes.axhline(value, **_LINE)
    left = "   ".join(f"{name} = {value:.2f}" for name, value, _ in lines)
    for end, side, words in ((0, "left", left), (1, "right", f"H(X) = {guides.h_x:.2f}")):
        label = axes.annotate(words, (end, 1), xytext=(0, 3), **_WORDS)
        label.xycoords = "axes fraction"
        label.set(ha=side, va="bottom")


def draw_level(
    axes: Axes, name: str, value: float, *, side: str = "bottom", end: str = "left"
) -> None:
    """Draw one horizontal guide, with its name and value at one end.

    Arguments:
        axes: an axes with its limits set.
        name: what it is.
        value: where it is, in the unit of the axes.
        side: "bottom" or "top", the side of the words that hangs on the line.
        end: "left" or "right".

    Example:
        >>> from ib_mlflow.figures.style import new_figure
        >>> axes = new_figure(2, 2).add_subplot(ylim=(0, 9))
        >>> draw_level(axes, "H(X)", 8.3)
        >>> axes.texts[0].get_text()
        'H(X) = 8.30'
    """
    axes.axhline(value, **_LINE)
    right = end == "right"
    offset = (-5 if right else 5, 2 if side == "bottom" else -2)
    label = axes.annotate(f"{name} = {value:.2f}", (float(right), value), xytext=offset, **_WORDS)
    label.xycoords = ("axes fraction", "data")
    label.set(ha=end, va=side)
