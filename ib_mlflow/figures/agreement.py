"""Two epochs of every network against each other, and how near they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import columns_of, grid
from ib_mlflow.figures.style import INK, QUIET, SMALL, dress

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_DOT, _BAND = "#163db9", "#4c88ce"
_COLUMNS = 4


def agreement(table: pd.DataFrame, *, across: str, up: str, factor: float) -> Figure:
    """Draw two epochs of every network against each other, a panel for each group.

    Arguments:
        table: a row per network: `group`, the epochs `across` and `up` from 1 on, `low` and
            `high`, the interval of `up`; NaN where not known; and whether both were `seen`: one at
            the last epoch may come yet.
        across: label of the horizontal axis.
        up: label of the vertical axis.
        factor: within which they count as equal, at least 1; drawn as a band.

    Returns:
        The figure: a dot a network with its interval, on axes that all panels share, hollow where
        an epoch was not seen; how many of the networks lie in the band, of those of which both are
        known, and were seen or lie outside all the same.

    Raises:
        InvalidInputError: no row, a column is missing, or the factor is below 1.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"group": "layer 1", "across": [4.0, 8.0], "up": [5.0, 30.0],
        ...     "low": [4.0, 20.0], "high": [6.0, 40.0], "seen": True})
        >>> figure = agreement(table, across="peak", up="fall", factor=2)
        >>> figure.axes[0].texts[0].get_text()
        '1 of 2'
    """
    missing = {"group", "across", "up", "low", "high", "seen"} - {*table.columns}
    if missing or table.empty or not 1 <= factor < np.inf:
        raise InvalidInputError(
            "epochs of networks are drawn by group, and their factor is finite and at least 1",
            received=f"no column {sorted(missing)}" if missing else f"{len(table)} rows, {factor}",
            fix="Give a row per network with both epochs and an interval.",
        )
    groups = [str(group) for group in dict.fromkeys(table["group"])]
    rows, columns = columns_of(len(groups), _COLUMNS)
    figure, axes_table = grid(rows, columns, height=1.8, right=0.2, gap=0.25)
    every = [axes for row in axes_table for axes in row]
    numbers = table[["across", "up", "low", "high"]].to_numpy(dtype=np.float64, na_value=np.nan)
    shown = numbers[np.isfinite(numbers) & (numbers > 0)]
    ends = np.array([shown.min() / 1.5, shown.max() * 1.5]) if shown.size else np.array([1.0, 10.0])
    known = (numbers[:, :2] > 0).all(axis=1) & np.isfinite(numbers[:, :2]).all(axis=1)
    for index, (axes, group) in enumerate(zip(every, groups, strict=False)):
        first, below = index % columns == 0, index + columns >= len(groups)
        dress(axes, title=group, x=across if below else "", y=up if first else "")
        axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(numticks=4))
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.tick_params(labelleft=first, labelbottom=below)
        axes.fill_between(ends, ends / factor, ends * factor, color=_BAND, alpha=0.15, linewidth=0)
        axes.plot(ends, ends, color=QUIET, lw=0.8)
        own = (table["group"] == group).to_numpy() & known
        seen = table["seen"].to_numpy(dtype=bool)[own]
        x, y, low, high = numbers[own].T
        sides = np.nan_to_num(np.clip(np.stack([y - low, high - y]), 0, None))
        for of, fill in ((seen, _DOT), (~seen, "none")):
            axes.errorbar(x[of], y[of], yerr=sides[:, of], fmt="o", ms=3.5, mfc=fill, mew=0.6,
                          color=_DOT, alpha=0.5, elinewidth=0.6)  # fmt: skip
        near = np.abs(np.log(y / x)) <= np.log(factor) + 1e-12
        counted = f"{int((near & seen).sum())} of {int((~near | seen).sum())}"
        words = axes.text(0.96, 0.04, counted, transform=axes.transAxes)
        words.set(ha="right", va="bottom", fontsize=SMALL, color=INK)
    for axes in every[len(groups) :]:
        axes.remove()
    return figure
