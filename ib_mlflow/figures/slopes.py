"""How the entropies of single units change over epochs."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import columns_of, grid
from ib_mlflow.figures.guides import ABOVE, GUIDES_HEIGHT
from ib_mlflow.figures.style import INK, QUIET, SMALL, dress, unit_scale

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SLOPES = ["setting", "slope", "standard_error"]
_FALLING, _RISING = "#163db9", "#fb920c"


def unit_slopes(slopes: pd.DataFrame, *, unit: str = "nats") -> Figure:
    """Draw the slope of every unit's H(Bin T(k)) over epochs, in ascending order.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, section 5: most slopes are negative.

    Arguments:
        slopes: a row per (setting, unit) with the columns `SLOPES`: what a panel shows, such as
            "bin size 0.1", and the slope and its standard error in nats per epoch, as
            `information.epoch_slopes` gives them.
        unit: "nats" or "bits".

    Returns:
        The figure: a panel per setting, in the order of the table; bars of two standard errors,
        blue where a slope falls and orange where it does not; the mean, the standard deviation,
        and the share that falls.

    Raises:
        InvalidInputError: a column is missing, there is no row, a slope is not finite, or another
            unit.

    Example:
        >>> import pandas as pd
        >>> two = pd.DataFrame({"setting": "bin size 0.1", "slope": [-0.002, -0.004],
        ...     "standard_error": 0.001})
        >>> unit_slopes(two).axes[0].get_title(loc="left")
        'bin size 0.1'
    """
    missing = [name for name in SLOPES if name not in slopes]
    if (
        missing
        or slopes.empty
        or not np.isfinite(slopes[SLOPES[1:]].to_numpy(dtype=np.float64)).all()
    ):
        raise InvalidInputError(
            f"the table must have finite rows with the columns {', '.join(SLOPES)}",
            received=f"{len(slopes)} rows without {missing}" if missing else f"{len(slopes)} rows",
            fix="Build it from information.epoch_slopes.",
        )
    scale = unit_scale(unit)
    largest = float(np.abs(slopes["slope"]).max()) * scale
    power = floor(log10(largest)) if largest > 0 else 0
    tens = f"$10^{{{-power}}}$ · " if power else ""
    settings = list(dict.fromkeys(slopes["setting"]))
    rows, columns = columns_of(len(settings), 3)
    figure, table = grid(rows, columns, height=2.1, right=0.2, gap=0.7, above=2 * ABOVE)
    every = [axes for row in table for axes in row]
    for axes in every[len(settings) :]:
        axes.remove()
    for index, (axes, setting) in enumerate(zip(every, settings, strict=False)):
        own = slopes[slopes["setting"] == setting].sort_values("slope")
        slope = own["slope"].to_numpy(dtype=np.float64) * scale
        error = own["standard_error"].to_numpy(dtype=np.float64) * scale
        dress(
            axes,
            title=str(setting),
            x="units, by their slope",
            y=f"{tens}slope of H(Bin T(k))\n[{unit} per epoch]" if index % columns == 0 else "",
            above=2 * GUIDES_HEIGHT,
        )
        axes.grid(visible=False, axis="x")
        axes.yaxis.set_major_formatter(
            FuncFormatter(lambda y, _: f"{y / 10.0**power:g}".replace("-", "−"))
        )
        axes.yaxis.labelpad = 0
        axes.axhline(0, color=QUIET, linewidth=0.9)
        place, falls = np.arange(slope.size), slope < 0
        for part, colour in ((falls, _FALLING), (~falls, _RISING)):
            low, high = (slope + side * 2 * error for side in (-1, 1))
            axes.vlines(place[part], low[part], high[part], colors=colour, lw=0.8, alpha=0.5)
            axes.plot(place[part], slope[part], "o", ms=2.5, mec="none", mfc=colour)
        axes.set_xticks([])
        spread = f"{slope.std(ddof=1):.2g}" if slope.size > 1 else "unknown"
        words = f"mean {slope.mean():.2g}, std {spread}\n{falls.mean():.0%} fall"
        words = words.replace("%", " %").replace("-", "−")
        note = axes.annotate(words, (0, 1), (0, 3), "axes fraction", "offset points")
        note.set(va="bottom", fontsize=SMALL, color=INK)
        axes.margins(y=0.06)
    return figure
