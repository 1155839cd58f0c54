"""Monte Carlo over a mixture: stratified draws, and their mean with its standard error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ib_mlflow.information.mixture.sums import compiled, summing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information.mixture.density import LogSums
    from ib_mlflow.information.mixture.tree import Tree

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"mixture/sums": "e7802b367cd521b8"}
# Strata per coefficient that is fitted to them, so that fitting costs little of the precision.
PER_COEFFICIENT = 20


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws from a mixture, two from each of n/2 strata, in successive rows.

    Arguments:
        queries: (n, d) the draws, in units of β.
        noise: (n, d) their distances from their components' centres.
        shares: (n/2,) the strata's probabilities.
        components: (n,) what they were drawn around, in the order of the tree; none if in no tree.
    """

    queries: NDArray[np.float64]
    noise: NDArray[np.float64]
    shares: NDArray[np.float64]
    components: NDArray[np.int64]


class Mean(NamedTuple):
    """A mean over draws.

    Arguments:
        value: the mean.
        error: its standard error.
        certificate: the largest error that those of the values make in it.
        leading: the share of its variance that rests on two draws, those of the worst stratum.
    """

    value: float
    error: float
    certificate: float
    leading: float


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
    components = np.minimum(np.searchsorted(total, positions, side="right"), len(total) - 1)
    noise = rng.standard_normal((n, len(tree.points)))
    return Draws(around(tree, components, noise), noise, shares / total[-1], components)


def around(
    tree: Tree, components: NDArray[np.int64], noise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Queries (n, d) at so much noise (n, d) from the centres of components (n,)."""
    queries = np.empty_like(noise)
    _add_centres(tree.points, components, noise, queries)
    return queries


@compiled
def _add_centres(points: Any, components: Any, noise: Any, queries: Any) -> None:
    for i in range(components.size):
        for axis in range(noise.shape[1]):
            queries[i, axis] = points[axis, components[i]] + noise[i, axis]


def finite_bounds(tree: Tree, noise: NDArray[np.float64], sums: LogSums) -> NDArray[np.float64]:
    """The largest errors (n,) of sums at draws with such noise, which are numbers.

    Next to tiny weights the errors pass all floats; yet the sum at a draw is no less than the
    kernel that it was drawn from, and no more than 1.
    """
    known = np.isfinite(sums.bounds)
    if known.all():
        return sums.bounds
    least = math.log(tree.weights.min()) - np.square(noise).sum(axis=1) / 2
    widest = np.maximum(np.abs(sums.values), np.abs(sums.values - least))
    return np.where(known, sums.bounds, widest)


def average(values: NDArray[np.float64], bounds: NDArray[np.float64], draws: Draws) -> Mean:
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
        The mean of -ln, and what is known of its errors.
    """
    strata, d = len(draws.shares), draws.noise.shape[1]
    # All products, or their sum over the axes, or none: as many as there are strata for.
    p = next(p for p in (d * (d + 1) // 2, 1, 0) if strata >= PER_COEFFICIENT * p)
    gram, right, middle = np.zeros((p, p)), np.zeros(p), np.zeros(p)
    _fit(draws.noise, draws.shares, values, gram, right, middle)
    solution, direction = np.linalg.solve(gram, np.stack([right, middle], axis=1)).T.copy()
    # The mean is linear in the values; these are its coefficients.
    coefficients = np.empty_like(values)
    rest, largest = _combine(draws.noise, draws.shares, values, solution, direction, coefficients)
    factor = (0.25 * strata + float(np.sum(middle * direction))) / (strata - p)
    return Mean(
        -float(np.sum(coefficients * values)),
        math.sqrt((rest + largest) * factor),
        float(np.sum(np.abs(coefficients) * bounds)),
        largest / rest if rest else 0.0,
    )


@summing
def _products(noise: Any, products: Any) -> None:
    """Write the products z_a z_b less their means, or if there is room for one, their trace."""
    d, p = noise.size, products.size
    at = 0
    if p == 1:
        products[0] = -d
    for a in range(d if p else 0):
        if p == 1:
            products[0] += noise[a] * noise[a]
            continue
        for b in range(a):
            products[at] = noise[a] * noise[b]
            at += 1
        products[at] = noise[a] * noise[a] - 1.0
        at += 1


# Compiled and not by matrix products, whose sums depend on the number of threads.
@summing
def _fit(noise: Any, shares: Any, values: Any, gram: Any, right: Any, middle: Any) -> None:
    """Add up the normal equations of the differences within strata, and the products' means."""
    p = right.size
    first, second, changes = np.empty(p), np.empty(p), np.empty(p)
    for h in range(shares.size):
        _products(noise[2 * h], first)
        _products(noise[2 * h + 1], second)
        difference = shares[h] * (values[2 * h] - values[2 * h + 1])
        for i in range(p):
            changes[i] = shares[h] * (first[i] - second[i])
            right[i] += changes[i] * difference
            middle[i] += 0.5 * shares[h] * (first[i] + second[i])
        for i in range(p):
            for j in range(p):
                gram[i, j] += changes[i] * changes[j]


@summing
def _combine(noise: Any, shares: Any, values: Any, solution: Any, direction: Any,
             coefficients: Any) -> Any:  # fmt: skip
    """Write the values' coefficients in the mean; return the sum of squares not explained.

    And the largest of them.
    """
    p = solution.size
    first, second = np.empty(p), np.empty(p)
    rest, largest = 0.0, 0.0
    for h in range(shares.size):
        _products(noise[2 * h], first)
        _products(noise[2 * h + 1], second)
        residual, shift = values[2 * h] - values[2 * h + 1], 0.0
        for i in range(p):
            residual -= (first[i] - second[i]) * solution[i]
            shift += (first[i] - second[i]) * direction[i]
        square = (shares[h] * residual) ** 2
        rest += square
        largest = max(largest, square)
        coefficients[2 * h] = shares[h] * (0.5 - shares[h] * shift)
        coefficients[2 * h + 1] = shares[h] * (0.5 + shares[h] * shift)
    return rest, largest
