"""I(X;T) over epochs: of every layer in several settings, or by several estimators."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import draw_band, grid, legend_beside
from ib_mlflow.figures.guides import draw_level
from ib_mlflow.figures.panels import guide_limits, panels
from ib_mlflow.figures.style import (
    INK,
    SMALL,
    dress,
    epoch_axis,
    epoch_fraction,
    layer_colours,
    unit_scale,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ib_mlflow.figures.panels import Planes
    from ib_mlflow.trajectory import Trajectory

_COLUMNS = 4
_STYLES = {"point": "-", "lower": (0, (4, 2)), "upper": (0, (1, 1.5))}


def setting_curves(
    planes: Planes,
    *,
    label: str = "I(X;T)",
    unit: str = "nats",
    guide: str = "H(X)",
    marked: Sequence[int] = (),
) -> Figure:
    """Draw I(X;T) of every layer over epochs, a panel for each setting.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, figures 1 and 5.

    Arguments:
        planes: one trajectory, whose every (estimator, setting) becomes a panel, or a trajectory
            of one (estimator, setting) per title.
        label: what is drawn, such as "H(Bin T)".
        unit: "nats" or "bits".
        guide: name of the level H(X).
        marked: epochs to mark, such as those of scatters.

    Returns:
        The figure: means and bands from the 5 % to the 95 % quantile over members, on axes that
        all panels share, epochs on a logarithmic scale.

    Raises:
        InvalidInputError: another unit, nothing to show, or a titled trajectory of several
            estimators or settings.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> plane = Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> setting_curves(plane, label="H(Bin T)").axes[0].get_ylabel()
        'H(Bin T) [nats]'
    """
    shown = panels(planes, unit=unit)
    rows = ceil(len(shown) / _COLUMNS)
    columns = ceil(len(shown) / rows)
    figure, table = grid(rows, columns, width=2.6, height=2.1, right=1.0, gap=0.3)
    every = [axes for row in table for axes in row]
    colours = layer_colours({layer for panel in shown for layer in panel.layers})
    points = np.concatenate([panel.points[0].ravel() for panel in shown])
    (low, high), _ = guide_limits([panel.guides for panel in shown], x=points)
    for index, (axes, panel) in enumerate(zip(every, shown, strict=False)):
        first, below = index % columns == 0, index + columns >= len(shown)
        dress(axes, title=panel.title, y=f"{label} [{unit}]" if first else "")
        epoch_axis(axes, last=panel.epochs[-1], label="epoch (log scale)" if below else "")
        axes.set_ylim(low, high + 0.06 * (high - low))
        axes.tick_params(labelleft=first, labelbottom=below)
        for number, layer in enumerate(panel.layers):
            curve = [part[0, :, number] for part in (panel.mean, panel.low, panel.high)]
            draw_band(axes, panel.epochs, curve, colour=colours[layer], label=f"layer {layer}")
        draw_level(axes, guide, panel.guides.h_x)
        mark_epochs(axes, marked, last=panel.epochs[-1])
    for axes in every[len(shown) :]:
        axes.remove()
    legend_beside(every[columns - 1], title=shown[0].caption)
    return figure


def estimator_curves(
    trajectory: Trajectory,
    *,
    names: Mapping[str, str],
    unit: str = "nats",
    levels: Mapping[str, float] | None = None,
    marked: Sequence[int] = (),
) -> Figure:
    """Draw I(X;T) of every layer over epochs by several estimators, a panel for each layer.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, figures 4 (c) and 9 (d).

    Arguments:
        trajectory: one setting of each estimator.
        names: by estimator what it is called, in the order they are drawn, the first one wide and
            pale behind the others; bounds are broken lines.
        unit: "nats" or "bits".
        levels: by name values of I(X;T), in nats, to compare with.
        marked: epochs to mark.

    Returns:
        The figure: means over the members, epochs on a logarithmic scale.

    Raises:
        InvalidInputError: another unit, or an estimator that is not there or has several settings.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> plane = Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="exact", setting="")
        >>> figure = estimator_curves(plane, names={"exact": "by quadrature"})
        >>> figure.axes[0].get_legend().get_texts()[0].get_text()
        'by quadrature'
    """
    scale = unit_scale(unit)
    frame = trajectory.frame
    settings = frame.groupby("estimator")["setting"].nunique()
    if not names or any(settings.get(name, 0) != 1 for name in names):
        raise InvalidInputError(
            "every estimator drawn must be in the trajectory with one setting",
            received=dict(settings),
            fix="Choose them with Trajectory.select.",
        )
    figure, [row] = grid(1, len(trajectory.layers), width=4.4, height=2.7, right=2.0, gap=0.6)
    colours = layer_colours(range(len(names)))
    for index, (axes, layer) in enumerate(zip(row, trajectory.layers, strict=True)):
        title = f"layer {layer}" if len(row) > 1 else ""
        dress(axes, title=title, y=f"I(X;T) [{unit}]" if index == 0 else "")
        epoch_axis(axes, last=trajectory.epochs[-1])
        for number, (estimator, name) in enumerate(names.items()):
            own = frame[(frame["estimator"] == estimator) & (frame["layer"] == layer)]
            mean = own.groupby("epoch")["i_x"].mean() * scale
            style: dict[str, Any] = {"color": colours[number], "lw": 1.2, "label": name}
            style["ls"] = _STYLES[own["kind"].iloc[0]]
            if number == 0:
                style |= {"lw": 4.0, "alpha": 0.35, "solid_capstyle": "round"}
            axes.plot(mean.index, mean, **style)
        axes.margins(y=0.08)
        low, high = axes.get_ylim()
        axes.set_ylim(
            min(low, 0), max([high, *(1.05 * v * scale for v in (levels or {}).values())])
        )
        for name, value in (levels or {}).items():
            draw_level(axes, name, value * scale)
        mark_epochs(axes, marked, last=trajectory.epochs[-1])
    legend_beside(row[-1])
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
    figure, [[axes]] = grid(1, 1, width=4.4, height=2.7, right=1.2)
    dress(axes, x=x_label or "", y=label)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.labelpad = 1
    colours = layer_colours(range(len(values)))
    left = list(values.values())
    for colour, (name, curve) in zip(colours.values(), values.items(), strict=True):
        left.pop(0)
        # A curve that later ones cover shows on both sides of them.
        covers = sum(np.allclose(curve, of, rtol=1e-9, atol=0) for of in left)
        axes.plot(along, curve, color=colour, lw=1.6 + 1.8 * covers, label=name)
    if x_label is None:
        epoch_axis(axes, last=int(along.max()))
    else:
        axes.set_xlim(along.min(), along.max())
    for name, value in (levels or {}).items():
        draw_level(axes, name, value, end="right")
    legend_beside(axes)
    return figure


def mark_epochs(axes: Axes, epochs: Sequence[int], *, last: int) -> None:
    """Mark epochs by dotted lines, each named at the bottom.

    Arguments:
        axes: an axes over epochs.
        epochs: the epochs to mark.
        last: the last epoch of the axis.

    Example:
        >>> axes = grid(1, 1, width=2, height=2, right=0)[1][0][0]
        >>> mark_epochs(axes, [250], last=1000)
        >>> axes.texts[0].get_text()
        '250'
    """
    for epoch in epochs:
        axes.axvline(epoch, color=INK, lw=0.8, ls=(0, (1, 2)), zorder=1.5)
        name = axes.text(epoch, 0.02, f"{epoch:,}", transform=axes.get_xaxis_transform())
        early = float(epoch_fraction(epoch, last=last)) < 0.1
        name.set(ha="left" if early else "right", va="bottom", fontsize=SMALL)
        name.set(color=INK, rotation=90)
