"""Standard errors of estimators that have none of their own, from samples that are drawn again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.estimate import Estimate
from ib_mlflow.information.inputs.samples import whole
from ib_mlflow.information.significance.runs import (
    TwoVariables,
    checked_seed,
    paired_arrays,
    run,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# The interval's confidence; and the bias, in standard errors, that leaves an estimate reliable.
CONFIDENCE, LARGEST_BIAS = 0.95, 1.0
_NORMAL = float(ndtri((1 + CONFIDENCE) / 2))


def bootstrap(
    estimator: TwoVariables,
    x: ArrayLike,
    y: ArrayLike,
    *,
    resamples: int = 999,
    seed: int = 0,
    size: int | None = None,
) -> Estimate:
    """An estimate with the standard error of the bootstrap, or of subsamples.

    The bootstrap draws n of the n samples with replacement. An estimator from nearest neighbours
    then finds samples at distance 0 and is off by far more than its error: those that count
    `duplicates` in their diagnostics, as `knn_entropy`, `ksg_information` and `edge_information`
    do, are refused where a resample has more of them than the samples. For them, and for any whose
    `bias` here is large, give `size`: subsamples of so many different samples are drawn without
    replacement, and their deviation is scaled by sqrt(size / (n − size)) to n.

    Reference:
        Efron & Tibshirani (1993), "An introduction to the bootstrap", chapters 6 and 13; Shao &
        Wu (1989), "A general theory for jackknife variance estimation", Annals of Statistics
        17(3), for subsamples.

    Arguments:
        estimator: a function of (x, y) that returns an Estimate, smooth in its samples.
        x: (n, ...) a row per sample, of any type that the estimator takes.
        y: (n, ...) the same samples.
        resamples: how many, at least 2; the standard error is known to 1 / sqrt(2 resamples).
        seed: of the draws, 0..2³² − 1.
        size: samples in each subsample, from 2 to n − 1; n // 2 serves. None for the bootstrap.

    Returns:
        The estimator's value for all samples, in nats, with the standard deviation of the
        resampled values as standard error. Diagnostics, beside the estimator's own: `lower` and
        `upper`, the basic interval of 95 % (2 value − quantile), which takes the bias of the
        bootstrap out, and with `size` the normal one; `bias`, the mean of the resampled values
        less the value; `resamples`; `size`; `settled`, whether that bias is at most one standard
        error; and `reliable`, where the estimator has a verdict of its own: that and `settled`.

    Raises:
        InvalidInputError: for different numbers of rows, an estimator that does not return a finite
            Estimate or counts samples drawn twice as duplicates, and numbers outside their range.

    Example:
        >>> from ib_mlflow.information.discrete.counts import mutual_information
        >>> x = np.random.default_rng(0).integers(3, size=500)
        >>> estimate = bootstrap(mutual_information, x, x // 2, resamples=200)
        >>> round(estimate.value, 2), 0.5 < estimate.standard_error / 0.014 < 2
        (0.66, True)
        >>> estimate.diagnostics["lower"] < estimate.value < estimate.diagnostics["upper"]
        True
    """
    count = whole(resamples, name="resamples", least=2)
    generator = np.random.default_rng(checked_seed(seed))
    first, second = paired_arrays(x, y)
    n = len(first)
    part = None if size is None else whole(size, name="size", least=2, below=n)
    full = run(estimator, first, second)
    values = np.empty(count)
    for index in range(count):
        rows = _rows(generator, n, part)
        estimate = run(estimator, first[rows], second[rows])
        if part is None:
            _refuse_duplicates(full, estimate)
        values[index] = estimate.value
    return _summary(full, values, n, part)


def _rows(generator: np.random.Generator, n: int, part: int | None) -> NDArray[np.int64]:
    """N of n rows with replacement, or some of them without."""
    return generator.integers(n, size=n) if part is None else generator.permutation(n)[:part]


def _refuse_duplicates(full: Estimate, resampled: Estimate) -> None:
    more = resampled.diagnostics.get("duplicates", 0)
    own = full.diagnostics.get("duplicates", 0)
    if more > own:
        raise InvalidInputError(
            "an estimator that is resampled with replacement must not mind samples drawn twice",
            received=f"one that counts {more} duplicates in a resample, {own} in the samples",
            fix="Give size, for example n // 2, to draw subsamples without replacement; or use "
            "the estimator's own standard error.",
        )


def _summary(full: Estimate, values: NDArray[np.float64], n: int, size: int | None) -> Estimate:
    bias = float(values.mean()) - full.value
    standard_error = float(values.std(ddof=1))
    tail = (1 - CONFIDENCE) / 2
    if size is None:
        below, above = (float(q) for q in np.quantile(values, (tail, 1 - tail)))
        lower, upper = 2 * full.value - above, 2 * full.value - below
    else:
        standard_error *= math.sqrt(size / (n - size))
        # The subsamples' bias is that of another number of samples, and no part of an interval.
        half = _NORMAL * standard_error
        lower, upper = full.value - half, full.value + half
    notes: dict[str, Any] = dict(full.diagnostics)
    settled = abs(bias) <= LARGEST_BIAS * standard_error
    notes |= {
        "lower": lower,
        "upper": upper,
        "bias": bias,
        "resamples": values.size,
        "size": n if size is None else size,
        "settled": settled,
    }
    if "reliable" in notes:
        notes["reliable"] = bool(notes["reliable"] and settled)
    return Estimate(full.value, standard_error, full.kind, full.n, notes)
