"""An estimator beside a result, on Gaussians whose answer is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.exact.gaussian import (
    gaussian_entropy,
    gaussian_information,
    gaussian_noise_information,
)
from ib_mlflow.information.inputs.samples import positive, sample_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from ib_mlflow.information.estimate import Estimate

Quantity = Literal["entropy", "information"]


@dataclass(frozen=True)
class Calibration:
    """What an estimator said of a Gaussian, and what is true.

    Arguments:
        estimate: of the Gaussian's entropy or information, in nats.
        truth: the same in closed form, in nats.

    Example:
        >>> from ib_mlflow.information.estimate import Estimate
        >>> Calibration(Estimate(1.5, 0.25, "point", n=100), truth=1.0).deviations
        2.0
    """

    estimate: Estimate
    truth: float

    @property
    def error(self) -> float:
        """The estimate's value less the truth, in nats."""
        return self.estimate.value - self.truth

    @property
    def deviations(self) -> float:
        """The error in standard errors: far from 0, the error is bias and not chance."""
        if self.estimate.standard_error == 0:
            return 0.0 if self.error == 0 else math.copysign(math.inf, self.error)
        return self.error / self.estimate.standard_error


def calibrate(
    estimator: Callable[..., Estimate],
    *variables: ArrayLike,
    quantity: Quantity,
    seed: int,
    noise_variance: float | None = None,
) -> Calibration:
    """Run an estimator on a Gaussian of the same n, d and covariance as some samples.

    A small error there does not prove the result on the samples; a large one disproves it, or at
    least shows what n samples in d dimensions can do at best. The quantities are

    - "entropy" of one variable, h(X), or with noise h(X + N(0, noise_variance I));
    - "information" between two variables, I(X;Y), or of one variable with noise,
      I(X; X + N(0, noise_variance I)).

    Arguments:
        estimator: called with float64 arrays of the shapes of the variables, as (n, d).
        variables: one or two of shape (n, d) or (n,), the samples that a result rests on.
        quantity: what the estimator estimates.
        seed: of the Gaussian samples.
        noise_variance: of the noise that the quantity contains, in each coordinate; the samples
            are given to the estimator without it.

    Returns:
        The estimate and the truth.

    Raises:
        InvalidInputError: for another quantity or number of variables, samples that are not
            finite, and covariances whose entropy or information is infinite.

    Example:
        >>> from ib_mlflow.information.neighbours.estimator import knn_entropy
        >>> layer = np.tanh(np.random.default_rng(0).normal(size=(4000, 2)))
        >>> calibration = calibrate(
        ...     lambda points: knn_entropy(points, k=3), layer, quantity="entropy", seed=0
        ... )
        >>> abs(calibration.error) < 0.1
        True
    """
    rows = [sample_rows(variable, name="each variable") for variable in variables]
    if quantity not in get_args(Quantity) or len(rows) not in (
        (1,) if quantity == "entropy" or noise_variance is not None else (2,)
    ):
        raise InvalidInputError(
            "calibrate needs an entropy of one variable, or an information between two, or of one "
            "with noise_variance",
            received=f"{quantity!r} of {len(rows)} variables, noise_variance {noise_variance}",
            fix="See its documentation for the four quantities.",
        )
    if len({len(part) for part in rows}) > 1:
        raise InvalidInputError(
            "the variables must have one row per sample",
            received=f"{[len(part) for part in rows]} rows",
            fix="Give the same samples in the same order.",
        )
    joint = np.hstack(rows)
    covariance = np.atleast_2d(np.cov(joint, rowvar=False))
    truth = _truth(covariance, rows[0].shape[1], quantity, noise_variance)
    samples = _draw(joint.mean(axis=0), covariance, len(joint), seed)
    parts = np.split(samples, [rows[0].shape[1]], axis=1)[: len(rows)]
    return Calibration(estimator(*parts), truth)


def _truth(
    covariance: NDArray[np.float64], d: int, quantity: Quantity, noise_variance: float | None
) -> float:
    if noise_variance is None:
        if quantity == "entropy":
            return gaussian_entropy(covariance)
        return gaussian_information(covariance, d)
    variance = positive(noise_variance, name="noise_variance")
    if quantity == "entropy":
        return gaussian_entropy(covariance + variance * np.eye(d))
    return gaussian_noise_information(covariance, variance=variance)


def _draw(
    mean: NDArray[np.float64], covariance: NDArray[np.float64], n: int, seed: int
) -> NDArray[np.float64]:
    variances, axes = np.linalg.eigh(covariance)
    unit = np.random.default_rng(seed).normal(size=(n, mean.size))
    samples: NDArray[np.float64] = mean + unit * np.sqrt(np.maximum(variances, 0.0)) @ axes.T
    return samples
