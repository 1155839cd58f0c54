"""Entropy of a noisy layer given the input: one small mixture for each input, all in one pass."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information.mixture.density import spread
from ib_mlflow.information.propagation.influence import jackknife, skewness
from ib_mlflow.information.propagation.kernel import HALF, OTHERS, SHARES, WHOLE, own_densities
from ib_mlflow.information.propagation.terms import Entropy

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK = 2**21  # numbers of the centres that are drawn around at once


def entropy_given_input(centres: NDArray[np.float64], rng: np.random.Generator) -> Entropy:
    """Mean over the inputs of the entropy of each one's mixture, by one draw around each centre.

    To first order a mixture's entropy is the mean over its centres of the influence of each, which
    the jackknife finds. With one draw around each, the values of an input's draws, and what the
    jackknife adds, therefore vary as the whole estimate does: by their own noise and by that of
    the propagations.

    Arguments:
        centres: (m, r, d) in units of beta: r propagations of each input, r even.
        rng: source of randomness.
    """
    m, r, d = centres.shape
    densities, squares = np.empty((4, m, r)), np.empty((m, r))
    size = max(1, CHUNK // (r * d))
    for start in range(0, m, size):
        part = slice(start, start + size)
        noise = rng.standard_normal(centres[part].shape)
        squares[part] = np.square(noise).sum(axis=2) - d
        densities[:, part] = _densities(np.ascontiguousarray(centres[part]), noise)
    whole = densities[WHOLE]
    more = jackknife(whole, squares + d, r)
    value, variance, third = _controlled_mean(-whole, squares, more)
    half, *_ = _controlled_mean(-densities[HALF], squares)
    above, above_variance, _ = _controlled_mean(-densities[OTHERS], squares, -densities[SHARES])
    return Entropy(
        value,
        variance,
        third,
        float(more.mean()),
        half=half,
        above=above,
        above_variance=above_variance,
    )


def _densities(centres: NDArray[np.float64], noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """What `own_densities` says, (4, m, r), of the draws centres + noise, (m, r, d)."""
    densities = np.empty((4, *centres.shape[:2]))

    def work(begin: int, end: int) -> None:
        own_densities(centres, noise, begin, end, densities)

    spread(work, len(centres))
    return densities


def _controlled_mean(
    values: NDArray[np.float64],
    control: NDArray[np.float64],
    more: NDArray[np.float64] | None = None,
) -> tuple[float, float, float]:
    """Mean of values (m, r), freed of what a control of mean 0 explains; two moments of its error.

    The variance and the third moment are also those of `more`, which each propagation adds to the
    values of others.
    """
    m, r = values.shape
    rest = values - values.mean(axis=1, keepdims=True)
    moved = control - control.mean(axis=1, keepdims=True)
    slope = float(np.sum(rest * moved)) / float(np.sum(moved * moved))
    mean = float(values.mean()) - slope * float(control.mean())
    rest -= slope * moved
    if more is not None:
        rest += more - more.mean(axis=1, keepdims=True)
    variance = float(np.sum(rest * rest)) / (m * m * r * (r - 1))
    return mean, variance, skewness(rest) / math.sqrt(m * r) * variance**1.5
