"""Whether an estimate of information could be chance: permutations of one variable's samples."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information.inputs.samples import whole
from ib_mlflow.information.significance.runs import (
    TwoVariables,
    checked_seed,
    paired_arrays,
    run,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from ib_mlflow.information.estimate import Estimate

LEVELS = (0.05, 0.5, 0.95, 0.99)
# Equal tables in another order may differ by rounding; within this they count as equal.
_ROUNDING = 1e-10


@dataclass(frozen=True)
class PermutationTest:
    """An estimate beside what it would be if its variables were independent.

    Arguments:
        estimate: of the samples as they are, in nats.
        p_value: the chance of an estimate as large, were the variables independent.
        p_value_se: its Monte Carlo standard error, from the number of permutations.
        null_mean: the mean estimate of the permuted samples, in nats: the estimator's bias at
            independence.
        null_quantiles: their quantiles in nats, by level: 0.05, 0.5, 0.95 and 0.99.
        permutations: how many there were.

    Example:
        >>> from ib_mlflow.information.discrete.counts import mutual_information
        >>> x = [0, 1] * 20
        >>> test = permutation_test(mutual_information, x, x, permutations=99)
        >>> test.p_value, test.null_mean < test.null_quantiles[0.95]
        (0.01, True)
    """

    estimate: Estimate
    p_value: float
    p_value_se: float
    null_mean: float
    null_quantiles: Mapping[float, float] = field(default_factory=dict)
    permutations: int = 0


def permutation_test(
    estimator: TwoVariables,
    x: ArrayLike,
    y: ArrayLike,
    *,
    permutations: int = 999,
    seed: int = 0,
) -> PermutationTest:
    """Test whether two variables are independent, by an estimate of their information.

    The rows of y are permuted at random, which leaves both distributions and takes away what the
    variables share. p = (1 + b) / (1 + permutations), b the permutations whose estimate is at least
    the one of the samples. Under independence P(p <= a) <= a for every a, whatever the estimator's
    bias, so that one marked unreliable can be tested, too. It needs samples that are independent of
    each other (not the steps of a time series), and an estimator that is a function of its samples
    alone.

    Reference:
        Phipson & Smyth (2010), "Permutation p-values should never be zero", Statistical
        Applications in Genetics and Molecular Biology 9(1); Davison & Hinkley (1997),
        "Bootstrap methods and their application", section 4.3.

    Arguments:
        estimator: a function of (x, y) that returns an Estimate, large for dependent variables.
        x: (n, ...) a row per sample, of any type that the estimator takes.
        y: (n, ...) the same samples.
        permutations: how many, at least 1; p is at least 1 / (permutations + 1).
        seed: of the permutations, 0..2³² − 1.

    Returns:
        The estimate, p and its Monte Carlo standard error sqrt(p (1 − p) / (permutations + 1)),
        and the mean and quantiles of the permuted estimates, in nats.

    Raises:
        InvalidInputError: for different numbers of rows, an estimator that does not return a finite
            Estimate, and numbers outside their range.

    Example:
        >>> from ib_mlflow.information.neighbours.estimator import ksg_information
        >>> x, noise = np.random.default_rng(0).normal(size=(2, 200))
        >>> test = permutation_test(
        ...     lambda x, y: ksg_information(x, y, k=3), x, x + noise, permutations=99
        ... )
        >>> test.p_value
        0.01
    """
    count = whole(permutations, name="permutations")
    generator = np.random.default_rng(checked_seed(seed))
    first, second = paired_arrays(x, y)
    estimate = run(estimator, first, second)
    null = np.array(
        [
            run(estimator, first, second[generator.permutation(len(second))]).value
            for _ in range(count)
        ]
    )
    p_value = p_value_of(estimate.value, null)
    return PermutationTest(
        estimate,
        p_value,
        math.sqrt(p_value * (1 - p_value) / (count + 1)),
        float(null.mean()),
        dict(zip(LEVELS, np.quantile(null, LEVELS).tolist(), strict=True)),
        count,
    )


def p_value_of(value: float, null: NDArray[np.float64]) -> float:
    """(1 + b) / (1 + B), with b of the B null values at least the value, but for rounding.

    Example:
        >>> p_value_of(0.5, np.array([0.1, 0.5, 0.2]))
        0.5
    """
    least = value - _ROUNDING * max(1.0, abs(value))
    return float((1 + np.count_nonzero(null >= least)) / (1 + null.size))
