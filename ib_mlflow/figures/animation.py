"""The information plane as an animation: one picture per epoch, for a slider of logged images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.end_marks import number_points
from ib_mlflow.figures.epochs import epoch_fraction
from ib_mlflow.figures.guides import draw_guides
from ib_mlflow.figures.panels import as_array, guide_limits
from ib_mlflow.figures.style import INK, TEXT, dress, layer_colours, new_figure, shades, unit_scale

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    from matplotlib.artist import Artist

    from ib_mlflow.figures.panels import Array
    from ib_mlflow.trajectory import Guides, Trajectory

_WIDTH, _HEIGHT, _DPI = 3.6, 2.9, 180
"""MLflow shows a picture some 350 pixels wide: few words, large type, no legend but the numbers."""


class PlaneAnimation:
    """Pictures of the plane while it grows, all with the same limits, colours and shades.

    What has been drawn stays on the canvas, so that a picture costs only its own epochs.

    Arguments:
        guides: H(X), H(Y) and I(X;Y) in nats, which set the limits.
        last_epoch: the last epoch there will be, which sets the scale of shades.
        unit: "nats" or "bits".
        title: before the epoch, what is shown.

    Raises:
        InvalidInputError: another unit.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> guides = Guides(2.08, 0.69, 0.69)
        >>> learns = Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10],
        ...     n=8, guides=guides, estimator="binned", setting="bin_size=0.07")
        >>> animation = PlaneAnimation(guides, last_epoch=10)
        >>> animation.frame(learns, 0).shape, animation.frame(learns, 10).dtype
        ((522, 648, 3), dtype('uint8'))
    """

    def __init__(
        self, guides: Guides, *, last_epoch: int, unit: str = "nats", title: str = ""
    ) -> None:
        scale = self._scale = unit_scale(unit)
        self._last, self._title = last_epoch, title
        self._figure = new_figure(_WIDTH, _HEIGHT)
        self._figure.set_dpi(_DPI)
        self._canvas: Any = self._figure.canvas
        shown = guides.scaled(scale)
        (left, right), (bottom, top) = guide_limits([shown])
        self._axes = self._figure.add_axes((0.145, 0.155, 0.815, 0.69))
        self._axes.set(xlim=(left, right), ylim=(bottom, top))
        dress(self._axes, x=f"I(X;T) [{unit}]", y=f"I(T;Y) [{unit}]")
        draw_guides(self._axes, shown)
        self._background: Any = None
        self._colours: dict[int, str] = {}
        self._members: list[int] = []
        self._shown = -1
        self._last_points: Array | None = None

    def frame(self, trajectory: Trajectory, epoch: int) -> npt.NDArray[np.uint8]:
        """Draw the plane up to an epoch.

        Arguments:
            trajectory: one estimator and setting, with at least the epochs since the last picture.
            epoch: the last one to draw; not before that of the last picture.

        Returns:
            Red, green and blue, shape (h, w, 3).

        Raises:
            InvalidInputError: several estimators or settings, other layers or members than
                before, or no new epoch up to this one.
        """
        frame = trajectory.frame
        rows = frame[frame["epoch"].between(self._shown + 1, epoch)]
        self._check(rows, epoch)
        if not self._colours:
            self._prepare(rows)
        points = as_array(rows) * self._scale
        if self._last_points is not None:
            points = np.concatenate([self._last_points, points], axis=2)
        epochs = [max(self._shown, 0)] * (self._last_points is not None) + sorted(
            set(rows["epoch"])
        )
        finite = np.isfinite(points)
        counts = finite.sum(axis=1)
        mean = np.where(finite, points, 0).sum(axis=1) / np.where(counts, counts, np.nan)
        self._canvas.restore_region(self._background)
        self._stroke(points, mean, epochs)
        self._background = self._canvas.copy_from_bbox(self._figure.bbox)
        self._shown, self._last_points = epoch, points[:, :, -1:]
        self._point(points[:, :, -1], mean[:, -1], epoch)
        return np.asarray(self._canvas.buffer_rgba())[..., :3].copy()

    def _check(self, rows: pd.DataFrame, epoch: int) -> None:
        settings = len(rows[["estimator", "setting"]].drop_duplicates())
        layers, members = sorted(set(rows["layer"])), sorted(set(rows["member"]))
        begun = bool(self._colours)
        if settings != 1 or (begun and (layers, members) != (list(self._colours), self._members)):
            raise InvalidInputError(
                "a picture adds epochs of one estimator and setting, of all layers and members",
                received=f"{settings} settings, layers {layers} and {len(members)} members at "
                f"epochs {self._shown + 1} to {epoch}",
                fix="Choose one setting with Trajectory.select, and draw epochs in their order.",
            )

    def _prepare(self, rows: pd.DataFrame) -> None:
        """Draw what stands still."""
        self._colours = layer_colours(set(rows["layer"]))
        self._members = sorted(set(rows["member"]))
        if set(rows["estimator"]) == {"binned"}:
            for axis in (self._axes.xaxis, self._axes.yaxis):
                axis.set_label_text(axis.get_label_text().replace("T;Y", "Bin T; Y"))
                axis.set_label_text(axis.get_label_text().replace("X;T", "X; Bin T"))
        self._canvas.draw()
        self._background = self._canvas.copy_from_bbox(self._figure.bbox)

    def _stroke(self, points: Array, mean: Array, epochs: list[int]) -> None:
        """Add the new parts of the curves to the canvas."""
        if len(epochs) < 2:
            return
        for index, colour in enumerate(self._colours.values()):
            members = points[:, :, :, index].transpose(1, 2, 0)
            path = mean[:, :, index].T
            tone = shades(colour, epoch_fraction(epochs[1:], last=self._last))
            segments = np.stack([path[:-1], path[1:]], axis=1)
            self._draw(
                [
                    LineCollection(list(members), colors=colour, linewidths=0.5, alpha=0.16),
                    LineCollection(list(segments), colors=tone, linewidths=2.2, capstyle="round"),
                ]
            )

    def _point(self, members: Array, mean: Array, epoch: int) -> None:
        """Draw where the layers are now, over a canvas that is kept without it."""
        axes = self._axes
        now: list[Artist] = []
        for index, colour in enumerate(self._colours.values()):
            style: dict[str, Any] = {"ms": 3, "mfc": colour, "mec": "none", "alpha": 0.4}
            now += axes.plot(*members[:, :, index], "o", **style)
        points = {
            layer: mean[:, index]
            for index, layer in enumerate(self._colours)
            if np.isfinite(mean[:, index]).all()
        }
        now += number_points(axes, points, self._colours)
        title = axes.text(0, 1.105, self._words(epoch), transform=axes.transAxes)
        title.set(fontsize=TEXT, fontweight="bold", color=INK)
        self._draw([*now, title])

    def _words(self, epoch: int) -> str:
        return f"{self._title}, epoch {epoch:,}".removeprefix(", ")

    def _draw(self, artists: list[Artist]) -> None:
        for artist in artists:
            if artist.axes is None:
                self._axes.add_artist(artist)
            self._axes.draw_artist(artist)
            artist.remove()
