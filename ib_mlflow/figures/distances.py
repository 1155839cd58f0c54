"""How far apart the samples of a layer lie, within classes and between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import grid, legend_beside
from ib_mlflow.figures.guides import ABOVE, GUIDES_HEIGHT
from ib_mlflow.figures.style import QUIET, SMALL, dress

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DISTANCES = ["epoch", "layer", "bin_left", "bin_right", "within", "between"]
_KINDS = {"within": ("same class", "#163db9"), "between": ("different classes", "#fb920c")}


def distance_histograms(pairs: pd.DataFrame) -> Figure:
    """Draw histograms of the distances between samples, at some epochs.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, figures 6 and 8.

    Arguments:
        pairs: a row per (epoch, layer, bin) with the columns `DISTANCES`: the bin's edges in
            activation units, and its counts of pairs within classes and between them, 0 included,
            as `information.distance_histogram` gives them. Layer 0 is the input.

    Returns:
        The figure: a row per layer, a column per epoch; each kind of pairs as shares of its own
        number, and the area that both share.

    Raises:
        InvalidInputError: a column is missing, there is no row, or a count or bin is not valid.

    Example:
        >>> import pandas as pd
        >>> two_bins = pd.DataFrame({"epoch": 1, "layer": 5, "bin_left": [0.0, 1.0],
        ...     "bin_right": [1.0, 2.0], "within": [10, 0], "between": [5, 5]})
        >>> [text.get_text() for text in distance_histograms(two_bins).axes[0].texts]
        ['overlap 50 %']
    """
    _check(pairs)
    layers, epochs = sorted(set(pairs["layer"])), sorted(set(pairs["epoch"]))
    figure, rows = grid(len(layers), len(epochs), height=1.0, right=1.35, gap=0.36, above=ABOVE)
    for row, layer in zip(rows, layers, strict=True):
        of_layer = pairs[pairs["layer"] == layer]
        reach = _reach(of_layer)
        for axes, epoch in zip(row, epochs, strict=True):
            dress(
                axes,
                title=f"epoch {epoch:,}" if layer == layers[0] else "",
                x="distance" if layer == layers[-1] else "",
                y=(f"layer {layer}" if layer else "input") if epoch == epochs[0] else "",
                above=GUIDES_HEIGHT,
            )
            axes.set_xlim(0, reach)
            _draw(axes, of_layer[of_layer["epoch"] == epoch])
    legend_beside(rows[0][-1], title="pairs, in % of\ntheir number")
    return figure


def _reach(of_layer: pd.DataFrame) -> float:
    """The end of the last bin that is not empty, at any of the epochs."""
    filled = of_layer[of_layer[["within", "between"]].to_numpy().any(axis=1)]
    return float(filled["bin_right"].max()) * 1.02


def _draw(axes: Axes, shown: pd.DataFrame) -> None:
    shown = shown.sort_values("bin_left")
    edges = np.append(shown["bin_left"], shown["bin_right"].iloc[-1:])
    shares = []
    for kind, (label, colour) in _KINDS.items():
        counts = shown[kind].to_numpy(dtype=np.float64)
        shares.append(counts / max(counts.sum(), 1.0))
        axes.stairs(shares[-1], edges, fill=True, color=colour, alpha=0.35, linewidth=0)
        axes.stairs(shares[-1], edges, color=colour, linewidth=1.1, label=label)
    axes.set_ylim(0, 1.15 * max(share.max() for share in shares))
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}"))
    words = f"overlap {np.minimum(*shares).sum():.0%}".replace("%", " %")
    note = axes.annotate(words, (1, 1), (0, 3), "axes fraction", "offset points")
    note.set(ha="right", va="bottom", fontsize=SMALL, color=QUIET)


def _check(pairs: pd.DataFrame) -> None:
    missing = [name for name in DISTANCES if name not in pairs]
    if missing or pairs.empty:
        raise InvalidInputError(
            f"the table must have rows with the columns {', '.join(DISTANCES)}",
            received=f"{len(pairs)} rows without {missing}" if missing else "no row",
            fix="Build it from information.distance_histogram.",
        )
    values = pairs[["within", "between"]].to_numpy(dtype=np.float64)
    ascending = (pairs["bin_right"] > pairs["bin_left"]).all()
    if not (np.isfinite(values).all() and (values >= 0).all() and values.any() and ascending):
        raise InvalidInputError(
            "counts must be finite, at least 0 and not all 0, and bins ascend",
            received=f"counts from {values.min()} to {values.max()}",
            fix="Give counts of pairs, and each bin's left edge below its right one.",
        )
