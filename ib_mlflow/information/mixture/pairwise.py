"""Bounds of a mixture's entropy by the distances between its components."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information.estimate import Estimate
from ib_mlflow.information.mixture.components import read_components, rounding
from ib_mlflow.information.mixture.density import evaluate
from ib_mlflow.information.mixture.tree import grow_tree

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

TOLERANCE = 1e-4  # nats by which the tree may widen each bound


def mixture_entropy_bounds(
    centres: ArrayLike, *, beta: float, weights: ArrayLike | None = None
) -> tuple[Estimate, Estimate]:
    """Lower and upper bound of the entropy of the mixture Σ w_i N(μ_i, β² I), in nats.

    The pairwise-distance bounds: by the Bhattacharyya distance |μ_i - μ_j|²/(8β²) from below, by
    the Kullback-Leibler divergence |μ_i - μ_j|²/(2β²) from above. Nothing is drawn at random.
    Where a tree replaces all pairs, its largest error is subtracted from the lower bound and
    added to the upper, so that both stay bounds. Memory grows with k, not with its square.

    Reference:
        Kolchinsky & Tracey (2017), "Estimating mixture entropy with pairwise distances", Entropy
        19(7), 361, equations 13 to 15.

    Arguments:
        centres: (k, d), or (k,) for d = 1.
        beta: standard deviation of every component, in the units of the centres.
        weights: (k,) not negative, summing to 1; equal if not given.

    Returns:
        The lower and the upper bound, of kind "lower" and "upper", in nats. Diagnostics:
        `certificate` (nats), by how much each was widened; `method`; `pairs_avoided`;
        `components` and `components_merged`.

    Raises:
        InvalidInputError: for centres, weights or a β out of their ranges, or more centres than
            the memory holds.

    Example:
        >>> lower, upper = mixture_entropy_bounds([[0.0], [3.0]], beta=1.0)
        >>> round(lower.value, 3), round(upper.value, 3)
        (1.831, 2.101)
    """
    lower = _bound(centres, weights, beta, 2.0, "lower")
    return lower, _bound(centres, weights, beta, 1.0, "upper")


def _bound(
    centres: ArrayLike, weights: ArrayLike | None, beta: float, wider: float, kind: str
) -> Estimate:
    components = read_components(centres, beta=beta, weights=weights)
    points = components.points / wider
    tree = grow_tree(points, components.weights)
    sums = evaluate(
        tree, np.ascontiguousarray(tree.points.T), tolerance=TOLERANCE, method="auto", device="auto"
    )
    d, k = points.shape
    value = d * (0.5 * math.log(2.0 * math.pi * math.e) + math.log(components.beta))
    value -= float(np.sum(tree.weights * sums.values))
    certificate = float(np.sum(tree.weights * sums.bounds)) + rounding(components.points)
    details = {
        "certificate": certificate,
        "method": sums.method,
        "pairs_avoided": 1.0 - sums.pairs / components.given**2,
        "components": components.given,
        "components_merged": k,
    }
    if kind == "lower":
        return Estimate(value - certificate, 0.0, "lower", 0, details)
    return Estimate(value + certificate, 0.0, "upper", 0, details)
