"""The entropies that bound an information plane, as lines with merged labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ib_mlflow.figures.style import QUIET, SMALL, inches

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ib_mlflow.trajectory import Guides

_LINE: dict[str, Any] = {"color": QUIET, "linewidth": 0.9, "linestyle": (0, (5, 3)), "zorder": 1.5}
GUIDES_HEIGHT = 11.0
"""Points that the names of guides need between the axes and a title."""
ABOVE = 0.16
"""The same in inches, for `bands.grid`."""
_LEVEL = "level"
_LETTERS = 16.5  # of the names, in an inch
_WORDS: dict[str, Any] = {"fontsize": SMALL, "color": QUIET, "textcoords": "offset points"}


def guide_lines(guides: Guides, *, height: float) -> list[tuple[str, float]]:
    """Name the horizontal guides, once where they coincide.

    Arguments:
        guides: the entropies, in the unit shown.
        height: of the vertical axis, in that unit.

    Returns:
        (label, value) of each line.

    Example:
        >>> from ib_mlflow.trajectory import Guides
        >>> guide_lines(Guides(8.3, 0.69, 0.69), height=0.8)
        [('H(Y) = I(X;Y)', 0.69)]
        >>> guide_lines(Guides(8.3, 0.69, 0.66), height=0.8)
        [('H(Y)', 0.69), ('I(X;Y)', 0.66)]
    """
    if guides.h_y - guides.i_xy <= 1e-6 * height:
        return [("H(Y) = I(X;Y)", guides.h_y)]
    return [("H(Y)", guides.h_y), ("I(X;Y)", guides.i_xy)]


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
    for _, value in lines:
        axes.axhline(value, **_LINE)
    left = "   ".join(f"{name} = {value:.2f}" for name, value in lines)
    right = f"H(X) = {guides.h_x:.2f}"
    # Too narrow for both: one above the other.
    raised = GUIDES_HEIGHT if guides_rows(inches(axes), guides) > 1 else 0
    for end, side, words, up in ((0, "left", left, 0), (1, "right", right, raised)):
        label = axes.annotate(words, (end, 1), xytext=(0, 3 + up), **_WORDS)
        label.xycoords = "axes fraction"
        label.set(ha=side, va="bottom")


def guides_rows(width: float, guides: Guides) -> int:
    """Return how many lines of words the names of guides take above an axes, 1 or 2.

    Arguments:
        width: of the axes, in inches.
        guides: the entropies, in the unit of the axes.

    Example:
        >>> from ib_mlflow.trajectory import Guides
        >>> guides_rows(1.5, Guides(8.3, 0.69, 0.69))
        2
    """
    names = [name for name, _ in guide_lines(guides, height=1.0)]
    letters = sum(len(name) + len(" = 0.69") for name in names) + len("H(X) = 8.30") + 3
    return 1 if letters <= _LETTERS * width else 2


def draw_level(axes: Axes, name: str, value: float) -> None:
    """Draw one horizontal guide, named above the axes at the right, where no curve comes.

    Arguments:
        axes: an axes with its limits set, and `GUIDES_HEIGHT` free above it.
        name: what it is; further levels stand left of those named before.
        value: where it is, in the unit of the axes.

    Example:
        >>> from ib_mlflow.figures.style import new_figure
        >>> axes = new_figure(2, 2).add_subplot(ylim=(0, 9))
        >>> draw_level(axes, "H(X)", 8.3)
        >>> axes.texts[0].get_text()
        'H(X) = 8.30'
    """
    axes.axhline(value, **_LINE)
    before = [text for text in axes.texts if text.get_gid() == _LEVEL]
    place, away = ((0, 0), (-9, 0)) if before else ((1, 1), (0, 3))
    words = f"{name} = {value:.2f}".replace("-", "−") if value < 0 else f"{name} = {value:.2f}"
    label = axes.annotate(words, place, xytext=away, **_WORDS)
    label.xycoords = before[-1] if before else "axes fraction"
    label.set(ha="right", va="bottom", gid=_LEVEL)
