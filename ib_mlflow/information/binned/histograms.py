"""Where a layer's activations lie: its occupied cells, and each unit's histogram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.binned.bins import positive_size
from ib_mlflow.information.binned.estimator import binned_information
from ib_mlflow.information.binned.steps import bin_numbers
from ib_mlflow.information.inputs.symbols import layer_array

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_MOST_COUNTS = 100_000_000


@dataclass(frozen=True, eq=False)
class BinHistogram:
    """How many samples each unit has in each bin.

    Arguments:
        edges: (bins + 1,) the bins' edges, in units of the activation; the same for all units.
        counts: (*, d, bins) samples of each unit in each bin.

    Example:
        >>> histogram = bin_histogram(np.array([[0.1], [0.2], [-0.3]]), bin_size=0.25)
        >>> histogram.edges.tolist(), histogram.counts.tolist()
        ([-0.5, -0.25, 0.0, 0.25], [[1, 0, 2]])
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]


def occupied_bins(activations: ArrayLike, *, bin_size: float) -> NDArray[np.int64]:
    """Count the cells that a layer's samples occupy, every leading axis at once.

    Reference:
        *Revisiting the Information Plane*, section 2.3: layers that are compressed empty bins.

    Arguments:
        activations: (*, n, d) float32 or float64.
        bin_size: width of every bin, as for `binned_information`.

    Returns:
        The number of distinct cells, a cell being a tuple of d bins, shape (*,).

    Raises:
        InvalidInputError: as `binned_information`.

    Example:
        >>> occupied_bins([[0.1, 0.9], [0.2, 0.9], [0.1, -0.9]], bin_size=0.25).item()
        2
    """
    values, leading = layer_array(activations)
    same = np.zeros(values.shape[1], np.int64)
    occupied = binned_information(values, same, bin_size=bin_size).diagnostics["occupied"]
    return np.asarray(occupied).reshape(leading)


def bin_histogram(activations: ArrayLike, *, bin_size: float) -> BinHistogram:
    """Histogram of each unit of a layer, in the bins of the binning estimator.

    Reference:
        *Revisiting the Information Plane*, figure 5.

    Arguments:
        activations: (*, n, d) float32 or float64.
        bin_size: width of every bin, as for `binned_information`.

    Returns:
        The edges, which span all activations given, and the counts (*, d, bins).

    Raises:
        InvalidInputError: for NaN or infinite activations, or more counts than memory is for.

    Example:
        >>> epochs = np.tanh(np.random.default_rng(0).normal(size=(2, 100, 3)))
        >>> histogram = bin_histogram(epochs, bin_size=0.5)
        >>> histogram.counts.shape, histogram.counts.sum(axis=-1).tolist()
        ((2, 3, 4), [[100, 100, 100], [100, 100, 100]])
    """
    size = positive_size(bin_size)
    values, leading = layer_array(activations)
    indices, _ = bin_numbers(values, size)
    with np.errstate(over="ignore", invalid="ignore"):
        lowest, highest = indices.min(), indices.max()
        bins = float(highest) - float(lowest) + 1
    batch, _, d = values.shape
    if not bins * batch * d <= _MOST_COUNTS:
        raise InvalidInputError(
            f"a histogram must have at most {_MOST_COUNTS} counts, of finite activations",
            received=f"{bins} bins of {batch} x {d} units",
            fix="Give a larger bin_size, or fewer layers at once.",
        )
    offsets = (indices - lowest).astype(np.int64) + np.arange(d) * int(bins)
    counts = np.stack([np.bincount(layer.ravel(), minlength=d * int(bins)) for layer in offsets])
    edges = np.arange(int(bins) + 1, dtype=np.float64)
    edges = (edges + float(lowest)) * size
    return BinHistogram(edges, counts.reshape(*leading, d, int(bins)))
