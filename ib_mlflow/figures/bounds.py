"""Bounds that decoders give, layer by layer and over training, with their errors."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import DASHES, MARKERS, columns_of, grid, legend_beside
from ib_mlflow.figures.epochs import epoch_axis
from ib_mlflow.figures.guides import ABOVE, GUIDES_HEIGHT, draw_level
from ib_mlflow.figures.style import INK, QUIET, dress, layer_colours, unit_scale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Bounds = Mapping[str, tuple[float, float]]

_COLUMNS = 3
INTERVAL = 1.96  # standard errors either way: 95 %
_ORDER = (0, 4, 2, 5, 1, 3)  # of the six colours, so that few networks differ much


def layer_bounds(
    bounds: Mapping[str, Bounds],
    *,
    label: str,
    unit: str = "nats",
    level: str = "",
    levels: Mapping[str, float] | None = None,
    ordered: bool = True,
) -> Figure:
    """Draw a bound for every layer, a panel for each dataset or network.

    Reference:
        Nash, Kushman & Williams (2018), figure 5a.

    Arguments:
        bounds: by panel, by layer in order: the bound and its standard error, in nats.
        label: what is bounded, such as "-H(x|h) from below".
        unit: "nats" or "bits".
        level: name of what `levels` holds.
        levels: by panel, a value to compare with, in nats.
        ordered: joined by a line, as layers are; networks of several kinds have no order.

    Returns:
        The figure, with intervals of 95 %.

    Raises:
        InvalidInputError: nothing to draw, or another unit.

    Example:
        >>> figure = layer_bounds({"mnist": {"CONV1": (-20.0, 0.1), "FC3": (-50.0, 0.2)}},
        ...                       label="bound")
        >>> [text.get_text() for text in figure.axes[0].get_xticklabels()]
        ['CONV1', 'FC3']
    """
    scale = unit_scale(unit)
    _check(bounds)
    rows, columns = columns_of(len(bounds), _COLUMNS)
    above = ABOVE if levels else 0.0
    figure, table = grid(rows, columns, height=2.2, right=0.3, above=above)
    every = [axes for row in table for axes in row]
    for index, (axes, (title, layers)) in enumerate(zip(every, bounds.items(), strict=False)):
        dress(
            axes,
            title=title,
            y=f"{label} [{unit}]" if index % columns == 0 else "",
            above=GUIDES_HEIGHT if levels else 0.0,
        )
        places = np.arange(len(layers))
        colours = layer_colours(places.tolist())
        values, errors = scale * np.array(list(layers.values())).T
        if ordered:
            axes.plot(places, values, color=QUIET, linewidth=1, zorder=1)
        for place, value, error in zip(places.tolist(), values, errors, strict=True):
            _point(axes, place, value, error, colours[place])
        if levels is not None and title in levels:
            draw_level(axes, level, scale * levels[title])
        axes.set_xticks(places, list(layers))
        axes.set_xlim(-0.5, len(layers) - 0.5)
        axes.grid(visible=False, axis="x")
    for axes in every[len(bounds) :]:
        axes.remove()
    return figure


def relative_bounds(bounds: Mapping[str, Bounds], *, label: str) -> Figure:
    """Draw bounds as shares of one of them, all datasets on one axis.

    Reference:
        Nash, Kushman & Williams (2018), figure 5a.

    Arguments:
        bounds: by dataset, by layer in order: the bound and its standard error, without unit.
        label: what is drawn.

    Returns:
        The figure, with intervals of 95 %.

    Raises:
        InvalidInputError: nothing to draw.

    Example:
        >>> figure = relative_bounds({"mnist": {"CONV1": (-1.0, 0.0), "FC3": (-2.5, 0.1)}},
        ...                          label="relative bound")
        >>> [line.get_label() for line in figure.axes[0].lines][0]
        'mnist'
    """
    _check(bounds)
    layers = list(dict.fromkeys(layer for network in bounds.values() for layer in network))
    figure, table = grid(1, 1, height=2.6, right=1.2)
    axes = table[0][0]
    dress(axes, y=label)
    marks = zip(_colours(len(bounds)), cycle(DASHES), cycle(MARKERS), strict=False)
    for (colour, dash, marker), (name, own) in zip(marks, bounds.items(), strict=False):
        places = [layers.index(layer) for layer in own]
        values, errors = np.array(list(own.values())).T
        axes.plot(places, values, color=colour, lw=1.4, ls=dash, marker=marker, ms=4, label=name)
        for place, value, error in zip(places, values, errors, strict=True):
            _point(axes, place, value, error, colour, marker)
    axes.set_xticks(range(len(layers)), layers)
    axes.set_xlim(-0.5, len(layers) - 0.5)
    axes.grid(visible=False, axis="x")
    legend_beside(axes)
    return figure


def training_bounds(
    bounds: Mapping[str, Mapping[str, Mapping[int, tuple[float, float]]]],
    *,
    label: str,
    unit: str = "nats",
) -> Figure:
    """Draw how a bound moves while networks learn, a panel for each layer.

    Reference:
        Nash, Kushman & Williams (2018), figure 5b.

    Arguments:
        bounds: by network, by layer, by number of updates: the bound and its standard error, in
            nats.
        label: what is bounded.
        unit: "nats" or "bits".

    Returns:
        The figure, with intervals of 95 %, updates on a logarithmic scale.

    Raises:
        InvalidInputError: nothing to draw, or another unit.

    Example:
        >>> figure = training_bounds({"normal": {"FC3": {0: (-60.0, 0.3), 100: (-50.0, 0.3)}}},
        ...                          label="bound")
        >>> figure.axes[0].get_xlabel()
        'updates (log scale)'
    """
    scale = unit_scale(unit)
    _check(bounds)
    layers = list(dict.fromkeys(layer for network in bounds.values() for layer in network))
    last = max(u for network in bounds.values() for curve in network.values() for u in curve)
    rows, columns = columns_of(len(layers), _COLUMNS)
    figure, table = grid(rows, columns, height=2.0, right=1.2, gap=0.6)
    every = [axes for row in table for axes in row]
    colours = _colours(len(bounds))
    for index, (axes, layer) in enumerate(zip(every, layers, strict=False)):
        dress(axes, title=layer, y=f"{label} [{unit}]" if index % columns == 0 else "")
        below = index + columns >= len(layers)
        epoch_axis(axes, last=last, label="updates (log scale)" if below else "")
        for number, (name, network) in enumerate(bounds.items()):
            updates = sorted(network.get(layer, {}))
            if not updates:
                continue
            values, errors = scale * np.array([network[layer][update] for update in updates]).T
            dash, marker = DASHES[number % len(DASHES)], MARKERS[number % len(MARKERS)]
            axes.plot(
                updates,
                values,
                color=colours[number],
                lw=1.4,
                ls=dash,
                marker=marker,
                ms=4,
                label=name,
            )
            for update, value, error in zip(updates, values, errors, strict=True):
                _point(axes, update, value, error, colours[number], marker)
    for axes in every[len(layers) :]:
        axes.remove()
    legend_beside(every[columns - 1])
    return figure


def _colours(count: int) -> list[str]:
    palette = layer_colours(range(max(count, len(_ORDER))))
    return [palette[number] for number in (*_ORDER, *range(len(_ORDER), count))][:count]


def _point(
    axes: Axes, x: float, value: float, error: float, colour: str, marker: str = "o"
) -> None:
    axes.errorbar(
        x,
        value,
        yerr=INTERVAL * error,
        color=colour,
        ecolor=INK,
        elinewidth=0.9,
        capsize=2.5,
        marker=marker,
        markersize=4,
        zorder=2,
    )


def _check(bounds: Mapping[str, Mapping[str, object]]) -> None:
    if not bounds or not all(bounds.values()):
        raise InvalidInputError(
            "there must be a bound to draw", received=dict(bounds), fix="Name a layer's."
        )
