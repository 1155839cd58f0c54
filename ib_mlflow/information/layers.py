"""A batch of layers through the compiled binning kernel, on as many threads as pay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from ib_mlflow.information.binkernel import REFUSED, logarithms, measure_layers
from ib_mlflow.information.rowhash import hash_constants

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Values that each further thread must have to work on for its start to pay.
PER_THREAD = 200_000


def measure_batch(
    values: NDArray[Any],
    codes: NDArray[np.int32],
    label_count: NDArray[np.int32],
    *,
    bin_size: float | None = None,
    edges: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Measure every layer of a batch.

    Arguments:
        values: (batch, n, d) float32 or float64, C order.
        codes: (n,) int32 label of each sample, from 0.
        label_count: (c,) int32 samples of each label.
        bin_size: width of the bins, where there are no edges.
        edges: (bins + 1,) the bins' edges.

    Returns:
        (8, batch), whose rows the constants of `binkernel` name, in nats. Where REFUSED is not 0
        the other rows mean nothing: an activation is NaN or infinite, or its index passes 64 bits.
    """
    results = _measure(values, codes, label_count, bin_size, edges, np.dtype(np.int32))
    if results[REFUSED].any():
        # Perhaps an index passes only 32 bits; NaN and infinite values pass every limit.
        return _measure(values, codes, label_count, bin_size, edges, np.dtype(np.int64))
    return results


def _measure(
    values: NDArray[Any],
    codes: NDArray[np.int32],
    label_count: NDArray[np.int32],
    bin_size: float | None,
    edges: NDArray[np.float64] | None,
    index: np.dtype[Any],
) -> NDArray[np.float64]:
    batch, n, d = values.shape
    words = d * index.itemsize // 4
    results = np.zeros((batch, 8))
    # Of float32, too small a size becomes 0 and too large a one infinite: no index is finite then.
    with np.errstate(over="ignore", under="ignore"):
        size = values.dtype.type(bin_size or 0)
    limit = values.dtype.type(2.0 ** (8 * index.itemsize - 1))
    edges = np.empty(0) if edges is None else edges
    tables = logarithms(n), hash_constants(max(words, 2))

    def measure(begin: int, end: int) -> None:
        indices = np.empty(n * d, index)
        space = indices, indices.view(np.int32).reshape(n, words)
        given = values, size, limit, edges, codes, label_count
        measure_layers(*given, *tables, *space, begin, end, results)

    threads = 1
    if batch > 1 and values.size >= 2 * PER_THREAD:
        threads = min(numba.get_num_threads(), batch, values.size // PER_THREAD)
    bounds = [batch * thread // threads for thread in range(threads + 1)]
    if threads == 1:
        measure(0, batch)
    else:
        # Plain threads and not numba's parallel loops, which end the process when two threads
        # enter its fallback layer at once, or a forked child its OpenMP layer.
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(measure, *zip(*pairwise(bounds), strict=True)))
    return results.T
