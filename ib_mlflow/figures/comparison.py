"""A reading compared between settings: one interval per layer and setting."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import grid, legend_beside, panel_width
from ib_mlflow.figures.guides import ABOVE, draw_level
from ib_mlflow.figures.style import dress, layer_colours
from ib_mlflow.trajectory import over_members

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

_SPREAD = 0.7  # of the room of a setting that its layers take


def compare_settings(
    readings: Mapping[str, pd.DataFrame],
    *,
    quantity: str,
    label: str,
    scale: float = 1.0,
    guide: tuple[str, float] | None = None,
) -> Figure:
    """Draw a reading per layer and setting: members as dots, their mean, and an interval.

    Arguments:
        readings: a table per setting, in the order of the axis, with a row per (member, layer)
            and the columns `layer` and `quantity`, such as `trajectory.compression` returns.
        quantity: the column that is compared.
        label: of the vertical axis, with the unit after scaling.
        scale: what the quantity is multiplied by, such as 1 / ln 2 from nats to bits.
        guide: name and value, in the unit of the label, of a level to compare with.

    Returns:
        The figure; bars span the 5 % to 95 % quantiles over members, members whose value is not
        finite are left out and counted on the axis.

    Raises:
        InvalidInputError: no setting, or a column is missing.

    Example:
        >>> import pandas as pd
        >>> lost = pd.DataFrame({"member": [0, 1], "layer": [3, 3], "drop": [1.0, 1.5]})
        >>> figure = compare_settings({"bin size 0.07": lost}, quantity="drop",
        ...     label="I(X;T) lost after the peak [nats]")
        >>> [text.get_text() for text in figure.axes[0].get_xticklabels()]
        ['bin size 0.07']
    """
    for title, reading in readings.items():
        missing = {"layer", quantity}.difference(reading.columns)
        if missing:
            raise InvalidInputError(
                f"every reading must have the columns layer and {quantity}",
                received=f"{title!r} without {sorted(missing)}",
                fix="Give tables such as trajectory.compression returns.",
            )
    if not readings:
        raise InvalidInputError(
            "at least one setting is compared", received="none", fix="Give a reading by its title."
        )
    colours = layer_colours({layer for each in readings.values() for layer in each["layer"]})
    above = ABOVE if guide else 0.0
    figure, [[axes]] = grid(1, 1, height=3.0, right=0.95, above=above)
    room = panel_width(1, right=0.95) / len(readings)
    dress(axes, y=label)
    axes.grid(visible=False, axis="x")
    offsets = (np.arange(len(colours)) + 0.5) / len(colours) - 0.5
    ticks = []
    for place, (title, reading) in enumerate(readings.items()):
        summary = over_members(reading, by=["layer"], quantities=[quantity]).set_index("layer")
        absent = int(summary["missing"].max())
        words = fill(title, max(int(13 * room), 6))
        ticks.append(f"{words}\n({absent} missing)" if absent else words)
        for layer, offset in zip(colours, offsets * _SPREAD, strict=True):
            if layer not in summary.index:
                continue
            mean, low, high = summary.loc[layer, ["mean", "q05", "q95"]].to_numpy(float) * scale
            x = place + offset
            values = reading.loc[reading["layer"] == layer, quantity].to_numpy(dtype=np.float64)
            dots = np.full(values.size, x)
            axes.plot(dots, values * scale, "o", ms=2.5, mec="none", mfc=colours[layer], alpha=0.3)
            axes.vlines(x, low, high, colors=colours[layer], lw=1.6)
            name = f"layer {layer}" if place == 0 else f"_layer {layer}"
            axes.plot(x, mean, "o", ms=6, mfc=colours[layer], mec="white", ls="", label=name)
    axes.set_xticks(range(len(readings)), ticks)
    axes.set_xlim(-0.5, len(readings) - 0.5)
    bottom, top = axes.get_ylim()
    if guide is not None:
        top = max(top, guide[1] * 1.08)  # room for its words
        draw_level(axes, *guide)
    axes.set_ylim(min(bottom, 0), top)
    legend_beside(axes)
    return figure
