"""The entropies that bound an information plane, as lines with merged labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ib_mlflow.figures.style import QUIET, SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ib_mlflow.trajectory import Guides


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
    apart = guides.h_y - guides.i_xy
    if apart <= 1e-6 * height:
        return [("H(Y) = I(X;Y)", guides.h_y, "bottom")]
    lower = "top" if apart < 0.12 * height else "bottom"
    return [("H(Y)", guides.h_y, "bottom"), ("I(X;Y)", guides.i_xy, lower)]


def draw_guides(axes: Axes, guides: Guides) -> None:
    """Draw H(X) as a vertical line, H(Y) and I(X;Y) as horizontal ones.

    Arguments:
        axes: an axes with its limits set.
        guides: the entropies, in the unit of the axes.

    Example:
        >>> from ib_mlflow.figures.style import new_figure
        >>> from ib_mlflow.trajectory import Guides
        >>> axes = new_figure(2, 2).add_subplot(xlim=(0, 9), ylim=(0, 0.8))
        >>> draw_guides(axes, Guides(8.3, 0.69, 0.69))
        >>> [text.get_text() for text in axes.texts]
        ['H(X) = 8.30', 'H(Y) = I(X;Y) = 0.69']
    """
    look: dict[str, Any] = {
        "color": QUIET,
        "linewidth": 0.9,
        "linestyle": (0, (5, 3)),
        "zorder": 1.5,
    }
    words: dict[str, Any] = {
        "fontsize": SMALL,
        "color": QUIET,
        "textcoords": "offset points",
        "zorder": 1.6,
    }
    (left, _), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    axes.axvline(guides.h_x, **look)
    axes.annotate(
        f"H(X) = {guides.h_x:.2f}",
        (guides.h_x, bottom),
        xytext=(-2, 5),
        rotation=90,
        ha="right",
        va="bottom",
        **words,
    )
    for label, value, side in guide_lines(guides, height=top - bottom):
        axes.axhline(value, **look)
        axes.annotate(
            f"{label} = {value:.2f}",
            (left, value),
            xytext=(5, 2 if side == "bottom" else -2),
            ha="left",
            va=side,
            **words,
        )
