"""Information that a linear layer carries of Gaussian inputs through Gaussian noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.exact.gaussian import spectrum
from ib_mlflow.information.inputs.samples import positive, real_array

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def linear_information(
    weights: ArrayLike, *, variance: float, before: ArrayLike, after: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Information between T = W X + N(0, variance I) and what is learnt of a Gaussian X.

    To learn Z, a Gaussian variable that knows of T only by X, takes the covariance of X from
    `before` to `after`, whatever the value of Z. With both, I(Z;T) is
    ln det(W before Wᵀ + variance I) / 2 - ln det(W after Wᵀ + variance I) / 2.

    Reference:
        Saxe et al. (2018), "On the information bottleneck theory of deep learning", ICLR,
        section 3; Cover and Thomas (2006), Elements of Information Theory, theorem 8.4.1.

    Arguments:
        weights: (*, d, m) W, from inputs to the d units of a layer; the product of all matrices
            up to it. A bias tells nothing.
        variance: of the noise in each unit, in squared units of the activation.
        before: (m, m) or (*, m, m) covariance of X, which may be singular.
        after: the same once Z is known, from `posterior_covariance`; None where Z is X itself.

    Returns:
        (*,) in nats.

    Raises:
        InvalidInputError: for shapes that do not fit, numbers that are not finite, a covariance
            that is none, or a variance that is not positive and finite.

    Example:
        >>> linear_information([[3.0, 4.0]], variance=25.0, before=np.eye(2)).round(4).item()
        0.3466
    """
    matrix = real_array(weights, name="weights").astype(np.float64)
    noise = positive(variance, name="variance")
    prior = _covariances(before, "before")
    posterior = None if after is None else _covariances(after, "after")
    for covariance in (prior, prior if posterior is None else posterior):
        if matrix.ndim < 2 or covariance.shape[-1] != matrix.shape[-1]:
            raise InvalidInputError(
                "weights must be (*, d, m) where a covariance of X is (m, m)",
                received=f"weights of shape {matrix.shape}, a covariance of {covariance.shape}",
                fix="Give a column of weights for every input.",
            )
    if not np.isfinite(matrix).all():
        raise InvalidInputError(
            "weights must be finite",
            received=f"{np.count_nonzero(~np.isfinite(matrix))} NaN or infinite values",
            fix="Lower the learning rate if training diverged.",
        )
    known = 0.0 if posterior is None else _half_log_det(matrix, posterior, noise)
    return np.asarray(_half_log_det(matrix, prior, noise) - known)


def posterior_covariance(
    covariance: ArrayLike, observed: ArrayLike, *, variance: float = 0.0
) -> NDArray[np.float64]:
    """Covariance of a Gaussian X once Z = V X + N(0, variance I) is known.

    Reference:
        Cover and Thomas (2006), Elements of Information Theory, section 8.4; the Schur complement.

    Arguments:
        covariance: (m, m) of X, which may be singular.
        observed: (k, m) V; rows of the identity for some of the inputs.
        variance: of the noise in each coordinate of Z; 0 for none.

    Returns:
        (m, m), whatever the value of Z.

    Raises:
        InvalidInputError: for shapes that do not fit, a covariance that is none, or a variance
            that is negative.

    Example:
        >>> posterior_covariance(np.eye(2), [[1.0, 0.0]]).tolist()
        [[0.0, 0.0], [0.0, 1.0]]
    """
    prior = _covariances(covariance, "covariance")
    rows = real_array(observed, name="observed").astype(np.float64)
    if prior.ndim != 2 or rows.ndim != 2 or rows.shape[1] != len(prior) or not len(rows):
        raise InvalidInputError(
            "observed must be (k, m) where the covariance of X is (m, m)",
            received=f"{rows.shape} and {prior.shape}",
            fix="Give a column for every input.",
        )
    if not 0 <= variance < np.inf or not np.isfinite(rows).all():
        raise InvalidInputError(
            "observed must be finite, and the variance of its noise finite and at least 0",
            received=f"variance {variance}",
            fix="Use 0 where X is observed without noise.",
        )
    crossed = prior @ rows.T
    own = rows @ crossed + variance * np.eye(len(rows))
    # By the pseudo-inverse: what is observed twice, or does not vary, tells nothing more.
    posterior = prior - crossed @ np.linalg.pinv(own, hermitian=True) @ crossed.T
    return np.asarray((posterior + posterior.T) / 2)


def _covariances(values: ArrayLike, name: str) -> NDArray[np.float64]:
    array = real_array(values, name=name).astype(np.float64)
    if array.ndim < 2:
        raise InvalidInputError(
            f"{name} must be one or more covariances, of shape (*, m, m)",
            received=f"shape {array.shape}",
            fix="Use np.eye(m) for independent inputs of variance 1.",
        )
    for matrix in array.reshape(-1, *array.shape[-2:]):
        spectrum(matrix)
    return array


def _half_log_det(
    weights: NDArray[np.float64], covariance: NDArray[np.float64], noise: float
) -> NDArray[np.float64]:
    """Ln det(I + W C Wᵀ / noise) / 2."""
    signal = weights @ covariance @ weights.mT / noise
    d = weights.shape[-2]
    return np.asarray(np.linalg.slogdet(np.eye(d) + (signal + signal.mT) / 2)[1] / 2)
