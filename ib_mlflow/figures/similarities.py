"""How alike the representations of twin networks are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import DASHES, columns_of, grid, legend_beside
from ib_mlflow.figures.headings import entitle
from ib_mlflow.figures.style import dress, layer_colours

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    from matplotlib.figure import Figure

    Array = npt.NDArray[np.float64]

_BINS = 80


def similarity_histograms(
    similarities: Mapping[str, Mapping[int, npt.ArrayLike]],
    *,
    reference: str = "noiseless model",
) -> Figure:
    """Draw histograms of the cosine similarity of each model's layers to those of a twin.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, figure 3.

    Arguments:
        similarities: by model and layer the cosines, of any shape, as
            `information.cosine_similarities` gives them.
        reference: the twin.

    Returns:
        The figure: a panel per layer, a curve per model, marked above at its mean; the shares of
        samples in bins of equal width that all panels have in common.

    Raises:
        InvalidInputError: no model, models without the same layers, or values beyond -1 or 1.

    Example:
        >>> figure = similarity_histograms({"dropout": {1: [0.8, 0.9], 2: [0.4, 0.6]}})
        >>> [axes.get_title(loc="left") for axes in figure.axes]
        ['layer 1', 'layer 2']
    """
    cosines = {
        model: {layer: np.ravel(np.asarray(of, np.float64)) for layer, of in layers.items()}
        for model, layers in similarities.items()
    }
    layers = _check(cosines)
    lowest = min(of.min() for model in cosines.values() for of in model.values())
    edges = np.linspace(min(0.0, float(lowest)), 1.0, _BINS + 1)
    colours = layer_colours(range(len(cosines)))
    rows, columns = columns_of(len(layers), 3)
    figure, table = grid(rows, columns, height=2.0, right=1.5, gap=0.4)
    every = [axes for row in table for axes in row]
    for index, (axes, layer) in enumerate(zip(every, layers, strict=False)):
        below = index + columns >= len(layers)
        dress(
            axes,
            title=f"layer {layer}",
            x="cosine similarity" if below else "",
            y="samples in a bin [%]" if index % columns == 0 else "",
        )
        for number, (model, of) in enumerate(cosines.items()):
            counts, _ = np.histogram(of[layer], edges)
            style: dict[str, Any] = {"color": colours[number]}
            dash = DASHES[number % len(DASHES)]
            axes.stairs(100 * counts / of[layer].size, edges, lw=1.4, ls=dash, label=model, **style)
            mean = float(of[layer].mean())
            mark = axes.plot(mean, 1.0, "v", ms=5, mec="none", clip_on=False, **style)[0]
            mark.set_transform(axes.get_xaxis_transform())
        axes.set_xlim(edges[0], 1.0)
        axes.set_ylim(bottom=0)
    for axes in every[len(layers) :]:
        axes.remove()
    legend_beside(every[columns - 1], title="model (▼ mean)")
    return entitle(figure, f"similarity to the {reference}")


def _check(cosines: Mapping[str, Mapping[int, Array]]) -> list[int]:
    layers = {tuple(sorted(model)) for model in cosines.values()}
    values = [of for model in cosines.values() for of in model.values()]
    fine = len(layers) == 1 and bool(values) and all(of.size for of in values)
    if not fine or not all((np.abs(of) <= 1).all() for of in values):
        raise InvalidInputError(
            "every model must have cosines from -1 to 1 of the same layers",
            received={model: sorted(of) for model, of in cosines.items()} or "no model",
            fix="Take them from information.cosine_similarities.",
        )
    return list(layers.pop())
