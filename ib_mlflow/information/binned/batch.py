"""A batch of layers through the compiled binning kernel, on as many threads as pay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.information.binned.kernel import (
    CHANCE,
    CLIPPED,
    ON_EDGES,
    ROWS,
    label_codes,
    logarithms,
    measure_cells,
    measure_layers,
)
from ib_mlflow.information.binned.placing import LARGE, OUTSIDE, UNNUMBERED
from ib_mlflow.information.binned.steps import Steps
from ib_mlflow.information.inputs.labels import chance_information
from ib_mlflow.threads import threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Values that each thread must have to work on for its start to pay.
PER_THREAD = 200_000
# Parts of the batch for each thread: one that is held up by other processes leaves the rest to
# the others.
PARTS = 8


def measure_batch(
    values: NDArray[Any],
    labels: NDArray[np.int64],
    *,
    bin_size: float | None = None,
    edges: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], int]:
    """Measure every layer of a batch.

    Arguments:
        values: (batch, n, d) float32 or float64, C order.
        labels: (n,) int64, C order.
        bin_size: width of the bins, where their edges are not given.
        edges: (bins + 1,) the bins' edges; or, of bins of a size, their outer borders (2,).

    Returns:
        The results (ROWS, batch), whose rows the constants of `kernel` name, in nats; and their
        status: 0, or UNNUMBERED for a NaN, an infinite value or a bin beyond 64 bits, or
        OUTSIDE for a value beyond the edges by more than rounding.
    """
    batch, n, _ = values.shape
    results, logs = np.empty((ROWS, batch)), logarithms(n)
    bins = bin_size or 0.0, np.empty(0) if edges is None else edges

    def measure(begin: int, end: int) -> int:
        return int(measure_layers(values, labels, *bins, logs, begin, end, results))

    count = 1
    if batch > 1 and values.size >= 2 * PER_THREAD:
        count = min(threads(), batch, values.size // PER_THREAD)
    if count == 1:
        status = measure(0, batch)
    else:
        # Plain threads and not numba's parallel loops, which end the process when two threads
        # enter its fallback layer at once, or a forked child its OpenMP layer.
        parts = min(batch, PARTS * count)
        bounds = [batch * part // parts for part in range(parts + 1)]
        with ThreadPoolExecutor(count) as pool:
            status = int(np.bitwise_or.reduce(list(pool.map(measure, bounds[:-1], bounds[1:]))))
    if status & UNNUMBERED and bin_size is not None:
        status = _measure_wide(values, labels, Steps(bin_size, edges), results)
    return results, status


def _measure_wide(
    values: NDArray[Any], labels: NDArray[np.int64], steps: Steps, results: NDArray[np.float64]
) -> int:
    """Measure with bins numbered in 64 bits what has none in 32; NaN and infinite have none."""
    logs = logarithms(labels.size)
    codes, label_count = label_codes(labels)
    of_size = np.full(labels.size + 1, np.nan)
    outside, clipped = steps.beyond(values)
    for layer, activations in enumerate(values):
        index, on_edges = steps.numbers(activations)
        results[ON_EDGES, layer] = on_edges
        if not (np.abs(index) < 2.0**63).all():
            return UNNUMBERED
        words = index.astype(np.int64).view(np.int32)
        measure_cells(words, LARGE, codes, label_count, logs, of_size, layer, results)
    results[CLIPPED], results[CHANCE] = clipped, chance_information(label_count)
    return OUTSIDE * outside
