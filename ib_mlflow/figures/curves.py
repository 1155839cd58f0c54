"""Curves over epochs: what the layers know, and how well the network does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import draw_band, grid, legend_beside
from ib_mlflow.figures.guides import draw_level, guide_lines
from ib_mlflow.figures.panels import guide_limits, panels
from ib_mlflow.figures.style import (
    INK,
    QUIET,
    SMALL,
    dress,
    epoch_axis,
    epoch_fraction,
    layer_colours,
    unit_scale,
)
from ib_mlflow.trajectory import LEARNING, Trajectory, learning, over_members, perfect_stopping

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ib_mlflow.figures.panels import Planes

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
        ['I(X;T) [nats]', 'I(T;Y) [nats]']
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
    figure, [row] = grid(1, 2, width=3.5, height=2.8, right=0.95)
    bounds = guide_limits([panel.guides], x=panel.points[0], y=panel.points[1])
    for quantity, (axes, name) in enumerate(zip(row, ("I(X;T)", "I(T;Y)"), strict=True)):
        dress(axes, y=f"{name} [{unit}]", title=panel.title if quantity == 0 else "")
        epoch_axis(axes, last=panel.epochs[-1])
        # Room for the words above the guide.
        axes.set_ylim(bounds[quantity][0], bounds[quantity][1] * 1.04)
        for index, layer in enumerate(panel.layers):
            curve = tuple(part[quantity, :, index] for part in (panel.mean, panel.low, panel.high))
            draw_band(axes, panel.epochs, curve, colour=colours[layer], label=f"layer {layer}")
    draw_level(row[0], "H(X)", panel.guides.h_x)
    for label, value, side in guide_lines(panel.guides, height=bounds[1][1] - bounds[1][0]):
        draw_level(row[1], label, value, side=side)
    legend_beside(row[1], title=panel.caption)
    return figure


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
    figure, rows = grid(2, len(titled), width=3.8, height=2.1, right=1.6, gap=0.35)
    for column, (title, trajectory) in enumerate(titled.items()):
        first = column == 0
        accuracy, loss = rows[0][column], rows[1][column]
        dress(accuracy, y="accuracy" if first else "", title=title)
        dress(loss, y=f"cross-entropy [{unit}]" if first else "")
        last = trajectory.epochs[-1]
        epoch_axis(accuracy, last=last, label="")
        accuracy.tick_params(labelbottom=False)
        epoch_axis(loss, last=last)
        _draw_learning(accuracy, trajectory, "accuracy", 1.0)
        _draw_learning(loss, trajectory, "loss", scale)
        _mark_best(accuracy, loss, trajectory, scale)
    for row in rows:
        low = min(axes.get_ylim()[0] for axes in row)
        high = max(axes.get_ylim()[1] for axes in row)
        for axes in row:
            axes.set_ylim(low, high)
        for axes in row[1:]:
            axes.tick_params(labelleft=False)
    legend_beside(rows[0][-1])
    return figure


def _draw_learning(axes: Axes, trajectory: Trajectory, quantity: str, scale: float) -> None:
    summary = over_members(learning(trajectory), by=["epoch"], quantities=LEARNING)
    for part, colour, name in (
        ("train", TRAINING, "training"),
        ("val", VALIDATION, "validation"),
    ):
        rows = summary[summary["quantity"] == f"{part}_{quantity}"]
        if rows["mean"].notna().any():
            curve = [rows[column].to_numpy() * scale for column in ("mean", "q05", "q95")]
            draw_band(axes, rows["epoch"].tolist(), curve, colour=colour, label=name)


def _mark_best(accuracy: Axes, loss: Axes, trajectory: Trajectory, scale: float) -> None:
    summary = over_members(learning(trajectory), by=["epoch"], quantities=["val_loss"])
    if summary["mean"].isna().all():
        return
    lowest = int(summary["mean"].argmin())
    epoch, value = int(summary["epoch"].iloc[lowest]), float(summary["mean"].iloc[lowest]) * scale
    for axes in (accuracy, loss):
        axes.axvline(epoch, color=QUIET, linewidth=0.9, linestyle=(0, (5, 3)), zorder=1.5)
    loss.plot(epoch, value, "o", ms=6, mfc=VALIDATION, mec="white", zorder=5)
    words = f"lowest mean validation loss: epoch {epoch:,}"
    label = loss.text(epoch, 1.02, words, transform=loss.get_xaxis_transform())
    place = float(epoch_fraction(epoch, last=trajectory.epochs[-1]))
    side = "right" if place > 0.6 else "left" if place < 0.4 else "center"
    label.set(ha=side, va="bottom", fontsize=SMALL, color=INK)
    own = perfect_stopping(trajectory)["epoch"].dropna().to_numpy(dtype=np.float64)
    tick: dict[str, Any] = {"marker": "|", "color": VALIDATION, "linestyle": "", "ms": 7}
    loss.plot(own, np.full(own.size, 0.03), transform=loss.get_xaxis_transform(), **tick)
    accuracy.plot([], [], label="lowest validation\nloss of a member", **tick)
