"""What each sample adds to an estimate from nearest neighbours, and how much hangs on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import digamma, gammaln

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.neighbours.search import count_within, nearest, nearest_in
from ib_mlflow.information.neighbours.tree import grow

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Per sample a term of the mean, its first-order influence on the estimate, (0,) where that is not
# asked for, and the distances to its neighbours.
Terms = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"]


def entropy_terms(points: NDArray[np.float64], k: int) -> Terms:
    """The terms of the entropy in nats of points (n, d)."""
    n, d = points.shape
    # By a power of two, which is exact, to where no square can overflow or vanish.
    exponent = int(np.frexp(np.abs(points).max())[1])
    points = np.ldexp(points, -exponent)
    distances, rows = nearest(points, k, norm="euclidean")
    radius, within = distances[:, -1].copy(), np.full(n, k)
    tied = radius == 0
    if tied.any():
        radius[tied], within[tied] = _beyond_ties(points, tied)
    unit_ball = d / 2 * math.log(math.pi) - gammaln(d / 2 + 1)
    volume = unit_ball + d * (np.log(radius) + exponent * math.log(2))
    local = digamma(n) - digamma(within) + volume
    return local, local - _popularity(rows, tied), distances


def _beyond_ties(
    points: NDArray[np.float64], tied: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """For tied samples, the nearest distance above 0 and how many others lie within it."""
    distinct = np.unique(points, axis=0)
    if len(distinct) == 1:
        raise InvalidInputError(
            "samples must not all be equal",
            received=f"{len(points)} times {distinct[0]}",
            fix="The entropy of a constant is minus infinity: leave it out.",
        )
    places, inverse = np.unique(points[tied], axis=0, return_inverse=True)
    gaps = cKDTree(distinct).query(places, k=2)[0][:, 1]
    reach = gaps * (1 + 1e-12)
    within = cKDTree(points).query_ball_point(places, reach, return_length=True) - 1
    return gaps[inverse.reshape(-1)], within[inverse.reshape(-1)]


def _popularity(rows: NDArray[np.int64], tied: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How often each sample is among the k nearest of another, as a multiple of k.

    Of more than k coinciding samples the search names some; each is chosen as much as it chooses.
    """
    n, k = rows.shape
    multiples: NDArray[np.float64] = np.bincount(rows[~tied].ravel(), minlength=n) / k + tied
    return multiples


def information_terms(
    x: NDArray[np.float64], y: NDArray[np.float64], k: int, variant: int, influential: bool
) -> Terms:
    """The terms of the information in nats between x (n, d) and y (n, d')."""
    n = len(x)
    joint = np.hstack([x, y])
    tree = grow(joint)
    distances, rows = nearest_in(tree, k)
    ball = distances[:, -1]
    if variant == 1:
        # Strictly nearer than the k-th neighbour; where that is at distance 0, coinciding.
        radius_x = radius_y = np.nextafter(ball, 0.0)
        own, extra = digamma(k), 1
    else:
        radius_x, radius_y = (np.abs(z[rows] - z[:, None]).max(axis=(1, 2)) for z in (x, y))
        own, extra = digamma(k) - 1 / k, 0
    (count_x, shares_x), (count_y, shares_y) = (
        count_within(z, radius, order=tree.order, shares=influential)
        for z, radius in ((x, radius_x), (y, radius_y))
    )
    table = digamma(np.arange(max(count_x.max(), count_y.max()) + 2))  # asked for often
    local = own + digamma(n) - table[count_x + extra] - table[count_y + extra]
    tied = ball == 0
    if tied.any():
        _, inverse, multiple = np.unique(joint, axis=0, return_inverse=True, return_counts=True)
        same = multiple[inverse.reshape(-1)][tied] - 1
        local[tied] = digamma(same) + digamma(n) - table[count_x[tied]] - table[count_y[tied]]
    if not influential:
        return local, np.empty(0), distances
    influence = local + _popularity(rows, tied) - shares_x - shares_y
    return local, influence, distances
