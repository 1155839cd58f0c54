"""Entropy and information of continuous variables from nearest neighbours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import digamma, gammaln

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.estimate import Estimate
from ib_mlflow.information.inputs.samples import sample_rows, whole
from ib_mlflow.information.neighbours.search import count_within, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

# Per sample a term of the mean, its first-order influence on the estimate, (0,) where that is not
# asked for, and the distances to its neighbours.
Terms = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"]

# What a reliable estimate may show: the bias that a uniform cube would cause, in nats; the distance
# to the value from half of the samples, in nats; and the ratio of the two variables' scales.
CUBE_BIAS, HALF_GAP, SCALES = 0.1, 0.05, 10.0
LARGEST = 1e150


def knn_entropy(points: ArrayLike, *, k: int) -> Estimate:
    """Differential entropy of a continuous variable, from distances to its k-th neighbours.

    The estimator of Kozachenko and Leonenko in the Euclidean norm,
    psi(n) - psi(k) + ln V_d + (d/n) sum ln r_i, with r_i the distance from sample i to its k-th
    neighbour and V_d the volume of the unit ball.

    Samples that coincide with their k-th neighbour have no such distance; each of them uses the
    nearest distance above 0 and the number of samples within it instead of k. Samples that coincide
    with any other are counted in the diagnostics, and the estimate is then not reliable: a
    distribution with atoms has entropy minus infinity, and samples given twice are not independent.

    Reference:
        Kozachenko and Leonenko (1987), Problems of Information Transmission 23(2); the form with
        k neighbours: Kraskov, Stögbauer and Grassberger (2004), arXiv:cond-mat/0305641, eq. 20.

    Arguments:
        points: (n, d) or, for d = 1, (n,); a row per sample, independent of the others.
        k: neighbours, from 1 to n - 1. Few make the variance large, many the bias.

    Returns:
        The estimate in nats. Its standard error is the infinitesimal jackknife's, from the
        influence of each sample on its own ball and on those of its neighbours; in simulations
        it is between 10 % too small and 30 % too large. Diagnostics: `half_sample`, the value
        from half of the samples; `cube_bias`, the bias 0.3 d (k/n)^(1/d) that a uniform cube
        would cause; `duplicates` and `tied`, the numbers of samples that coincide with their
        nearest and with their k-th neighbour; and `reliable`: no duplicates, `cube_bias` below
        0.1, and the two values no further apart than 0.05 or twice the standard error.

    Raises:
        InvalidInputError: for NaN or infinite values, other shapes, k outside its range, and
            samples that are all equal.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(4000, 2))
        >>> estimate = knn_entropy(points, k=3)
        >>> truth = math.log(2 * math.pi * math.e)
        >>> abs(estimate.value - truth) < 4 * estimate.standard_error
        True
        >>> estimate.diagnostics["reliable"]
        True
    """
    rows = sample_rows(points, name="points")
    n, d = rows.shape
    k = whole(k, name="k", below=n)
    cube_bias = 0.3 * d * (k / n) ** (1 / d)
    return _estimate(
        lambda subset, _influential: _entropy_terms(rows[subset], k),
        n,
        k,
        sound=cube_bias <= CUBE_BIAS,
        diagnostics={"cube_bias": cube_bias},
    )


def ksg_information(x: ArrayLike, y: ArrayLike, *, k: int, variant: Literal[1, 2] = 1) -> Estimate:
    """Information between two continuous variables, from nearest neighbours in their joint space.

    The estimators of Kraskov, Stögbauer and Grassberger, in the maximum norm: the first compares
    the ball that holds k neighbours of a sample with the neighbours that x alone and y alone
    have strictly within its radius; the second uses a rectangle. Ties are counted exactly.
    Both variables are taken in the units given: scale them alike first.

    Samples whose k nearest neighbours coincide with them are treated as atoms, by the ratio of
    the numbers of samples that coincide (Gao et al.); an estimate from samples of which any
    coincide is not called reliable.

    Reference:
        Kraskov, Stögbauer and Grassberger (2004), arXiv:cond-mat/0305641, eq. 8 and 9; Gao,
        Kannan, Oh and Viswanath (2017), arXiv:1709.06212.

    Arguments:
        x: (n, d) or (n,); a row per sample, independent of the others.
        y: (n, d') or (n,), the same samples.
        k: neighbours, from 1 to n - 1.
        variant: the first or the second estimator. The first has the smaller variance, the
            second the smaller bias where x and y depend strongly on each other.

    Returns:
        The estimate in nats, negative by chance where the information is near 0. It cannot pass
        psi(n) - psi(k) by much, whatever the truth. Its standard error is the infinitesimal
        jackknife's, as for `knn_entropy`. Diagnostics: `half_sample`, the value from half of the
        samples; `scales`, the ratio of the standard deviations of x and y; `duplicates` and
        `tied`; and `reliable`: no duplicates, scales within a factor 10, and the two values no
        further apart than 0.05 or twice the standard error.

    Raises:
        InvalidInputError: for values that are NaN or above 1e150, other shapes, different numbers
            of rows, k outside its range, or another variant.

    Example:
        >>> generator = np.random.default_rng(0)
        >>> x, noise = generator.normal(size=(2, 4000))
        >>> estimate = ksg_information(x, x + noise, k=3)
        >>> abs(estimate.value - math.log(2) / 2) < 4 * estimate.standard_error
        True
    """
    first, second = (sample_rows(z, name=name, largest=LARGEST) for z, name in ((x, "x"), (y, "y")))
    n = len(first)
    if len(second) != n:
        raise InvalidInputError(
            "x and y must have one row per sample",
            received=f"{n} and {len(second)} rows",
            fix="Give the same samples in the same order.",
        )
    k = whole(k, name="k", below=n)
    if variant not in (1, 2):
        raise InvalidInputError(
            "variant must be 1 or 2", received=repr(variant), fix="See Kraskov et al., eq. 8 and 9."
        )
    spread_x, spread_y = (np.sqrt(z.var(axis=0).mean()) for z in (first, second))
    scales = float(spread_x / spread_y) if spread_y > 0 else math.inf
    return _estimate(
        lambda subset, influential: _information_terms(
            first[subset], second[subset], k, variant, influential
        ),
        n,
        k,
        sound=1 / SCALES <= scales <= SCALES,
        diagnostics={"scales": scales},
    )


def _estimate(
    terms: Callable[[Any, bool], Terms], n: int, k: int, *, sound: bool, diagnostics: dict[str, Any]
) -> Estimate:
    """The mean of the terms, beside its value on half of the samples."""
    local, influence, distances = terms(slice(None), True)
    duplicates, tied = (int(np.count_nonzero(distances[:, at] == 0)) for at in (0, -1))
    value = float(local.mean())
    standard_error = float(np.sqrt(influence.var(ddof=1) / n))
    half_sample = math.nan
    if n // 2 > k and not tied:
        # A fixed shuffle: nothing to choose, and an order that means something does no harm.
        half = np.random.default_rng(0).permutation(n)[: n // 2]
        half_sample = float(terms(half, False)[0].mean())
    settled = abs(value - half_sample) <= max(HALF_GAP, 2 * standard_error)
    return Estimate(
        value,
        standard_error,
        "point",
        n,
        {
            "k": k,
            "half_sample": half_sample,
            **diagnostics,
            "duplicates": duplicates,
            "tied": tied,
            "reliable": bool(sound and settled and not duplicates),
        },
    )


def _entropy_terms(points: NDArray[np.float64], k: int) -> Terms:
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


def _information_terms(
    x: NDArray[np.float64], y: NDArray[np.float64], k: int, variant: int, influential: bool
) -> Terms:
    n = len(x)
    joint = np.hstack([x, y])
    distances, rows = nearest(joint, k, norm="maximum")
    ball = distances[:, -1]
    if variant == 1:
        # Strictly nearer than the k-th neighbour; where that is at distance 0, coinciding.
        radius_x = radius_y = np.nextafter(ball, 0.0)
        own, extra = digamma(k), 1
    else:
        radius_x, radius_y = (np.abs(z[rows] - z[:, None]).max(axis=(1, 2)) for z in (x, y))
        own, extra = digamma(k) - 1 / k, 0
    (count_x, shares_x), (count_y, shares_y) = (
        count_within(z, radius, shares=influential) for z, radius in ((x, radius_x), (y, radius_y))
    )
    local = own + digamma(n) - digamma(count_x + extra) - digamma(count_y + extra)
    tied = ball == 0
    if tied.any():
        _, inverse, multiple = np.unique(joint, axis=0, return_inverse=True, return_counts=True)
        same = multiple[inverse.reshape(-1)][tied] - 1
        local[tied] = digamma(same) + digamma(n) - digamma(count_x[tied]) - digamma(count_y[tied])
    if not influential:
        return local, np.empty(0), distances
    influence = local + _popularity(rows, tied) - shares_x - shares_y
    return local, influence, distances
