"""Curves over epochs: what the layers know, and how well the network does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

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
from ib_mlflow.figures.ends import ROOM, name_ends
from ib_mlflow.figures.epochs import epoch_axis, epoch_fraction
from ib_mlflow.figures.guides import ABOVE, GUIDES_HEIGHT, draw_level, guide_lines
from ib_mlflow.figures.headings import common, entitle
from ib_mlflow.figures.panels import axis_names, guide_limits, panels
from ib_mlflow.figures.style import INK, QUIET, SMALL, dress, layer_colours, unit_scale
from ib_mlflow.trajectory import LEARNING, Trajectory, learning, over_members, perfect_stopping

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ib_mlflow.figures.panels import Planes

_COLUMNS = 4
TRAINING, VALIDATION = "#4c88ce", "#812158"


def information_curves(trajectory: Trajectory, *, unit: str = "nats") -> Figure:
    """Draw what each layer knows of the input and of the label, over epochs.

    Arguments:
        trajectory: one estimator and setting.
        unit: "nats" or "bits".

    Returns:
        The figure: I(X;T) and I(T;Y) in the unit, means and bands from the 5 % to the 95 %
        quantile over members, epochs on a logarithmic scale.

    Raises:
        InvalidInputError: another unit, or several estimators or settings.

    Example:
        >>> from ib_mlflow.trajectory import Guides
        >>> plane = Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> [axes.get_ylabel() for axes in information_curves(plane).axes]
        ['I(X; Bin T) [nats]', 'I(Bin T; Y) [nats]']
    """
    shown = panels(trajectory, unit=unit)
    if len(shown) != 1:
        raise InvalidInputError(
            "curves are of one estimator and setting",
            received=[panel.title for panel in shown],
            fix="Choose one with Trajectory.select.",
        )
    panel = shown[0]
    colours = layer_colours(panel.layers)
    figure, [row] = grid(1, 2, height=2.8, right=1.15, above=ABOVE)
    bounds = guide_limits([panel.guides], x=panel.points[0], y=panel.points[1])
    for quantity, (axes, name) in enumerate(zip(row, axis_names(shown), strict=True)):
        dress(axes, y=f"{name} [{unit}]", above=GUIDES_HEIGHT)
        epoch_axis(axes, last=panel.epochs[-1])
        axes.set_ylim(*bounds[quantity])
        for index, layer in enumerate(panel.layers):
            curve = tuple(part[quantity, :, index] for part in (panel.mean, panel.low, panel.high))
            draw_band(axes, panel.epochs, curve, colour=colours[layer], label=f"layer {layer}")
        name_ends(axes, dict(zip(panel.layers, panel.mean[quantity, -1], strict=True)), colours)
    draw_level(row[0], "H(X)", panel.guides.h_x)
    for label, value in guide_lines(panel.guides, height=bounds[1][1] - bounds[1][0]):
        draw_level(row[1], label, value)
    legend_beside(row[1], title=panel.caption, away=ROOM)
    return entitle(figure, common(shown))


def loss_accuracy(planes: Planes, *, unit: str = "nats") -> Figure:
    """Draw accuracy and cross-entropy on the training and the validation set, over epochs.

    The lowest mean validation loss is marked, and ticks below show each member's own epoch of it.

    Reference:
        Revisiting the Information Plane, appendix F, figure 17.

    Arguments:
        planes: one trajectory, or one per title; a column each.
        unit: of the cross-entropy, "nats" or "bits".

    Returns:
        The figure: means and bands from the 5 % to the 95 % quantile over members, epochs on a
        logarithmic scale.

    Raises:
        InvalidInputError: another unit.

    Example:
        >>> from ib_mlflow.trajectory import Guides
        >>> plane = Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07",
        ...     learning={"train_loss": [[0.7, 0.2]], "train_accuracy": [[0.5, 0.9]]})
        >>> [axes.get_ylabel() for axes in loss_accuracy(plane).axes]
        ['accuracy', 'cross-entropy [nats]']
    """
    titled = planes if isinstance(planes, Mapping) else {"": planes}
    scale = unit_scale(unit)
    blocks, columns = columns_of(len(titled), _COLUMNS)
    wide = panel_width(columns, right=1.4, gap=0.3)
    titles, more = wrapped(titled, wide)
    figure, rows = grid(2 * blocks, columns, height=1.9, right=1.4, gap=0.3, above=more)
    for index, (title, trajectory) in enumerate(zip(titles, titled.values(), strict=True)):
        block, column = divmod(index, columns)
        first = column == 0
        accuracy, loss = rows[2 * block][column], rows[2 * block + 1][column]
        dress(accuracy, y="accuracy" if first else "", title=title)
        dress(loss, y=f"cross-entropy [{unit}]" if first else "")
        last = trajectory.epochs[-1]
        epoch_axis(accuracy, last=last, label="")
        accuracy.tick_params(labelbottom=False)
        epoch_axis(loss, last=last)
        _draw_learning(accuracy, trajectory, "accuracy", 1.0)
        _draw_learning(loss, trajectory, "loss", scale)
        _mark_best(accuracy, loss, trajectory, scale)
    left = len(titled) - (blocks - 1) * columns
    for axes in [*rows[-2][left:], *rows[-1][left:]]:
        axes.remove()
    for kind in (0, 1):
        row = [axes for row in rows[kind::2] for axes in row if axes.figure]
        low = min(axes.get_ylim()[0] for axes in row)
        high = max(axes.get_ylim()[1] for axes in row)
        for axes in row:
            axes.set_ylim(low, high)
        for place, axes in enumerate(row):
            axes.tick_params(labelleft=place % columns == 0)
    legend_beside(rows[0][-1])
    counts = {len(trajectory.members) for trajectory in titled.values()}
    words = [f"{count} member" + ("s" if count > 1 else "") for count in counts]
    return entitle(figure, words[0] if len(words) == 1 else "")


def _draw_learning(axes: Axes, trajectory: Trajectory, quantity: str, scale: float) -> None:
    summary = over_members(learning(trajectory), by=["epoch"], quantities=LEARNING)
    for part, colour, name, dash in (
        ("train", TRAINING, "training", "-"),
        ("val", VALIDATION, "validation", DASHES[1]),
    ):
        rows = summary[summary["quantity"] == f"{part}_{quantity}"]
        if rows["mean"].notna().any():
            curve = [rows[column].to_numpy() * scale for column in ("mean", "q05", "q95")]
            draw_band(axes, rows["epoch"].tolist(), curve, colour=colour, label=name, dash=dash)


def _mark_best(accuracy: Axes, loss: Axes, trajectory: Trajectory, scale: float) -> None:
    summary = over_members(learning(trajectory), by=["epoch"], quantities=["val_loss"])
    if summary["mean"].isna().all():
        return
    lowest = int(summary["mean"].argmin())
    epoch, value = int(summary["epoch"].iloc[lowest]), float(summary["mean"].iloc[lowest]) * scale
    for axes in (accuracy, loss):
        axes.axvline(epoch, color=QUIET, linewidth=0.9, linestyle=(0, (5, 3)), zorder=1.5)
    loss.plot(epoch, value, "o", ms=6, mfc=VALIDATION, mec="white", zorder=5)
    words = f"lowest at epoch {epoch:,}"
    label = loss.text(epoch, 1.02, words, transform=loss.get_xaxis_transform())
    place = float(epoch_fraction(epoch, last=trajectory.epochs[-1]))
    side = "right" if place > 0.6 else "left" if place < 0.4 else "center"
    label.set(ha=side, va="bottom", fontsize=SMALL, color=INK)
    own = perfect_stopping(trajectory)["epoch"].dropna().to_numpy(dtype=np.float64)
    tick: dict[str, Any] = {"marker": "|", "color": VALIDATION, "linestyle": "", "ms": 7}
    loss.plot(own, np.full(own.size, 0.03), transform=loss.get_xaxis_transform(), **tick)
    accuracy.plot([], [], label="lowest validation\nloss of a member", **tick)
    ended: dict[str, Any] = {"color": QUIET, "linewidth": 0.9, "linestyle": (0, (5, 3))}
    accuracy.plot([], [], label="lowest mean\nvalidation loss", **ended)
