"""Monte Carlo over a mixture: stratified draws, and their mean with its standard error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information.mixture.tree import Tree

# Strata per coefficient that is fitted to them, so that fitting costs little of the precision.
PER_COEFFICIENT = 20


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws from a mixture, two from each of n/2 strata, in successive rows.

    Arguments:
        queries: (n, d) the draws, in units of β.
        noise: (n, d) their distances from their components' centres.
        shares: (n/2,) the strata's probabilities.
    """

    queries: NDArray[np.float64]
    noise: NDArray[np.float64]
    shares: NDArray[np.float64]


def draw(tree: Tree, n: int, rng: np.random.Generator) -> Draws:
    """Draw from the mixture.

    The strata are runs of components in the order of the tree, in which neighbours are near each
    other. Where components are few, each is divided into strata of its own, so that how often it
    is drawn is not left to chance; where they are many, a stratum holds several.

    Arguments:
        tree: of the components.
        n: how many to draw, even.
        rng: source of randomness.
    """
    total = np.cumsum(tree.weights)
    strata, borders = n // 2, total[:-1]
    if len(borders) > strata / 2:
        borders = borders[:0]
    even = np.linspace(0.0, total[-1], strata - len(borders) + 1)
    edges = np.sort(np.concatenate([even, borders]))
    shares = np.diff(edges)
    positions = np.repeat(edges[:-1], 2) + rng.random(n) * np.repeat(shares, 2)
    chosen = np.minimum(np.searchsorted(total, positions, side="right"), len(total) - 1)
    noise = rng.standard_normal((n, len(tree.points)))
    return Draws(tree.points[:, chosen].T + noise, noise, shares / total[-1])


def average(
    values: NDArray[np.float64], bounds: NDArray[np.float64], draws: Draws
) -> tuple[float, float, float]:
    """Mean of -ln of the kernel sums, with the part explained by the noise z replaced by its mean.

    The products z_a z_b have known means. Their best coefficients are, by Stein's identity, half
    of the Fisher information of the mixture in units of 1/β²: the identity where the components
    are far apart or all equal, whose entropies are then free of Monte Carlo error, and near zero
    along directions in which they overlap smoothly. They are fitted to the differences within
    strata, which are uncorrelated with the means of the strata.

    Reference:
        Owen (2013), Monte Carlo theory, methods and examples, sections 8.4 and 8.9.

    Arguments:
        values: (n,) ln of the kernel sums.
        bounds: (n,) the largest error of each.
        draws: where they were evaluated.

    Returns:
        The mean, its standard error, and the largest error that those of the values make in it.
    """
    noise, shares, strata = draws.noise, draws.shares, len(draws.shares)
    d = noise.shape[1]
    rows, columns = np.triu_indices(d)
    if strata >= PER_COEFFICIENT * len(rows):
        features = noise[:, rows] * noise[:, columns] - (rows == columns)
    elif strata >= PER_COEFFICIENT:
        features = np.square(noise).sum(axis=1, keepdims=True) - d
    else:
        features = np.empty((len(noise), 0))
    apart = shares[:, None] * (features[0::2] - features[1::2])
    middle = 0.5 * shares @ (features[0::2] + features[1::2])
    gram = apart.T @ apart
    direction = np.linalg.solve(gram, middle)
    # The mean is linear in the values; these are its coefficients.
    shift = shares * (apart @ direction)
    coefficients = np.stack([0.5 * shares - shift, 0.5 * shares + shift], axis=1).ravel()
    difference = shares * (values[0::2] - values[1::2])
    rest = difference - apart @ np.linalg.solve(gram, apart.T @ difference)
    variance = float(rest @ rest) / (strata - features.shape[1])
    error = math.sqrt(variance * (0.25 * strata + float(middle @ direction)))
    return -float(coefficients @ values), error, float(np.abs(coefficients) @ bounds)
