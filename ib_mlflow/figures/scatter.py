"""Where samples lie in a plane of inputs, and where a narrow layer puts them at some epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from mpl_toolkits.mplot3d.axes3d import Axes3D

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import columns_of, grid, legend_beside, panel_width
from ib_mlflow.figures.style import (
    GRID,
    INK,
    QUIET,
    SMALL,
    TEXT,
    WIDTH,
    dress,
    layer_colours,
    new_figure,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Array = npt.NDArray[Any]

_TWO = ("#163db9", "#fb920c")
_SIDE = 2.5  # inches of a panel
_MOST = 4096  # points of a panel, beyond which nothing more is seen


def class_colours(classes: int) -> tuple[str, ...]:
    """Give each class a colour.

    Arguments:
        classes: how many to tell apart.

    Returns:
        A hexadecimal colour per class: blue and orange for two, else those of layers.

    Example:
        >>> class_colours(2)
        ('#163db9', '#fb920c')
    """
    return _TWO[:classes] if classes <= 2 else tuple(layer_colours(range(classes)).values())


def layer_scatter(
    stages: Mapping[int, npt.ArrayLike],
    labels: npt.ArrayLike,
    *,
    classes: Sequence[str] | None = None,
    layer: str = "layer",
) -> Figure:
    """Draw the samples in the space of a layer's two or three units, at some epochs.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, figures 5, 10 and 12.

    Arguments:
        stages: by epoch the activations (n, 2) or (n, 3), of one network; of more than 4096
            samples the first are drawn.
        labels: (n,) class numbers from 0.
        classes: their names; "class 0", … if not given.
        layer: what the space is, above the first panel.

    Returns:
        The figure: a panel per epoch, all with the same limits; a colour per class.

    Raises:
        InvalidInputError: no epoch, activations of another shape or not finite, or labels that do
            not fit.

    Example:
        >>> corners = np.array([[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]])
        >>> [axes.get_title(loc="left") for axes in layer_scatter({0: corners}, [0, 1]).axes]
        ['layer, epoch 0']
    """
    points = {epoch: np.asarray(stages[epoch], np.float64)[:_MOST] for epoch in sorted(stages)}
    codes = np.asarray(labels)[:_MOST]
    _check(points, codes)
    names = classes or [f"class {label}" for label in range(int(codes.max()) + 1)]
    colours = class_colours(len(names))
    d = next(iter(points.values())).shape[1]
    everything = np.concatenate(list(points.values()))
    low, high = everything.min(axis=0), everything.max(axis=0)
    room = 0.06 * np.where(high > low, high - low, 1.0)
    limits = list(zip(low - room, high + room, strict=True))
    figure, panels = _panels(len(points), d)
    for index, (axes, (epoch, shown)) in enumerate(zip(panels, points.items(), strict=True)):
        title = f"{layer}, epoch {epoch:,}" if index == 0 else f"epoch {epoch:,}"
        if isinstance(axes, Axes3D):
            _dress_cube(axes, title, limits)
        else:
            dress(
                axes,
                title=title,
                x="unit 1",
                y="unit 2" if index == 0 else "",
            )
            axes.set(xlim=limits[0], ylim=limits[1])
            axes.tick_params(labelleft=index == 0)
        _draw(axes, shown, codes, colours)
    _name(panels[-1], names, colours)
    return figure


def input_scatter(
    inputs: npt.ArrayLike, labels: npt.ArrayLike, *, classes: Sequence[str] | None = None
) -> Figure:
    """Draw samples of two inputs, in the plane.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, figure 11.

    Arguments:
        inputs: (n, 2); of more than 4096 samples the first are drawn.
        labels: (n,) class numbers from 0.
        classes: their names; "class 0", … if not given.

    Returns:
        The figure, with the same scale on both axes; a colour per class.

    Raises:
        InvalidInputError: inputs of another shape or not finite, or labels that do not fit.

    Example:
        >>> input_scatter([[1.0, 1.0], [-1.0, -1.0]], [0, 1]).axes[0].get_ylabel()
        'input 2'
    """
    points, codes = np.asarray(inputs, np.float64)[:_MOST], np.asarray(labels)[:_MOST]
    _check({0: points}, codes)
    names = classes or [f"class {label}" for label in range(int(codes.max()) + 1)]
    figure, [[axes]] = grid(1, 1, height=2 * _SIDE, right=WIDTH - 1 - 2 * _SIDE)
    dress(axes, x="input 1", y="input 2")
    axes.set_aspect("equal", adjustable="datalim")
    _draw(axes, points, codes, class_colours(len(names)))
    _name(axes, names, class_colours(len(names)))
    return figure


def _draw(axes: Axes, points: Array, codes: Array, colours: Sequence[str]) -> None:
    order = np.random.default_rng(0).permutation(len(codes))  # no class lies on top of the other
    style: dict[str, Any] = {"s": 5, "linewidths": 0, "alpha": 0.55}
    if points.shape[1] == 3:
        style["depthshade"] = False
    style["c"] = [colours[label] for label in codes[order]]
    axes.scatter(*points[order].T, **style)


def _name(axes: Axes, names: Sequence[str], colours: Sequence[str]) -> None:
    for name, colour in zip(names, colours, strict=False):
        axes.plot([], [], "o", ms=5, mec="none", mfc=colour, label=name)
    legend_beside(axes)


def _panels(count: int, d: int) -> tuple[Figure, list[Axes]]:
    if d == 2:
        wide = panel_width(count, right=1.0, gap=0.25)
        figure, [row] = grid(1, count, height=min(_SIDE, wide), right=1.0, gap=0.25)
        return figure, row
    rows, columns = columns_of(count, 3)
    side = min(_SIDE, (WIDTH - 1.2) / columns)
    tall = rows * side + 0.15
    figure = new_figure(WIDTH, tall)
    panels: list[Axes] = []
    for index in range(count):
        # Room on the right, where the third axis has its numbers.
        down, column = divmod(index, columns)
        bottom = (rows - 1 - down) * side / tall
        place = ((column * side - 0.05) / WIDTH, bottom, side / WIDTH, side / tall)
        panels.append(figure.add_axes(place, projection="3d"))
    return figure, panels


def _dress_cube(axes: Axes3D, title: str, limits: Sequence[tuple[float, float]]) -> None:
    axes.set_title(
        title, loc="left", fontsize=TEXT, color=INK, fontweight="bold", x=0.06, y=0.9, pad=0
    )
    axes.set(xlim3d=limits[0], ylim3d=limits[1], zlim3d=limits[2])
    axes.view_init(elev=22, azim=-58)
    axes.set_box_aspect((1, 1, 1), zoom=0.86)
    for number, axis in enumerate((axes.xaxis, axes.yaxis, axes.zaxis), start=1):
        axis.set_pane_color((1, 1, 1, 0))
        axis.line.set_color(QUIET)
        axis.set_tick_params(labelsize=SMALL - 1.5, labelcolor=INK, color=QUIET, pad=-3)
        axis.set_label_text(f"unit {number}", fontsize=SMALL, color=INK)
        axis.labelpad = -5
        axis._axinfo["grid"].update(color=GRID, linewidth=0.7)
        axis.set_ticks(np.round(np.linspace(*limits[number - 1], 5)[1:-1], 1).tolist())


def _check(points: Mapping[int, Array], codes: Array) -> None:
    shapes = {shown.shape for shown in points.values()}
    shape = shapes.pop() if len(shapes) == 1 else ()
    fine = len(shape) == 2 and shape[1] in (2, 3) and shape[0] > 0
    if not fine or not all(np.isfinite(shown).all() for shown in points.values()):
        raise InvalidInputError(
            "a scatter shows finite activations of two or three units, the same samples at each "
            "epoch",
            received={epoch: shown.shape for epoch, shown in points.items()} or "no epoch",
            fix="Choose a layer of two or three units.",
        )
    whole = codes.dtype.kind in "iub" and codes.shape == shape[:1]
    if not whole or codes.min() < 0:
        raise InvalidInputError(
            f"labels must be class numbers from 0 of shape ({shape[0]},)",
            received=f"{codes.dtype} of shape {codes.shape}",
            fix="Give a dataset's labels.",
        )
