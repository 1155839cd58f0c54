"""Images side by side: inputs beside what decoders make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.style import INK, SMALL, WIDTH, new_figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    from matplotlib.figure import Figure

_TILE, _GAP, _TOP, _EDGE = 0.42, 0.14, 0.30, 0.06  # inches
_LEAST = 0.05  # inches, of a tile


def image_grid(columns: Mapping[str, npt.ArrayLike], *, frame: bool = False) -> Figure:
    """Draw images in groups of columns, a row for each input.

    Reference:
        Nash, Kushman & Williams (2018), figures 1, 2 and 4.

    Arguments:
        columns: by title, the images of a group: (n, k, channels, h, w) between 0 and 1, one row
            for each of n inputs and k beside each other; channels 1 (0 is black) or 3.
        frame: a frame of a film, which MLflow shows in a tile: no wider than its images.

    Returns:
        The figure.

    Raises:
        InvalidInputError: no images, other shapes, different numbers of rows, or values outside.

    Example:
        >>> figure = image_grid({"input": np.zeros((3, 1, 1, 8, 8)),
        ...                      "samples": np.ones((3, 4, 1, 8, 8))})
        >>> [axes.get_title(loc="left") for axes in figure.axes]
        ['input', 'samples']
    """
    groups = {title: _checked(title, images) for title, images in columns.items()}
    rows = {len(group) for group in groups.values()}
    if len(rows) != 1:
        raise InvalidInputError(
            "groups of images must have the same number of rows, and there must be one",
            received={title: len(group) for title, group in groups.items()},
            fix="Give each group the same inputs, in the same order.",
        )
    counts = [group.shape[1] for group in groups.values()]
    # A title needs room, even above a single image.
    tile = _TILE
    widths = [max(k * tile, 0.075 * len(title)) for k, title in zip(counts, groups, strict=True)]
    between = _GAP * (len(widths) - 1) + 2 * _EDGE
    while not frame and sum(widths) + between > WIDTH and tile > _LEAST:
        tile *= 0.97
        widths = [max(k * tile, 0.07 * len(title)) for k, title in zip(counts, groups, strict=True)]
    wide = sum(widths) + between if frame else WIDTH
    tall = rows.pop() * tile + _TOP + _EDGE
    figure = new_figure(wide, tall)
    left = _EDGE
    for (title, group), width, k in zip(groups.items(), widths, counts, strict=True):
        place = (left / wide, _EDGE / tall, k * tile / wide, (tall - _TOP - _EDGE) / tall)
        axes = figure.add_axes(place)
        axes.set_axis_off()
        axes.imshow(_mosaic(group), interpolation="nearest", aspect="auto")
        axes.set_title(title, loc="left", fontsize=SMALL, color=INK, pad=4)
        left += width + _GAP
    return figure


def pixels(figure: Figure) -> npt.NDArray[np.uint8]:
    """Draw a figure into an array, as for MLflow's images.

    Arguments:
        figure: the figure.

    Returns:
        (h, w, 3), 0 to 255.

    Example:
        >>> pixels(new_figure(2.0, 1.0)).shape
        (144, 288, 3)
    """
    canvas: Any = figure.canvas
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _checked(title: str, images: npt.ArrayLike) -> npt.NDArray[np.float64]:
    group: npt.NDArray[Any] = np.asarray(images)
    if group.ndim != 5 or not group.size or group.shape[2] not in (1, 3):
        raise InvalidInputError(
            "a group of images must have shape (n, k, channels, h, w), with 1 or 3 channels",
            received=f"shape {group.shape} of {title!r}",
            fix="Give one row for each input, and k images beside each other.",
        )
    group = group.astype(np.float64)
    if not (group >= 0).all() or group.max() > 1:
        raise InvalidInputError(
            "images must lie between 0 and 1",
            received=f"{np.min(group):g} to {np.max(group):g} in {title!r}",
            fix="Divide 8-bit images by 255.",
        )
    return group


def _mosaic(group: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """One image of all, white between them: (n (h + 1), k (w + 1), 3)."""
    n, k, channels, h, w = group.shape
    framed = np.ones((n, k, 3, h + 1, w + 1))
    framed[..., :h, :w] = np.broadcast_to(group, (n, k, channels, h, w))
    return framed.transpose(0, 3, 1, 4, 2).reshape(n * (h + 1), k * (w + 1), 3)
