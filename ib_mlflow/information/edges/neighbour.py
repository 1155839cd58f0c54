"""What a sample's nearest neighbour tells of it: a floor under the information, however fine it is.

The neighbour of a sample in x is found from its x and the other samples alone, so that the
neighbour's y tells no more of y than x does. What is finer than cells shows here: an estimate far
below the floor has missed it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST, DIMENSIONS = 20_000, 8
"""Samples that are looked at, and dimensions of x up to which neighbours are found in good time."""


def neighbour_floor(
    x: NDArray[np.float64], y: NDArray[np.float64], *, discrete: bool
) -> tuple[float, float]:
    """A lower bound of the information of x and y, from pairs of neighbours, and its error.

    Of labels it is the information of a sample's label and its neighbour's; of numbers that of the
    Gaussian whose correlation their normal scores have, which no joint distribution of the same
    correlation and marginals falls below.

    Arguments:
        x: (n, d) distinct rows or not.
        y: (n, d') numbers, or (n, 1) labels.
        discrete: whether y is a label.

    Returns:
        The bound and its standard error in nats; minus infinity and 0 where x has too many units,
        or there are fewer than eight samples.

    Example:
        >>> x = np.random.default_rng(0).uniform(size=(4000, 1))
        >>> fine = np.floor(512 * x) % 2
        >>> neighbour_floor(x, fine, discrete=True)[0] > 0.2
        True
        >>> neighbour_floor(x, x[::-1], discrete=False)[0] < 0.01
        True
    """
    if x.shape[1] > DIMENSIONS or len(x) < 8:
        return -math.inf, 0.0
    from scipy.spatial import cKDTree  # here, because most of the room needs it not

    if len(x) > MOST:
        # A stretch would do for independent samples only.
        kept = np.random.default_rng(0).permutation(len(x))[:MOST]
        x, y = x[kept], y[kept]
    _, places = cKDTree(x).query(x, k=2)
    own = np.arange(len(x))
    neighbour = np.where(places[:, 0] == own, places[:, 1], places[:, 0])
    return _of_labels(y[:, 0], neighbour) if discrete else _of_numbers(y, neighbour)


def _of_labels(labels: NDArray[np.float64], neighbour: NDArray[np.int64]) -> tuple[float, float]:
    _, codes = np.unique(labels, return_inverse=True)
    classes = int(codes.max()) + 1
    table = np.zeros((classes, classes))
    np.add.at(table, (codes, codes[neighbour]), 1.0)
    joint = table / codes.size
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    ratios = np.log(joint[joint > 0] / apart[joint > 0])
    weights = joint[joint > 0]
    value = float(weights @ ratios)
    error = math.sqrt(max(float(weights @ ratios**2) - value**2, 0.0) / codes.size)
    return value - (classes - 1) ** 2 / (2 * codes.size), error


def _of_numbers(numbers: NDArray[np.float64], neighbour: NDArray[np.int64]) -> tuple[float, float]:
    from scipy.special import ndtri

    ranks = numbers.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    scores = ndtri((ranks + 0.5) / len(numbers))
    scores /= scores.std(axis=0)
    correlation = np.clip((scores * scores[neighbour]).mean(axis=0), -1.0, 1.0)
    strongest = float(np.abs(correlation).max())
    inside = min(strongest, 1 - 1e-12)
    return -0.5 * math.log1p(-(inside**2)), strongest / math.sqrt(len(numbers))
