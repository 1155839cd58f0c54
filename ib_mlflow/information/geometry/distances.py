"""How far apart samples of the same class and of different classes lie in a layer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.geometry.pair_counts import count_by_differences, count_by_products
from ib_mlflow.information.inputs.pairs import fours
from ib_mlflow.information.inputs.samples import positive, whole
from ib_mlflow.information.inputs.symbols import layer_array, layer_labels
from ib_mlflow.threads import threads

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# From this many units on, matrix products are faster than differences.
WIDE = 64
# Rows of a block of products, which then takes 8 MiB.
ROWS = 1024
# Pairs that each thread must have for its start to pay.
PER_THREAD = 500_000
MOST_BINS = 1_000_000


@dataclass(frozen=True, eq=False)
class DistanceHistogram:
    """How many pairs of samples lie how far apart, within classes and between them.

    Arguments:
        edges: (bins + 1,) from 0, in units of the activation; bins are closed below, and the last
            at both ends.
        within: (*, bins) pairs of the same class.
        between: (*, bins) pairs of different classes.

    Example:
        >>> pairs = distance_histogram([[0.0], [0.1], [1.0]], [0, 0, 1], bin_count=4, largest=1.0)
        >>> pairs.within.tolist(), pairs.between.tolist()
        ([1, 0, 0, 0], [0, 0, 0, 2])
    """

    edges: NDArray[np.float64]
    within: NDArray[np.int64]
    between: NDArray[np.int64]

    @property
    def overlap(self) -> NDArray[np.float64]:
        """The area that both histograms share, each scaled to an area of 1: (*,), 0 to 1.

        NaN where there is no pair of one kind.
        """
        return np.asarray(np.minimum(_shares(self.within), _shares(self.between)).sum(axis=-1))

    def quantiles(self, share: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The distances below which a share of the pairs lies, linear within a bin.

        Arguments:
            share: between 0 and 1; 0.5 for the medians.

        Returns:
            (*,) within classes and (*,) between them, in units of the activation; NaN where there
            is no pair.

        Raises:
            InvalidInputError: for a share outside 0 to 1.

        Example:
            >>> pairs = distance_histogram([[0.0], [0.2], [1.0]], [0, 0, 0], bin_count=2, largest=2)
            >>> pairs.quantiles(0.5)[0].round(3).item()
            0.75
        """
        if not 0 <= share <= 1:
            raise InvalidInputError(
                "a share must lie between 0 and 1", received=share, fix="Give 0.5 for medians."
            )
        return _quantile(self.edges, self.within, share), _quantile(self.edges, self.between, share)


def distance_histogram(
    activations: ArrayLike,
    labels: ArrayLike,
    *,
    bin_count: int = 100,
    largest: float | None = None,
) -> DistanceHistogram:
    """Histograms of the distances between samples, within classes and between them.

    Every pair is counted once, in the bin of its Euclidean distance in float64. Narrow layers are
    compared by differences, wide ones by matrix products with differences wherever rounding could
    change the bin. Memory grows with n, not with its square.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, section 5, figures 6 and 8.

    Arguments:
        activations: (*, n, d) float32 or float64; all leading indices share their edges.
        labels: (n,) integers, strings, or other discrete symbols.
        bin_count: bins of equal width from 0 to `largest`.
        largest: the last edge, in units of the activation, such as 2√d for tanh layers. Where it
            is not given, twice the largest distance of a sample from its layer's mean, which no
            pair exceeds; 1 where all samples are equal.

    Returns:
        The edges and both counts.

    Raises:
        InvalidInputError: for NaN or infinite activations, shapes that do not fit, fewer than two
            samples, or a pair that is further apart than `largest`.

    Example:
        >>> corners = np.tanh(np.random.default_rng(0).normal(size=(2, 300, 3)) * [[[1]], [[99]]])
        >>> pairs = distance_histogram(corners, corners[0, :, 0] > 0, bin_count=8)
        >>> pairs.within.sum(axis=-1) + pairs.between.sum(axis=-1)
        array([44850, 44850])
    """
    values, leading = layer_array(activations)
    batch, n, _ = values.shape
    codes = layer_labels(labels, n, leading)
    if n < 2 or not np.isfinite(values).all():
        raise InvalidInputError(
            "distances are between two or more samples of finite activations",
            received=f"{n} samples, {np.count_nonzero(~np.isfinite(values))} values not finite",
            fix="Drop what is not finite, or look for what diverged.",
        )
    bins = whole(bin_count, name="bin_count", below=MOST_BINS + 1)
    reach = _reach(values) if largest is None else positive(largest, name="largest")
    edges = np.linspace(0.0, reach, bins + 1)
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], codes[order], side="right")
    # The kernels keep a column of their own in front.
    counts, beyond = np.zeros((batch, 2, 1 + bins), np.int64), 0
    for layer, layer_counts in zip(values, counts, strict=True):
        rows = layer[order]
        count = _by_products if rows.shape[1] >= WIDE else _by_differences
        beyond += count(rows, ends, edges, layer_counts)
    if beyond:
        raise InvalidInputError(
            "no two samples may be further apart than largest",
            received=f"{beyond} pairs beyond {reach:g}",
            fix="Give a larger one, or none.",
        )
    within, between = np.moveaxis(counts[..., 1:], 1, 0).reshape(2, *leading, bins)
    return DistanceHistogram(edges, within, between)


def _reach(values: NDArray[Any]) -> float:
    """A distance that no pair of any layer of (batch, n, d) exceeds."""
    furthest = 0.0
    for layer in values:
        centred = layer - layer.mean(axis=0, dtype=np.float64)
        furthest = max(furthest, float(np.einsum("nd,nd->n", centred, centred).max()))
    # The margin is for rounding; an edge of 0 would leave no bin.
    return 2.0 * float(np.sqrt(furthest)) * (1 + 1e-9) or 1.0


def _by_differences(
    rows: NDArray[Any], ends: NDArray[np.int64], edges: NDArray[np.float64], counts: NDArray[Any]
) -> int:
    columns, n = fours(rows), len(rows)

    def count(begin: int, end: int) -> tuple[NDArray[np.int64], int]:
        own = np.zeros(counts.shape, np.int64)
        return own, int(count_by_differences(columns, ends, edges, begin, end, own))

    parts = max(1, min(threads(), n * (n - 1) // 2 // PER_THREAD))
    # Early samples have more later ones: equal shares of the triangle of pairs.
    bounds = (n * (1 - np.sqrt(1 - np.arange(parts + 1) / parts))).round().astype(int).tolist()
    if parts == 1:
        counted = [count(0, n)]
    else:
        with ThreadPoolExecutor(parts) as pool:
            counted = list(pool.map(count, bounds[:-1], bounds[1:]))
    counts += sum(own for own, _ in counted)
    return sum(beyond for _, beyond in counted)


def _by_products(
    rows: NDArray[Any], ends: NDArray[np.int64], edges: NDArray[np.float64], counts: NDArray[Any]
) -> int:
    rows, n, beyond = np.ascontiguousarray(rows), len(rows), 0
    mean = rows.mean(axis=0, dtype=np.float64)

    def centred(start: int) -> NDArray[np.float64]:
        return np.asarray(rows[start : start + ROWS] - mean)

    norms = np.concatenate(
        [np.einsum("nd,nd->n", part, part) for part in map(centred, range(0, n, ROWS))]
    )
    for at in range(0, n, ROWS):
        block = centred(at)
        for to in range(at, n, ROWS):
            products = block @ (block if to == at else centred(to)).T
            beyond += int(count_by_products(rows, products, norms, ends, edges, at, to, counts))
    return beyond


def _shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        return np.asarray(counts / counts.sum(axis=-1, keepdims=True))


def _quantile(
    edges: NDArray[np.float64], counts: NDArray[np.int64], share: float
) -> NDArray[np.float64]:
    below = np.concatenate([np.zeros((*counts.shape[:-1], 1)), counts.cumsum(axis=-1)], axis=-1)
    target = share * below[..., -1:]
    # The first bin that reaches the target, and is not empty where that is 0.
    bin_of = (below[..., 1:] < np.maximum(target, 0.5)).sum(axis=-1, keepdims=True)
    bin_of = np.minimum(bin_of, counts.shape[-1] - 1)
    before, own = (np.take_along_axis(table, bin_of, -1) for table in (below, counts))
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = np.where(own > 0, (target - before) / own, 0.0)
        inside = np.where(below[..., -1:] > 0, inside, np.nan)
    return np.asarray((edges[bin_of] + inside * (edges[1] - edges[0]))[..., 0])
