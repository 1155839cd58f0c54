"""Estimates of a known quantity against the number of samples, by several estimators."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import DASHES, columns_of, draw_band, grid, legend_beside
from ib_mlflow.figures.epochs import short_epoch
from ib_mlflow.figures.guides import ABOVE, GUIDES_HEIGHT, draw_level
from ib_mlflow.figures.style import dress, layer_colours, unit_scale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Numbers = npt.NDArray[np.float64]

_COLUMNS = 2


@dataclass(frozen=True, eq=False)
class Converging:
    """What estimators gave from more and more samples.

    Arguments:
        sizes: the numbers of samples, ascending.
        values: by the estimator's name (sizes, e) nats, a repetition in each column.
        truth: what they estimate, in nats.

    Raises:
        InvalidInputError: no estimator, or arrays that do not fit the sizes.

    Example:
        >>> Converging([10, 100], {"half": np.ones((2, 3))}, truth=1.5).values["half"].shape
        (2, 3)
    """

    sizes: Sequence[int]
    values: Mapping[str, Numbers]
    truth: float

    def __post_init__(self) -> None:
        shapes = {name: np.shape(rows) for name, rows in self.values.items()}
        if not shapes or any(len(s) != 2 or s[0] != len(self.sizes) for s in shapes.values()):
            raise InvalidInputError(
                "each estimator must have a row of values for each number of samples",
                received=f"{shapes} for {len(self.sizes)} sizes",
                fix="Give arrays of shape (sizes, repetitions).",
            )


def convergence(cases: Mapping[str, Converging], *, label: str, unit: str = "nats") -> Figure:
    """Draw estimates against the number of samples, a panel for each case.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, figure 14.

    Arguments:
        cases: by title what was estimated.
        label: the quantity.
        unit: "nats" or "bits".

    Returns:
        The figure: means and bands from the 5 % to the 95 % quantile over repetitions, and the
        truth as a line.

    Raises:
        InvalidInputError: no case, or another unit.

    Example:
        >>> estimates = Converging([10, 100], {"half": np.ones((2, 3))}, truth=1.5)
        >>> convergence({"d=5": estimates}, label="h(S + Z)").axes[0].get_ylabel()
        'h(S + Z) [nats]'
    """
    scale = unit_scale(unit)
    figure, panels = _panels(cases, f"{label} [{unit}]")
    for case, axes in zip(cases.values(), panels, strict=True):
        _draw(axes, case, {name: scale * rows for name, rows in case.values.items()})
        axes.margins(y=0.1)
        draw_level(axes, "truth", scale * case.truth)
    return figure


def error_rates(cases: Mapping[str, Converging], *, unit: str = "nats") -> Figure:
    """Draw mean absolute errors against the number of samples, both on logarithmic scales.

    Arguments:
        cases: by title what was estimated.
        unit: "nats" or "bits".

    Returns:
        The figure, a panel for each case on axes that all share; bands are from the 5 % to the
        95 % quantile over repetitions.

    Raises:
        InvalidInputError: no case, or another unit.

    Example:
        >>> estimates = Converging([10, 100], {"half": np.ones((2, 3))}, truth=1.5)
        >>> error_rates({"d=5": estimates}).axes[0].get_yscale()
        'log'
    """
    scale = unit_scale(unit)
    figure, panels = _panels(cases, f"|error| [{unit}]")
    for case, axes in zip(cases.values(), panels, strict=True):
        errors = {name: np.abs(rows - case.truth) for name, rows in case.values.items()}
        _draw(axes, case, {name: scale * rows for name, rows in errors.items()})
        axes.set_yscale("log")
    # What falls below a thousandth of the largest error is chance.
    high = max(axes.get_ylim()[1] for axes in panels)
    low = max(min(axes.get_ylim()[0] for axes in panels), 1e-4 * high)
    for axes in panels:
        axes.set_ylim(low, high)
        axes.minorticks_off()
    return figure


def _panels(cases: Mapping[str, Converging], label: str) -> tuple[Figure, list[Axes]]:
    if not cases:
        raise InvalidInputError(
            "a comparison needs at least one case", received="none", fix="Estimate one first."
        )
    rows, columns = columns_of(len(cases), _COLUMNS)
    figure, table = grid(rows, columns, height=2.2, right=1.7, above=ABOVE)
    panels = [axes for row in table for axes in row]
    for axes in panels[len(cases) :]:
        axes.remove()
    for index, (title, axes) in enumerate(zip(cases, panels, strict=False)):
        below, first = index + columns >= len(cases), index % columns == 0
        x, y = "samples n (log scale)" if below else "", label if first else ""
        dress(axes, title=title, x=x, y=y, above=GUIDES_HEIGHT)
    return figure, panels[: len(cases)]


def _draw(axes: Axes, case: Converging, values: Mapping[str, Numbers]) -> None:
    # Every second of twice as many, so that neighbours differ in hue.
    colours = list(layer_colours(range(2 * len(values))).values())[::2]
    strokes = zip(colours, cycle(DASHES), strict=False)
    for (colour, dash), (name, rows) in zip(strokes, values.items(), strict=False):
        low, high = np.quantile(rows, [0.05, 0.95], axis=1)
        draw_band(
            axes, case.sizes, (rows.mean(axis=1), low, high), colour=colour, label=name, dash=dash
        )
    axes.set_xscale("log")
    axes.set_xticks(case.sizes, [short_epoch(size) for size in case.sizes])
    axes.minorticks_off()
    if axes is axes.figure.axes[min(_COLUMNS, len(axes.figure.axes)) - 1]:
        legend_beside(axes, title="mean, 5–95 % of\nrepetitions")
