"""Families of curves: over one variable, or with bands over members, a panel for each setting."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import (
    DASHES,
    columns_of,
    draw_band,
    grid,
    legend_beside,
    panel_width,
    wrapped,
)
from ib_mlflow.figures.epochs import epoch_axis
from ib_mlflow.figures.guides import ABOVE, draw_level
from ib_mlflow.figures.style import dress, layer_colours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from matplotlib.figure import Figure

_COLUMNS = 3


def family_panels(
    x: Sequence[int],
    panels: Mapping[str, Mapping[str, npt.ArrayLike]],
    *,
    label: str,
    x_label: str = "epoch (log scale)",
) -> Figure:
    """Draw families of curves of members over epochs or updates, a panel for each setting.

    Arguments:
        x: (t,) ascending whole numbers from 0, on the logarithmic scale.
        panels: by title the curves (e, t), by name; NaN for a member without a value.
        label: what is drawn, with its unit.
        x_label: what x is.

    Returns:
        The figure: means and bands from the 5 % to the 95 % quantile over members, on axes that
        all panels share.

    Raises:
        InvalidInputError: no panel, or a curve without a value for each x.

    Example:
        >>> figure = family_panels([0, 9], {"a": {"loss": [[1.0, 0.2]]}}, label="loss [nats]")
        >>> figure.axes[0].get_ylabel()
        'loss [nats]'
    """
    arrays = {
        title: {name: np.asarray(curves, np.float64) for name, curves in family.items()}
        for title, family in panels.items()
    }
    shapes = [curves.shape for family in arrays.values() for curves in family.values()]
    if not shapes or any(len(shape) != 2 or shape[1] != len(x) for shape in shapes):
        raise InvalidInputError(
            "each panel must have curves (e, t) with a value for each of the t x",
            received=f"shapes {sorted(set(shapes))} for {len(x)} x",
            fix="Give one array for each name.",
        )
    names = list(dict.fromkeys(name for family in arrays.values() for name in family))
    colours = layer_colours(range(len(names)))
    rows, columns = columns_of(len(arrays), _COLUMNS)
    titles, more = wrapped(arrays, panel_width(columns, right=1.6, gap=0.3))
    figure, table = grid(rows, columns, height=1.9, right=1.6, gap=0.3, above=more)
    every = [axes for row in table for axes in row]
    every[0].yaxis.set_major_locator(MaxNLocator(5))
    for index, (axes, family) in enumerate(zip(every, arrays.values(), strict=False)):
        first, below = index % columns == 0, index + columns >= len(arrays)
        if index:
            axes.sharey(every[0])
        dress(axes, title=titles[index], y=label if first else "")
        epoch_axis(axes, last=x[-1], label=x_label if below else "")
        axes.tick_params(labelleft=first, labelbottom=below)
        for number, name in enumerate(names):
            if name in family:
                curve = _band(family[name])
                dash = DASHES[number % len(DASHES)]
                draw_band(axes, list(x), curve, colour=colours[number], label=name, dash=dash)
    for axes in every[len(arrays) :]:
        axes.remove()
    last = every[columns - 1]
    shown = list(arrays.values())[min(columns, len(arrays)) - 1]
    for number, name in enumerate(names):
        if name not in shown:
            # The legend is of all panels.
            last.plot([], [], color=colours[number], linewidth=1.8, label=name)
    legend_beside(last)
    return figure


def family_curves(
    x: npt.ArrayLike,
    curves: Mapping[str, npt.ArrayLike],
    *,
    label: str,
    x_label: str | None = None,
    levels: Mapping[str, float] | None = None,
) -> Figure:
    """Draw a family of curves over one variable, or over epochs.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, figure 4 (d).

    Arguments:
        x: (t,) the variable.
        curves: by name the values (t,).
        label: what is drawn, with its unit.
        x_label: the variable, with its unit if it has one; none for epochs, which stand on the
            logarithmic scale.
        levels: by name values to compare with, in that unit.

    Returns:
        The figure.

    Raises:
        InvalidInputError: no curve, or one without a value for each x.

    Example:
        >>> figure = family_curves([0, 1], {"β = 0.1": [0.0, 1.0]}, label="I [nats]", x_label="w")
        >>> figure.axes[0].get_xlabel()
        'w'
    """
    along = np.asarray(x, np.float64)
    values = {name: np.asarray(curve, np.float64) for name, curve in curves.items()}
    if not values or along.ndim != 1 or any(of.shape != along.shape for of in values.values()):
        raise InvalidInputError(
            "each curve of a family must have a value for each x",
            received={name: of.shape for name, of in values.items()} or "no curve",
            fix=f"Give arrays of shape {along.shape}.",
        )
    figure, [[axes]] = grid(1, 1, height=2.7, right=1.3, above=ABOVE)
    dress(axes, x=x_label or "", y=label)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.labelpad = 1
    colours = layer_colours(range(len(values)))
    left = list(values.values())
    strokes = zip(colours.values(), cycle(DASHES), strict=False)
    for (colour, dash), (name, curve) in zip(strokes, values.items(), strict=False):
        left.pop(0)
        # A curve that later ones cover shows on both sides of them.
        covers = sum(np.allclose(curve, of, rtol=1e-9, atol=0) for of in left)
        axes.plot(along, curve, color=colour, ls=dash, lw=1.6 + 1.8 * covers, label=name)
    if x_label is None:
        epoch_axis(axes, last=int(along.max()))
    else:
        axes.set_xlim(along.min(), along.max())
    for name, value in (levels or {}).items():
        draw_level(axes, name, value)
    legend_beside(axes)
    return figure


def _band(curves: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """Mean, 5 % and 95 % quantile over the members with a value; NaN where there is none."""
    band = np.full((3, curves.shape[1]), np.nan)
    there = np.isfinite(curves).any(axis=0)
    known = np.where(np.isfinite(curves), curves, np.nan)[:, there]
    band[0, there] = np.nanmean(known, axis=0)
    band[1:, there] = np.nanquantile(known, [0.05, 0.95], axis=0)
    return list(band)
