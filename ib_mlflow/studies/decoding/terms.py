"""Means over test images, of one number for each of them, with their errors."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.information import Estimate


def mean_of(terms: NDArray[np.floating]) -> Estimate:
    """The mean of one number for each image.

    Arguments:
        terms: (n,) of any unit.

    Returns:
        The mean and its standard error over images.

    Example:
        >>> mean_of(np.array([1.0, 2.0, 3.0])).value
        2.0
    """
    error = terms.std(ddof=1) / math.sqrt(len(terms))
    return Estimate(float(terms.mean()), float(error), "point", len(terms))


def relative_mean(terms: NDArray[np.float64], reference: NDArray[np.float64]) -> Estimate:
    """The mean of some numbers over the magnitude of the mean of others, of the same images.

    Arguments:
        terms: (n,).
        reference: (n,), in the same unit.

    Returns:
        The ratio; its standard error is that of a ratio of two means over the same images.

    Example:
        >>> relative_mean(np.array([-1.0, -2.0]), np.array([-3.0, -5.0])).value
        -0.375
    """
    size = abs(reference.mean())
    ratio = terms.mean() / size
    influence = (terms - ratio * np.sign(reference.mean()) * reference) / size
    return replace(mean_of(influence), value=float(ratio))


def peak_place(x: NDArray[np.float64], curve: NDArray[np.float64]) -> float:
    """Where a curve is highest, between the points that are known of it.

    Arguments:
        x: (t,) ascending.
        curve: (t,).

    Returns:
        Of the parabola through the highest point and its neighbours the place of its top; the
        first or last x where the highest point is the first or last.

    Example:
        >>> x = np.array([0.0, 1.0, 4.0])
        >>> peak_place(x, -(x - 1.5) ** 2)
        1.5
    """
    k = int(curve.argmax())
    if k in (0, len(curve) - 1):
        return float(x[k])
    left, right = x[k] - x[k - 1], x[k + 1] - x[k]
    down, up = curve[k] - curve[k - 1], curve[k] - curve[k + 1]
    if down + up == 0:
        return float(x[k])
    return float(x[k] + 0.5 * (right**2 * down - left**2 * up) / (right * down + left * up))


def height_above(curve: NDArray[np.float64], base: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far the highest point of a curve lies above a level, image by image.

    Either half of the images is measured at the point that is highest on the other half, so that
    the choice does not flatter the difference.

    Arguments:
        curve: (t, n) a number for each image at each of t stages.
        base: (n,) what it is compared with, of the same images.

    Returns:
        (n,), in the unit of the curve.

    Example:
        >>> height_above(np.array([[1.0, 1, 1, 1], [3, 3, 3, 3]]), np.ones(4))
        array([2., 2., 2., 2.])
    """
    height = np.empty_like(base)
    for half, rest in (np.s_[::2], np.s_[1::2]), (np.s_[1::2], np.s_[::2]):
        highest = curve[:, rest].mean(axis=1).argmax()
        height[half] = curve[highest, half] - base[half]
    return height
