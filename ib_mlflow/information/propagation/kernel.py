"""Compiled density of many small mixtures of Gaussians, each at draws around its own centres."""

from __future__ import annotations

from typing import Any

import numpy as np

from ib_mlflow.information.mixture.sums import exponential, summing

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"mixture/sums": "e7802b367cd521b8"}
WHOLE, HALF, OTHERS, SHARES = range(4)


@summing
def own_densities(centres: Any, noise: Any, begin: Any, end: Any, densities: Any) -> None:
    """Write ln of each mixture's mean kernel at one draw around each of its centres.

    Three times: over all its centres (WHOLE), over the half of them that the draw's own centre
    belongs to (HALF), and over all but its own centre (OTHERS). Then for each centre the shares of
    the last that are its own, summed over the draws (SHARES).

    Arguments:
        centres: (m, r, d) in units of the noise, r even: r centres of each mixture.
        noise: (m, r, d) standard normal; the draws are centres + noise.
        begin: the first mixture.
        end: the mixture after the last.
        densities: (4, m, r), receives the logarithms, and the shares.
    """
    r, d = centres.shape[1], centres.shape[2]
    half = r // 2
    points, kernels = np.empty((d, r)), np.empty(r)
    # Slices, because an index `half + i` is checked for a negative sign and is not vectorised.
    lower, upper = kernels[:half], kernels[half:]
    for mixture in range(begin, end):
        for k in range(d):
            for i in range(r):
                points[k, i] = centres[mixture, i, k] - centres[mixture, 0, k]
        shares = densities[SHARES, mixture]
        shares[:] = 0.0
        for j in range(r):
            kernels[:] = 0.0
            for k in range(d):
                row, x = points[k], points[k, j] + noise[mixture, j, k]
                for i in range(r):
                    step = row[i] - x
                    kernels[i] += step * step
            # Set aside and not subtracted, because it may be nearly all of the sum.
            squares, kernels[j] = kernels[j], np.inf
            least = np.inf
            for i in range(r):
                least = min(least, kernels[i])
            for i in range(r):
                kernels[i] = exponential(0.5 * (least - kernels[i]))
            kernels[j] = 0.0
            nearest, less = min(squares, least), exponential(-0.5 * abs(squares - least))
            own, scale = (1.0, less) if squares < least else (less, 1.0)
            first, second = 0.0, 0.0
            for i in range(half):
                first += lower[i]
                second += upper[i]
            for i in range(r):
                shares[i] += kernels[i] / (first + second)
            mine = first if j < half else second
            whole, part = scale * (first + second) + own, scale * mine + own
            densities[WHOLE, mixture, j] = np.log(whole / r) - 0.5 * nearest
            densities[HALF, mixture, j] = np.log(part / half) - 0.5 * nearest
            densities[OTHERS, mixture, j] = np.log((first + second) / (r - 1)) - 0.5 * least
