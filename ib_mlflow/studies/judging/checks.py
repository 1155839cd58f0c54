"""What judges take of networks: numbers, truth values, curves. All else is refused.

NaN stands for what is not known of a network that diverged; it is no mistake.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Estimate
from ib_mlflow.studies.judging.limits import LARGEST, is_real

Table = NDArray[np.float64]


def numbers(values: ArrayLike, of: str = "numbers") -> Table:
    """Numbers of networks, one each.

    Arguments:
        values: (e,), NaN and infinite ones among them.
        of: what they are, in words.

    Returns:
        (e,) the same as floats.

    Raises:
        InvalidInputError: they are no numbers, or have not one axis.

    Example:
        >>> numbers([True, 2, float("nan")])
        array([ 1.,  2., nan])
    """
    table = floats(values, of, "(e,), one a network")
    if table.ndim != 1:
        raise InvalidInputError(
            f"{of} are (e,), one a network",
            received=f"shape {table.shape}",
            fix="Give each network's number once; of one network a list of one.",
        )
    return table


def truths(values: ArrayLike) -> Table:
    """Truth values of networks, one each; NaN where it is not known.

    Raises:
        InvalidInputError: they have not one axis, or are neither true nor false.

    Example:
        >>> truths([True, False, float("nan")])
        array([ 1.,  0., nan])
    """
    flags = numbers(values, "truth values")
    other = flags[~(np.isnan(flags) | (flags == 0) | (flags == 1))]
    if other.size:
        raise InvalidInputError(
            "truth values are true, false, or NaN where it is not known",
            received=f"{other[0]:g}",
            fix="Compare the numbers with a threshold first, as most_beyond does.",
        )
    return flags


def curves(values: ArrayLike, of: str = "curves") -> Table:
    """Curves of networks, a row each.

    Arguments:
        values: (e, t) in the order of epochs; NaN where not known.
        of: what they are, in words.

    Returns:
        (e, t) the same as floats.

    Raises:
        InvalidInputError: they are no numbers, no table, or there is no network or no epoch.

    Example:
        >>> curves([[1, 2, 3]]).shape
        (1, 3)
    """
    table = floats(values, of, "a table (e, t), a row a network")
    if table.ndim != 2 or not table.size:
        raise InvalidInputError(
            f"{of} are a table (e, t), a row a network, of one epoch or more",
            received=f"shape {table.shape}",
            fix="Give one layer's curves; one network is curves[None].",
        )
    return table


def epochs(values: ArrayLike) -> Table:
    """Epochs at which something happened in each network; infinite where not within training.

    Raises:
        InvalidInputError: they are no numbers of networks, or one lies before training.

    Example:
        >>> epochs([0, 10, float("inf")])
        array([ 0., 10., inf])
    """
    times = numbers(values, "epochs")
    if (times < 0).any():
        raise InvalidInputError(
            "epochs are 0 or later", received=f"{times.min():g}", fix="Count from training's start."
        )
    return times


def estimates(values: Sequence[Estimate]) -> Sequence[Estimate]:
    """Estimates with their errors over samples, one a network.

    Raises:
        InvalidInputError: there is none, or something else.

    Example:
        >>> len(estimates([Estimate(0.5, 0.1, "point", n=100)]))
        1
    """
    if not len(values) or not all(isinstance(each, Estimate) for each in values):
        raise InvalidInputError(
            "a number over samples is an Estimate with its error, one a network or more",
            received=repr(values),
            fix='Give Estimate(value, standard_error, "point", n=...).',
        )
    return values


def alike(*given: Table) -> None:
    """Check that arrays are of the same networks.

    Raises:
        InvalidInputError: one has another shape.

    Example:
        >>> alike(np.zeros(3), np.ones(3))
    """
    if len({each.shape for each in given}) > 1:
        raise InvalidInputError(
            "what is compared is of the same networks, in the same order",
            received=" and ".join(f"shape {each.shape}" for each in given),
            fix="Give one number a network in each; NaN where one is not known.",
        )


def floats(values: ArrayLike, of: str, shape: str) -> Table:
    """Real numbers as floats; text is none, even where it could be read as one.

    Arguments:
        values: of any shape.
        of: what they are, in words.
        shape: which shape is meant, in words.

    Raises:
        InvalidInputError: they are no real numbers, or so large that their squares have no end.

    Example:
        >>> floats([1, 2], "ends", "(e,)")
        array([1., 2.])
    """
    table = _converted(values)
    if table is None:
        raise InvalidInputError(
            f"{of} are real numbers, {shape}",
            received=repr(values),
            fix="Give an array of numbers, with NaN for a network that diverged.",
        )
    sizes = np.abs(table[np.isfinite(table)])
    if sizes.max(initial=0.0) > LARGEST:
        raise InvalidInputError(
            f"{of} are no larger than {LARGEST:g}, or infinite",
            received=f"{sizes.max():g}",
            fix="Give them in a larger unit.",
        )
    return table


def _converted(values: ArrayLike) -> Table | None:
    """As floats; None where they are none."""
    try:
        table = np.asarray(values)
        objects = table.flat if table.dtype.kind == "O" else ()
        real = table.dtype.kind in "biufO" and all(is_real(each, truth=True) for each in objects)
        return np.asarray(table, dtype=np.float64) if real else None
    except (TypeError, ValueError, OverflowError):
        return None
