"""Entropy of a mixture whose components overlap rarely, from draws towards the overlaps.

The entropy is that of components far apart less the mean overlap: of ln(1 + Σ r_j) at a draw, r_j
the ratio of component j's kernel to that of the component it was drawn around. Where few draws see
an overlap, a mean over draws and the spread that they show are both wrong by what the others would
have seen. So half of the draws are made where a neighbour is as likely as the component itself,
with weights that undo it; and the overlaps of pairs, whose mean is known, are taken out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information.mixture.close import complete, reaches_of, sums_of_close
from ib_mlflow.information.mixture.density import spread
from ib_mlflow.information.mixture.nearest import nearest_components
from ib_mlflow.information.mixture.sampling import Mean, around, draw, finite_bounds
from ib_mlflow.information.mixture.toward import MEAN, SEEN, UNSEEN, WEIGHT, draw_toward, reaches

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ib_mlflow.information.mixture.density import LogSums
    from ib_mlflow.information.mixture.sampling import Draws
    from ib_mlflow.information.mixture.tree import Tree

    Array = NDArray[np.float64]

# Up to this mean overlap, in nats, it is rare. Draws that it takes to say so.
RARE, FEWEST = 0.7, 100
# Of many draws, a few say the same if their mean is so many of its standard errors below.
FEW, CLEAR, MANY = 128, 5.0, 2048
# What the means of pairs may err by, in nats.
PAIRS = 1e-10
# Neighbours of a component: two in each dimension, between these.
LEAST, MOST = 8, 32


def is_rare(tree: Tree, draws: Draws, values: Array) -> bool:
    """Whether draws from a mixture see so little of other components that more may be unseen.

    Arguments:
        tree: of the mixture.
        draws: from it.
        values: (n,) ln of its kernel sum there.
    """
    if len(tree.weights) == 1 or len(values) < FEWEST:
        return False
    return float(_own_overlap(tree, draws.components, draws.noise, values).mean()) <= RARE


def is_clearly_rare(tree: Tree, draws: Draws, evaluate: Callable[[Array], LogSums]) -> bool:
    """Whether a few of many draws leave no doubt that all of them would say `is_rare`.

    Arguments:
        tree: of the mixture.
        draws: from it.
        evaluate: ln of the kernel sum at queries (n, d).
    """
    n = len(draws.components)
    if len(tree.weights) == 1 or n < MANY:
        return False
    few = np.arange(0, n, n // FEW)
    values = evaluate(draws.queries[few]).values
    overlap = _own_overlap(tree, draws.components[few], draws.noise[few], values)
    error = float(overlap.std(ddof=1)) / math.sqrt(len(few))
    return float(overlap.mean()) + CLEAR * error <= RARE


def rare_entropy(
    tree: Tree,
    n: int,
    rng: np.random.Generator,
    evaluate: Callable[[Array], LogSums],
    *,
    all_pairs: bool = False,
) -> tuple[Mean, LogSums]:
    """Entropy less (d/2) ln 2π, in units of β, from n draws of which half are made towards others.

    Reference:
        Owen (2013), Monte Carlo theory, methods and examples, sections 9.11 and 10.3: defensive
        mixtures, and control variates beside them.

    Arguments:
        tree: of the mixture.
        n: draws, even.
        rng: source of randomness.
        evaluate: ln of the kernel sum at queries (n, d).
        all_pairs: whether it is asked also where a component's neighbours are all that counts.
    """
    d, k = tree.points.shape
    draws = draw(tree, n, rng)
    distinct, owner = np.unique(draws.components, return_inverse=True)
    order = np.argsort(owner.reshape(-1), kind="stable")
    logs, places = np.log(tree.weights), owner.reshape(-1)[order]
    count = min(k - 1, max(LEAST, min(2 * d, MOST)))
    limits = np.maximum(reaches(logs), reaches_of(draws.noise, logs))[distinct]
    others = nearest_components(tree, distinct, limits, count)
    near = np.concatenate([distinct[:, None], others], axis=1)
    noise, facts, known = draws.noise[order], np.empty((4, n)), np.empty((4, n))
    uniform, heaviest = rng.random(n), logs.max()

    def work(first: int, end: int) -> None:
        draw_toward(tree.points, logs, heaviest, near, places, noise, uniform, facts, first, end)

    spread(work, n)
    known[:, order], moved = facts, np.empty_like(noise)
    moved[order] = noise
    queries = around(tree, draws.components, moved)
    if all_pairs:
        sums = evaluate(queries)
    else:
        close = sums_of_close(tree, near, limits, places, noise).at(order)
        sums = complete(close, queries, evaluate)
    overlap = _own_overlap(tree, draws.components, moved, sums.values)
    bounds = finite_bounds(tree, moved, sums)
    mean = _weighted_mean(overlap, bounds, known, draws.shares)
    apart = 0.5 * d - float(np.sum(tree.weights * logs))
    return mean._replace(value=apart - mean.value), sums


def _own_overlap(tree: Tree, components: NDArray[np.int64], noise: Array, values: Array) -> Array:
    """By how much ln of the sum passes that of the own component's part."""
    own = np.log(tree.weights)[components] - 0.5 * np.einsum("nd,nd->n", noise, noise)
    return np.asarray(values - own)


def _weighted_mean(overlap: Array, bounds: Array, known: Array, shares: Array) -> Mean:
    """Mean overlap, freed of what the pairs' overlaps and the weights explain.

    The coefficient of the pairs stays within 0 and 1, so that what no draw saw cannot move it.
    """
    weights, strata = known[WEIGHT], len(shares)
    values, pairs = weights * overlap, weights * known[SEEN] - known[MEAN]
    y, x, u = (shares * (row[::2] - row[1::2]) for row in (values, pairs, weights))
    xx, uu, xu = float(x @ x), float(u @ u), float(x @ u)
    determinant = xx * uu - xu * xu
    slope = 1.0
    if determinant > 1e-12 * xx * uu > 0.0:
        slope = min(max((float(y @ x) * uu - float(y @ u) * xu) / determinant, 0.0), 1.0)
    tilt = float((y - slope * x) @ u) / uu if uu > 0.0 else 0.0
    rest = values - slope * pairs - tilt * (weights - 1.0)
    squares = np.square(shares * (rest[::2] - rest[1::2]))
    total, largest = float(squares.sum()), float(squares.max())
    unseen = math.sqrt(2.0 * float(known[UNSEEN].mean()) / len(overlap))
    sampled = (total + largest) * strata / max(1, strata - 2) / 4.0
    return Mean(
        float(shares @ (rest[::2] + rest[1::2])) / 2.0,
        math.hypot(math.sqrt(sampled), max(PAIRS, min(unseen, 1.0 / len(overlap)))),
        float(np.repeat(shares, 2) @ (weights * bounds)) / 2.0,
        largest / total if total else 0.0,
    )
