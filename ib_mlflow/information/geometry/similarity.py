"""How curves of a layer change over epochs, and how alike the layers of two networks are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.inputs.samples import real_array
from ib_mlflow.information.inputs.symbols import layer_array

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Slopes:
    """Lines fitted to curves over epochs.

    Arguments:
        slope: (*,) of each line, in the curves' unit per epoch.
        standard_error: (*,) of the slope, where the epochs' deviations from the line are
            independent of each other and of one variance. Successive epochs of one network are
            seldom that; then it is too small.

    Example:
        >>> lines = epoch_slopes([[1.0, 2.0], [0.9, 2.0], [0.8, 2.0]], epochs=[0, 1, 2])
        >>> lines.slope.round(6).tolist()
        [-0.1, 0.0]
    """

    slope: NDArray[np.float64]
    standard_error: NDArray[np.float64]


def epoch_slopes(curves: ArrayLike, *, epochs: ArrayLike) -> Slopes:
    """Fit a line to each curve over epochs, by least squares.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, section 5: linear regressions that predict
        H(Bin T(k)) from the epoch, whose mean and standard deviation over the units k are given.

    Arguments:
        curves: (t, *) a value of each curve at each epoch, such as entropies in nats.
        epochs: (t,) the epochs, at least three, not all the same.

    Returns:
        The slopes per epoch and their standard errors, (*,).

    Raises:
        InvalidInputError: for fewer than three epochs, shapes that do not fit, or values that are
            NaN or infinite.

    Example:
        >>> epoch_slopes([3.0, 2.0, 1.5], epochs=[1, 2, 4]).slope.round(3).item()
        -0.464
    """
    values = _finite(curves, "curves")
    times = _finite(epochs, "epochs")
    if times.ndim != 1 or times.size < 3 or not np.ptp(times) or values.shape[:1] != times.shape:
        raise InvalidInputError(
            "a line needs a value of each curve at each of three or more epochs",
            received=f"curves of shape {values.shape} at epochs of shape {times.shape}",
            fix="Give curves (t, *) and epochs (t,), t at least 3.",
        )
    flat = values.reshape(times.size, -1)
    centred = times - times.mean()
    spread = centred @ centred
    above = flat - flat.mean(axis=0)
    slope = centred @ above / spread
    residuals = above - centred[:, None] * slope
    variance = np.einsum("tk,tk->k", residuals, residuals) / (times.size - 2)
    shape = values.shape[1:]
    return Slopes(slope.reshape(shape), np.sqrt(variance / spread).reshape(shape))


def cosine_similarities(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Cosine of the angle between what two networks make of the same samples, in one layer.

    The angle is taken from the origin, over all units of the layer. Vectors of random direction
    in d dimensions have a mean of 0 and a standard deviation of 1/√d.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, section 2 and figure 3: networks that start from
        the same weights and see the same minibatches, each compared with the noiseless one.

    Arguments:
        first: (*, n, d) float32 or float64 activations of one network.
        second: (*, n, d) those of another, for the same samples.

    Returns:
        (*, n), between -1 and 1.

    Raises:
        InvalidInputError: for shapes that differ, NaN or infinite activations, or a sample whose
            activations are all 0, which has no direction.

    Example:
        >>> cosine_similarities([[1.0, 0.0], [1.0, 1.0]], [[0.0, 2.0], [3.0, 3.0]]).round(3)
        array([0., 1.])
    """
    (values, leading), (others, shape) = layer_array(first), layer_array(second)
    if (leading, values.shape) != (shape, others.shape):
        raise InvalidInputError(
            "both networks must have activations of the same shape",
            received=f"{np.shape(first)} and {np.shape(second)}",
            fix="Take the same layer of both, for the same samples.",
        )
    return np.stack([_cosines(*pair) for pair in zip(values, others, strict=True)]).reshape(
        *leading, values.shape[1]
    )


def _cosines(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    directions = []
    for rows in (first, second):
        # Scaled by the largest, whose square is neither infinite nor 0.
        largest = np.abs(rows).max(axis=1, keepdims=True)
        if not ((largest > 0) & (largest < np.inf)).all():
            raise InvalidInputError(
                "a similarity is between finite activations that are not all 0",
                received=f"{np.count_nonzero(~((largest > 0) & (largest < np.inf)))} samples "
                "without a direction",
                fix="Leave out dead or diverged layers.",
            )
        scaled = rows / largest.astype(np.float64)
        directions.append(scaled / np.sqrt(np.einsum("nd,nd->n", scaled, scaled))[:, None])
    # Rounding may carry a cosine past 1.
    return np.asarray(np.clip(np.einsum("nd,nd->n", *directions), -1.0, 1.0))


def _finite(values: ArrayLike, name: str) -> NDArray[np.float64]:
    array = np.asarray(real_array(values, name=name), np.float64)
    if not np.isfinite(array).all():
        raise InvalidInputError(
            f"{name} must be finite",
            received=f"{np.count_nonzero(~np.isfinite(array))} NaN or infinite values",
            fix="Leave out what diverged.",
        )
    return array
