"""A time against a setting, both on logarithmic scales, with the power law through its medians."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import LogLocator, StrMethodFormatter

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import grid
from ib_mlflow.figures.style import INK, SMALL, dress

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DOT, _MEDIAN, _LINE = "#4c88ce", "#163db9", "#fb920c"


@dataclass(frozen=True)
class Power:
    """A power law: factor · setting ** exponent.

    Arguments:
        exponent: of the setting.
        factor: the time at setting 1.
        settings: those that it was fitted to.
        words: what is written of it.
    """

    exponent: float
    factor: float
    settings: tuple[float, ...]
    words: str


def scaling(
    times: Mapping[float, npt.NDArray[np.float64]],
    *,
    label: str,
    setting: str,
    power: Power | None = None,
) -> Figure:
    """Draw a time of every network by setting, its medians, and their power law.

    Arguments:
        times: (e,) times at each setting, all settings above 0; infinite ones, which training was
            too short to see, are counted above the axes; NaN and 0 are left out.
        label: of the vertical axis, with the unit.
        setting: of the horizontal axis.
        power: the law, drawn over the settings that it was fitted to and thin beyond them.

    Returns:
        The figure.

    Raises:
        InvalidInputError: no setting, or one that is not above 0.

    Example:
        >>> figure = scaling({1: np.array([8.0, 9.0]), 2: np.array([4.0, np.inf])},
        ...     label="epochs to the end", setting="hidden layers")
        >>> figure.axes[0].get_yscale()
        'log'
    """
    if not times or min(times) <= 0:
        raise InvalidInputError(
            "times are drawn by settings above 0, one or more",
            received=sorted(times),
            fix="Give (e,) times by their setting.",
        )
    settings = sorted(times)
    figure, [[axes]] = grid(1, 1, height=3.0, right=0.3)
    dress(axes, x=f"{setting} (log scale)", y=f"{label} (log scale)")
    axes.set(xscale="log", yscale="log")
    jitter = np.random.default_rng(0)
    room = 0.25 * np.min(np.diff(np.log(settings)), initial=0.5)
    for place in settings:
        values = np.asarray(times[place], np.float64)
        _draw_setting(axes, place, values, np.exp(room * jitter.uniform(-0.5, 0.5, values.size)))
    if power is not None:
        _draw_power(axes, settings, power)
    axes.set_xlim(settings[0] * np.exp(-room * 1.6), settings[-1] * np.exp(room * 1.6))
    axes.set_xticks(settings, [f"{each:g}" for each in settings])
    axes.minorticks_off()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    return figure


def _draw_setting(
    axes: Axes, place: float, values: npt.NDArray[np.float64], shifts: npt.NDArray[np.float64]
) -> None:
    within = np.isfinite(values) & (values > 0)
    x = place * shifts[within]
    axes.plot(x, values[within], "o", ms=3.5, mfc=_DOT, mec="none", alpha=0.5)
    there = values[~np.isnan(values) & (values > 0)]
    middle = np.median(there) if there.size else np.nan
    if np.isfinite(middle):
        axes.plot(place, middle, "o", ms=7, mfc=_MEDIAN, mec="white", zorder=4)
    beyond = int(np.isinf(values).sum())
    if beyond:
        words = f"↑ {beyond}"
        note = axes.text(place, 1.01, words, transform=axes.get_xaxis_transform(), ha="center")
        note.set(va="bottom", fontsize=SMALL, color=INK)


def _draw_power(axes: Axes, settings: list[float], power: Power) -> None:
    fitted = np.array([min(power.settings), max(power.settings)])
    for ends, width, style in (
        (np.array([settings[0], settings[-1]]), 0.9, (0, (4, 3))),
        (fitted, 1.8, "-"),
    ):
        line = power.factor * ends**power.exponent
        axes.plot(ends, line, color=_LINE, lw=width, ls=style, zorder=3)
    where = (0.03, 0.04) if power.exponent < 0 else (0.97, 0.04)
    words = axes.text(*where, power.words, transform=axes.transAxes, va="bottom", color=INK)
    words.set(fontsize=SMALL, ha="left" if power.exponent < 0 else "right")
    words.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 1.5})
