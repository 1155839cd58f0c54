"""Entropy and information of Gaussians, in closed form."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.inputs.samples import positive, whole

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def gaussian_entropy(covariance: ArrayLike) -> float:
    """Differential entropy of a Gaussian, ln det(2 pi e C) / 2.

    Reference:
        Cover and Thomas (2006), Elements of Information Theory, theorem 8.4.1.

    Arguments:
        covariance: (d, d) C; or a variance.

    Returns:
        The entropy in nats.

    Raises:
        InvalidInputError: unless C is symmetric and positive definite.

    Example:
        >>> round(gaussian_entropy(1.0), 4)
        1.4189
    """
    variances = spectrum(covariance)
    _refuse_singular(variances)
    return float(np.log(2 * math.pi * math.e * variances).sum() / 2)


def gaussian_information(covariance: ArrayLike, d: int) -> float:
    """Information between the first d coordinates of a Gaussian and the others.

    Reference:
        Cover and Thomas (2006), Elements of Information Theory, example 8.5.1.

    Arguments:
        covariance: (d + d', d + d') of all coordinates.
        d: how many belong to the first variable.

    Returns:
        The information in nats.

    Raises:
        InvalidInputError: unless the covariance is symmetric and positive definite, and d leaves
            at least one coordinate to each variable.

    Example:
        >>> round(gaussian_information([[1.0, 0.6], [0.6, 1.0]], 1), 4)
        0.2231
    """
    joint = np.asarray(covariance, np.float64)
    entropy = gaussian_entropy(joint)
    d = whole(d, name="d", below=len(np.atleast_2d(joint)))
    return gaussian_entropy(joint[:d, :d]) + gaussian_entropy(joint[d:, d:]) - entropy


def gaussian_noise_information(covariance: ArrayLike, *, variance: float) -> float:
    """Information between a Gaussian and itself plus noise, ln det(I + C / variance) / 2.

    Reference:
        Cover and Thomas (2006), Elements of Information Theory, section 9.4.

    Arguments:
        covariance: (d, d) C, which may be singular; or a variance.
        variance: of the noise in each coordinate.

    Returns:
        The information in nats.

    Raises:
        InvalidInputError: unless C is symmetric and positive semidefinite, and the variance of
            the noise positive and finite.

    Example:
        >>> round(gaussian_noise_information(3.0, variance=1.0), 4)
        0.6931
    """
    variances = spectrum(covariance)
    return float(np.log1p(variances / positive(variance, name="variance")).sum() / 2)


def spectrum(covariance: ArrayLike) -> NDArray[np.float64]:
    """Eigenvalues of a covariance, those that rounding made negative as 0."""
    try:
        matrix = np.atleast_2d(np.asarray(covariance, np.float64))
    except (TypeError, ValueError):
        matrix = np.empty((0, 0))
    square = matrix.ndim == 2 and matrix.size > 0 and matrix.shape[0] == matrix.shape[1]
    if (
        square
        and np.isfinite(matrix).all()
        and np.allclose(matrix, matrix.T, atol=1e-8 * np.abs(matrix).max())
    ):
        variances = np.asarray(np.linalg.eigvalsh(matrix), np.float64)
        if variances[0] >= -1e-9 * abs(variances[-1]):
            return np.maximum(variances, 0.0)
    raise InvalidInputError(
        "a covariance must be a finite, symmetric matrix without negative eigenvalues",
        received=covariance,
        fix="Take np.cov of the samples, with rowvar=False.",
    )


def _refuse_singular(variances: NDArray[np.float64]) -> None:
    if variances[0] <= variances.size * np.finfo(np.float64).eps * variances[-1]:
        raise InvalidInputError(
            "a covariance must have full rank for an entropy",
            received=f"eigenvalues from {variances[0]:.3g} to {variances[-1]:.3g}",
            fix="Drop coordinates that are constant or follow from others, or add noise.",
        )
