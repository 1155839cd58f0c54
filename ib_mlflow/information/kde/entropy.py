"""Entropy of a continuous variable by a kernel density of cross-validated width."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.estimate import Estimate
from ib_mlflow.information.inputs.samples import positive, sample_rows
from ib_mlflow.information.mixture.density import evaluate
from ib_mlflow.information.mixture.tree import grow_tree
from ib_mlflow.information.neighbours.search import nearest

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# Widths that are tried, as shares of the largest standard deviation of a coordinate; and how near
# to the best one the search ends, relative to it.
NARROWEST, WIDEST, NEAR = 1e-4, 2.0, 0.01
# Error of the logarithm of a density that the tree may make, the sample's own kernel included.
TOLERANCE = 1e-7
# The kernels of all others are known where they are so many times more than may be wrong in their
# sum with the sample's own.
CLEAR, ROUNDING = 1e4, 1e-14
LARGEST = 1e150
PAIRS = 2**22  # distances held at once
BIAS = 0.1  # nats of foretold bias from which on the value is doubted


def kde_entropy(points: ArrayLike, *, width: float | None = None) -> Estimate:
    """Differential entropy by a Gaussian kernel density, each sample left out of its own.

    The mean of -ln p(x_i), where p is the mean of the kernels N(x_j, width² I) around all other
    samples. For any width it is too high on average, by the divergence from the truth to p; the
    width that is least is taken, which is the one of greatest likelihood under cross-validation
    with one sample left out.

    Reference:
        Kandasamy et al. (2015), "Nonparametric von Mises estimators for entropies, divergences
        and mutual informations", arXiv:1411.4342, the leave-one-out estimator; the width: Duin
        (1976), IEEE Transactions on Computers 25(11).

    Arguments:
        points: (n, d) or, for d = 1, (n,); a row per sample, independent of the others.
        width: standard deviation of the kernel, in units of the points; the best if not given.

    Returns:
        The estimate in nats. Its standard error is that of the mean of -ln p and knows nothing of
        the bias. Diagnostics: `width`; `half_sample`, the value from half of the samples, of a
        width of its own unless one was given; `bias`, what their difference foretells if it
        falls as n^(-4/(d+4)), as for smooth densities; and `reliable`: a `bias` of at most 0.1 or
        two standard errors, and a width that is not at the end of what was tried, from 1e-4 to 2
        standard deviations of the widest coordinate.

    Raises:
        InvalidInputError: for values that are NaN or above 1e150, other shapes, fewer than four
            samples, samples that are all equal, and a width that is not positive and finite, or
            so small that the samples lie 1e150 of it apart.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(2000, 2))
        >>> estimate = kde_entropy(points)
        >>> round(estimate.value - math.log(2 * math.pi * math.e), 1)
        0.0
    """
    rows = sample_rows(points, name="points", largest=LARGEST)
    n = len(rows)
    spread = float(rows.std(axis=0).max())
    if n < 4 or spread == 0:
        raise InvalidInputError(
            "points must be at least four, and not all equal",
            received=f"{n} points with a standard deviation of {spread:g}",
            fix="The entropy of a constant is minus infinity: leave it out.",
        )
    fixed = None if width is None else positive(width, name="width")
    if fixed is not None and spread / LARGEST > fixed:
        raise InvalidInputError(
            f"points must lie within {LARGEST:g} widths of each other",
            received=f"a standard deviation of {spread:g} at width {fixed:g}",
            fix="Check the units of width and of the points.",
        )
    local, best = _fit(rows, spread, fixed)
    value, error = float(local.mean()), float(local.std(ddof=1)) / math.sqrt(n)
    # A fixed shuffle: nothing to choose, and an order that means something does no harm.
    subset = rows[np.random.default_rng(0).permutation(n)[: n // 2]]
    half = float(_fit(subset, spread, fixed)[0].mean())
    bias = (half - value) / (2 ** (4 / (rows.shape[1] + 4)) - 1)
    inside = fixed is not None or NARROWEST * 1.1 < best / spread < WIDEST / 1.1
    return Estimate(
        value,
        error,
        "point",
        n,
        {
            "width": best,
            "half_sample": half,
            "bias": bias,
            "reliable": inside and abs(bias) <= max(BIAS, 2 * error),
        },
    )


def _fit(
    rows: NDArray[np.float64], spread: float, width: float | None
) -> tuple[NDArray[np.float64], float]:
    """Values of -ln p at the samples (n,), and the width, the best one if none is given."""
    gaps = nearest(rows, 1, norm="euclidean")[0][:, 0]
    if width is None:
        optimum = minimize_scalar(
            lambda power: float(_rough_terms(rows, gaps, math.exp(power)).mean()),
            bounds=(math.log(NARROWEST * spread), math.log(WIDEST * spread)),
            method="bounded",
            options={"xatol": NEAR},
        )
        width = math.exp(float(optimum.x))
    sums, believed = _sums_of_others(rows, width)
    alone = np.flatnonzero(~believed)
    for part in np.array_split(alone, math.ceil(len(alone) * len(rows) / PAIRS) or 1):
        powers = -0.5 * cdist(rows[part], rows, "sqeuclidean") / width**2
        powers[np.arange(len(part)), part] = -np.inf
        sums[part] = logsumexp(powers, axis=1)
    return _unit(rows, width) - sums, width


def _rough_terms(
    rows: NDArray[np.float64], gaps: NDArray[np.float64], width: float
) -> NDArray[np.float64]:
    """Values of -ln p at the samples; far from all others the nearest one, so near, stands for all.

    Good enough to choose a width by: it is off by less than ln n where -ln p is large.
    """
    sums, believed = _sums_of_others(rows, width)
    sums[~believed] = -0.5 * np.square(gaps[~believed] / width)
    return _unit(rows, width) - sums


def _unit(rows: NDArray[np.float64], width: float) -> float:
    n, d = rows.shape
    return float(d * (0.5 * math.log(2 * math.pi) + math.log(width)) + math.log(n - 1))


def _sums_of_others(
    rows: NDArray[np.float64], width: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Logarithms of the sums of all others' kernels (n,), and where they can be believed (n,)."""
    n = len(rows)
    queries = (rows - rows.mean(axis=0)) / width
    tree = grow_tree(queries.T.copy(), np.full(n, 1 / n))
    sums = evaluate(tree, queries, tolerance=TOLERANCE, method="auto", device="auto")
    together = n * np.exp(sums.values)
    others = together - 1
    believed = others > CLEAR * (sums.bounds + ROUNDING) * together
    return np.log(others, where=believed, out=np.full(n, -np.inf)), believed
