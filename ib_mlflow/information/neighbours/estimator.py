"""Entropy and information of continuous variables from nearest neighbours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.estimate import Estimate
from ib_mlflow.information.inputs.samples import sample_rows, whole
from ib_mlflow.information.neighbours.terms import entropy_terms, information_terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from ib_mlflow.information.neighbours.terms import Terms

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
        lambda subset, _influential: entropy_terms(rows[subset], k),
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
        lambda subset, influential: information_terms(
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
