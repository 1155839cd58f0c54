"""The logarithmic scale of epochs that all figures share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.figures.style import INK, TEXT, inches

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes

_TICK = 0.27  # inches that the name of an epoch takes


def epoch_fraction(epochs: npt.ArrayLike, *, last: int) -> npt.NDArray[np.float64]:
    """Place epochs on the logarithmic scale of all figures: 0 at epoch 0, 1 at the last.

    Arguments:
        epochs: any shape *.
        last: the last epoch.

    Returns:
        ln(1 + epoch) / ln(1 + last), of shape *.

    Example:
        >>> epoch_fraction([0, 9, 99], last=99).tolist()
        [0.0, 0.5, 1.0]
    """
    places: npt.NDArray[np.float64] = np.log1p(np.asarray(epochs, dtype=np.float64))
    return places / float(np.log1p(max(last, 1)))


def short_epoch(epoch: int) -> str:
    """Write an epoch in at most four characters where its digits allow.

    Arguments:
        epoch: the epoch.

    Returns:
        Such as 10, 1k or 3M.

    Example:
        >>> short_epoch(8000), short_epoch(3_000_000), short_epoch(1234)
        ('8k', '3M', '1234')
    """
    for size, letter in ((10**6, "M"), (1000, "k")):
        if epoch and epoch % size == 0:
            return f"{epoch // size}{letter}"
    return str(epoch)


def epoch_axis(axes: Axes, *, last: int, label: str = "epoch (log scale)") -> None:
    """Make the horizontal axis the logarithmic scale of epochs, with epoch 0 on it.

    Arguments:
        axes: the axes.
        last: the last epoch.
        label: of the axis; empty where another panel says it.

    Example:
        >>> from ib_mlflow.figures.style import new_figure
        >>> axes = new_figure(2, 1).add_subplot()
        >>> epoch_axis(axes, last=8000)
        >>> [text.get_text() for text in axes.get_xticklabels()]
        ['0', '10', '100', '1k', '8k']
    """
    axes.set_xscale("function", functions=(np.log1p, np.expm1))
    ticks = epoch_ticks(last, spacing=max(0.12, _TICK / inches(axes)))
    axes.set_xticks(ticks, [short_epoch(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_xlim(-0.05 * min(last, 1), np.expm1(1.02 * np.log1p(max(last, 1))))
    axes.set_xlabel(label, fontsize=TEXT, color=INK)


def epoch_ticks(last: int, *, spacing: float = 0.12) -> list[int]:
    """Choose epochs to name on the logarithmic scale: 0, powers of ten, the last.

    Arguments:
        last: the last epoch.
        spacing: smallest distance between two of them, as a fraction of the scale.

    Returns:
        The epochs, ascending.

    Example:
        >>> epoch_ticks(8000), epoch_ticks(0)
        ([0, 10, 100, 1000, 8000], [0])
    """
    ticks = [0]
    for tick in [10**power for power in range(len(str(last)))]:
        place = epoch_fraction([ticks[-1], tick, last], last=last)
        if place[1] - place[0] >= spacing and place[2] - place[1] >= spacing:
            ticks.append(tick)
    return [*ticks, last] if last > 0 else ticks
