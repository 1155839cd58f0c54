"""Squared distances of all pairs of samples: the part that compiled kernels over pairs share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 512  # points at once, whose distances from another stay in cache

# Sums may be taken in any order, four at a time; comparisons stay exact.
compiled = njit(
    cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "nsz", "contract"}
)


def fours(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (n, d) as (d, n), with zeros, which change no distance, up to a multiple of 4 rows.

    Example:
        >>> fours(np.ones((5, 6))).shape
        (8, 5)
    """
    n, d = points.shape
    columns = np.zeros((d + -d % 4, n))
    columns[:d] = points.T
    return columns


@compiled
def add_squares(columns: Any, k: Any, i: Any, start: Any, stop: Any, out: Any) -> None:
    """Add to `out` the squared distances of points start..stop from point i in axes k..k+3."""
    a, b = columns[k, start:stop], columns[k + 1, start:stop]
    c, d = columns[k + 2, start:stop], columns[k + 3, start:stop]
    a0, b0, c0, d0 = columns[k, i], columns[k + 1, i], columns[k + 2, i], columns[k + 3, i]
    for t in range(out.size):
        p, q, r, s = a[t] - a0, b[t] - b0, c[t] - c0, d[t] - d0
        out[t] += (p * p + q * q) + (r * r + s * s)
