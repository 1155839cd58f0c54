"""A mixture of Gaussians on a line: its density, and how its centres move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.bands import columns_of, grid, legend_beside
from ib_mlflow.figures.epochs import epoch_axis
from ib_mlflow.figures.scatter import class_colours
from ib_mlflow.figures.style import INK, dress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Array = npt.NDArray[np.float64]

_GREY = LinearSegmentedColormap.from_list("density", ["#ffffff", "#b9c0cc", "#26292e"])
_ROWS, _COLUMNS = 400, 500  # pixels of the picture of a density
_MARGIN = 5.0  # deviations of the noise beyond the outermost centres


def mixture_densities(
    stages: Mapping[int, npt.ArrayLike],
    labels: npt.ArrayLike,
    *,
    beta: float,
    classes: Sequence[str],
) -> Figure:
    """Draw the density of a noisy neuron's output, and the Gaussians it is made of, at some epochs.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, figure 4 (a).

    Arguments:
        stages: by epoch the centres (k,), one for each input.
        labels: (k,) class numbers from 0 of the inputs.
        beta: standard deviation of the noise, in units of the centres.
        classes: names of the classes.

    Returns:
        The figure: a panel per epoch; in ink the density, in the colours of the classes the
        Gaussian of each input, with a tick at its centre.

    Raises:
        InvalidInputError: no epoch, centres that are not finite or not of one shape, labels that
            do not fit, or a β that is not positive.

    Example:
        >>> figure = mixture_densities({9: [0.0, 1.0]}, [0, 1], beta=0.1, classes=["-1", "1"])
        >>> figure.axes[0].get_ylabel()
        'density of T'
    """
    epochs = sorted(stages)
    codes = np.asarray(labels)
    centres = _checked([stages[epoch] for epoch in epochs], codes, beta)
    rows, columns = columns_of(len(epochs), 3)
    figure, table = grid(rows, columns, height=1.7, right=1.0, gap=0.5)
    colours = class_colours(len(classes))
    line = np.unique(
        np.concatenate([_line(centres, beta), *(centres + step for step in _near(beta))], axis=None)
    )
    every = [axes for row in table for axes in row]
    for index, (axes, epoch, own) in enumerate(zip(every, epochs, centres, strict=False)):
        first, below = index % columns == 0, index + columns >= len(epochs)
        x, y = "T [activation]" if below else "", "density of T" if first else ""
        dress(axes, title=f"epoch {epoch:,}", x=x, y=y)
        parts = _gaussians(line, own, beta) / own.size
        for part, centre, label in zip(parts, own, codes, strict=True):
            axes.plot(line, part, color=colours[label], lw=1.1, alpha=0.9)
            tick = axes.plot(centre, -0.02, "|", color=colours[label], ms=7, clip_on=False)[0]
            tick.set_transform(axes.get_xaxis_transform())
        axes.fill_between(line, parts.sum(axis=0), color=INK, alpha=0.12, lw=0)
        axes.plot(line, parts.sum(axis=0), color=INK, lw=0.9)
        axes.set_xlim(line[0], line[-1])
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(5))
    for axes in every[len(epochs) :]:
        axes.remove()
    _name_classes(every[columns - 1], classes, colours)
    return figure


def centre_motion(
    motions: Mapping[str, npt.ArrayLike],
    labels: npt.ArrayLike,
    *,
    epochs: Sequence[int],
    beta: float,
    classes: Sequence[str],
) -> Figure:
    """Draw how the Gaussians of a noisy neuron move while it learns.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, figures 4 (b) and 9 (b), (c).

    Arguments:
        motions: by title the centres (t, k), one for each epoch and input; a panel each.
        labels: (k,) class numbers from 0 of the inputs.
        epochs: the t epochs, ascending.
        beta: standard deviation of the noise, in units of the centres.
        classes: names of the classes.

    Returns:
        The figure: in grey the density over epochs (each epoch's scaled by its highest, of centres
        interpolated between epochs), and a line for each centre in the colour of its class.

    Raises:
        InvalidInputError: no motion, centres that are not finite or not of one shape, labels that
            do not fit, or a β that is not positive.

    Example:
        >>> figure = centre_motion({"T": [[0.0, 0.0], [-1.0, 1.0]]}, [0, 1], epochs=[0, 10],
        ...     beta=0.1, classes=["-1", "1"])
        >>> len(figure.axes[0].lines) > 2
        True
    """
    codes = np.asarray(labels)
    paths = _checked(list(motions.values()), codes, beta, axes=2)
    if paths.shape[1] != len(epochs):
        raise InvalidInputError(
            "a motion must have a row of centres for each epoch",
            received=f"{paths.shape[1]} rows for {len(epochs)} epochs",
            fix="Give centres (t, k) for t epochs.",
        )
    rows, columns = columns_of(len(paths), 2)
    figure, table = grid(rows, columns, height=2.4, right=1.0)
    colours = class_colours(len(classes))
    last = epochs[-1]
    steps = np.expm1(np.linspace(0, np.log1p(max(last, 1)), _COLUMNS + 1))
    times, middles = np.log1p(epochs), np.log1p((steps[:-1] + steps[1:]) / 2)
    every = [axes for row in table for axes in row]
    for axes, title, path in zip(every, motions, paths, strict=False):
        dress(axes, title=title, y="T [activation]")
        epoch_axis(axes, last=last)
        line = np.linspace(*_range_of(path, beta), _ROWS + 1)
        middle = (line[:-1] + line[1:]) / 2
        # Narrow Gaussians are widened to what a pixel can show.
        width = max(beta, float(line[1] - line[0]))
        between = np.stack([np.interp(middles, times, centre) for centre in path.T], axis=1)
        density = _gaussians(middle, between, width).sum(axis=1)
        density /= density.max(axis=1, keepdims=True)
        axes.grid(visible=False)
        axes.pcolormesh(steps, line, density.T, cmap=_GREY, vmin=0, vmax=1, rasterized=True)
        for centre, label in zip(path.T, codes, strict=True):
            axes.plot(epochs, centre, color=colours[label], lw=1.0)
        axes.set_ylim(line[0], line[-1])
    for axes in every[len(paths) :]:
        axes.remove()
    _name_classes(every[columns - 1], classes, colours)
    return figure


def _name_classes(axes: Axes, classes: Sequence[str], colours: Sequence[str]) -> None:
    for name, colour in zip(classes, colours, strict=True):
        axes.plot([], [], color=colour, label=f"class {name}")
    legend_beside(axes)


def _gaussians(line: Array, centres: Array, beta: float) -> Array:
    """Densities (*, k, points) of unit Gaussians around centres (*, k)."""
    exponents = -0.5 * ((line - centres[..., None]) / beta) ** 2
    return np.asarray(np.exp(np.maximum(exponents, -700)) / (beta * np.sqrt(2 * np.pi)))


def _range_of(centres: Array, beta: float) -> tuple[float, float]:
    return float(centres.min()) - _MARGIN * beta, float(centres.max()) + _MARGIN * beta


def _line(centres: Array, beta: float) -> Array:
    return np.linspace(*_range_of(centres, beta), 800)


def _near(beta: float) -> Array:
    """Steps around a centre at which its Gaussian is drawn, however narrow it is."""
    return np.linspace(-_MARGIN * beta, _MARGIN * beta, 41)


def _checked(centres: Sequence[Any], codes: Any, beta: float, *, axes: int = 1) -> Array:
    try:
        stacked = np.asarray(centres, np.float64)
    except (TypeError, ValueError):
        stacked = np.empty(0)
    fits = stacked.ndim == 1 + axes and stacked.size and codes.shape == stacked.shape[-1:]
    if not fits or not np.isfinite(stacked).all() or not 0 < beta < np.inf:
        raise InvalidInputError(
            "finite centres, a label for each, and a positive beta make a mixture",
            received=f"centres of shape {stacked.shape}, labels {codes.shape}, beta={beta}",
            fix="Give as many labels as centres.",
        )
    return stacked
