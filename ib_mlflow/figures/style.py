"""Looks that all figures share: colours of layers, shades of epochs, axes dressed by hand.

Settings of matplotlib (`rcParams`) are global, and several runs may draw at once from the threads
of one process; so none is changed here, and every size and colour is given to the artist itself.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy.typing as npt
    from matplotlib.axes import Axes

INK, QUIET, GRID = "#26292e", "#6d7480", "#e4e6ea"
TEXT, SMALL = 9.0, 7.5
WIDTH = 9.0
"""Inches of every figure, so that words are of one size beside each other; heights go by rows."""
# Ordered by hue and spaced for the largest smallest distance in OKLab, as seen by full colour
# vision, protanopia, deuteranopia and tritanopia (Machado, Oliveira & Fernandes 2009).
_SIX = ("#163db9", "#4c88ce", "#15cdb4", "#876e01", "#fb920c", "#812158")
_TEN = (
    "#3354a3", "#6ad2fd", "#20849a", "#48b2a1", "#abd28d",
    "#d29f06", "#c66a40", "#ba1606", "#52142a", "#80335c",
)  # fmt: skip
EARLY = 0.80  # share of white in the colour of epoch 0


def unit_scale(unit: str) -> float:
    """Return what a number of nats is multiplied by.

    Arguments:
        unit: "nats" or "bits".

    Returns:
        1, or 1 / ln 2.

    Raises:
        InvalidInputError: another unit.

    Example:
        >>> round(unit_scale("bits"), 4)
        1.4427
    """
    scales = {"nats": 1.0, "bits": 1 / log(2)}
    if unit not in scales:
        raise InvalidInputError(
            "information is shown in nats or bits", received=unit, fix="Give one of the two."
        )
    return scales[unit]


def layer_colours(layers: Collection[int]) -> dict[int, str]:
    """Give each layer a colour, ordered from blue (first) to purple (last).

    Arguments:
        layers: the layers to tell apart.

    Returns:
        A hexadecimal colour per layer, distinct also to the colour-blind for up to ten layers.

    Example:
        >>> layer_colours([2, 1])
        {1: '#163db9', 2: '#4c88ce'}
    """
    ordered = sorted(set(layers))
    palette: tuple[str, ...] = _SIX if len(ordered) <= len(_SIX) else _TEN
    if len(ordered) > len(palette):
        known = np.array([to_rgb(colour) for colour in palette])
        at = np.linspace(0, len(palette) - 1, len(ordered))
        steps = np.arange(len(palette))
        mixed = np.stack([np.interp(at, steps, known[:, k]) for k in range(3)], axis=1)
        palette = tuple(to_hex(colour) for colour in mixed)
    return dict(zip(ordered, palette, strict=False))


def shades(colour: str, fractions: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Shade a colour from light (early) to full (late).

    Arguments:
        colour: the colour of the last epoch.
        fractions: positions between 0 and 1, shape (k,).

    Returns:
        Red, green and blue between 0 and 1, shape (k, 3).

    Example:
        >>> shades("#000000", [0.0, 1.0]).tolist()
        [[0.8, 0.8, 0.8], [0.0, 0.0, 0.0]]
    """
    late: npt.NDArray[np.float64] = np.clip(np.asarray(fractions, dtype=np.float64), 0, 1)[:, None]
    white = EARLY * (1 - late)
    return white + (1 - white) * np.asarray(to_rgb(colour), dtype=np.float64)


def ink_on(colour: str) -> str:
    """Choose the colour of text that is legible on another colour.

    Arguments:
        colour: what is behind the text.

    Returns:
        White or the colour of ink, whichever contrasts more (WCAG 2 relative luminance).

    Example:
        >>> ink_on("#163db9"), ink_on("#15cdb4")
        ('#ffffff', '#26292e')
    """
    encoded = np.array([to_rgb(name) for name in (colour, INK)])
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    behind, ink = linear @ np.array([0.2126, 0.7152, 0.0722]) + 0.05
    return "#ffffff" if 1.05 / behind > behind / ink else INK


def new_figure(width: float, height: float) -> Figure:
    """Make a white figure with its own canvas, unknown to pyplot.

    Arguments:
        width: inches.
        height: inches.

    Returns:
        The figure, at 144 dots per inch.

    Example:
        >>> new_figure(2.0, 1.0).get_size_inches().tolist()
        [2.0, 1.0]
    """
    figure = Figure(figsize=(width, height), dpi=144, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def dress(axes: Axes, *, title: str = "", x: str = "", y: str = "", above: float = 0.0) -> None:
    """Draw axes quietly: light grid behind, two spines, small text.

    Arguments:
        axes: the axes.
        title: what the panel shows, at its upper left.
        x: label of the horizontal axis, with its unit.
        y: label of the vertical axis, with its unit.
        above: points that stay free between the axes and the title.

    Example:
        >>> axes = new_figure(2, 1).add_subplot()
        >>> dress(axes, x="I(X;T) [nats]")
        >>> axes.get_xlabel()
        'I(X;T) [nats]'
    """
    axes.set_facecolor("white")
    axes.set_axisbelow(True)
    axes.grid(visible=True, color=GRID, linewidth=0.7)
    axes.minorticks_off()
    axes.tick_params(colors=QUIET, labelcolor=INK, labelsize=SMALL, length=3, width=0.8)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(QUIET)
        spine.set_linewidth(0.8)
    axes.set_title(title, loc="left", fontsize=TEXT, color=INK, fontweight="bold", pad=6 + above)
    axes.set_xlabel(x, fontsize=TEXT, color=INK)
    axes.set_ylabel(y, fontsize=TEXT, color=INK)


def inches(axes: Axes) -> float:
    """Return the width of an axes.

    Arguments:
        axes: of a figure.

    Example:
        >>> round(inches(new_figure(2, 1).add_axes((0, 0, 0.5, 1))), 2)
        1.0
    """
    figure = axes.get_figure(root=True)
    whole = figure.get_size_inches()[0] if figure else WIDTH
    return float(axes.get_position(original=True).width * whole)
