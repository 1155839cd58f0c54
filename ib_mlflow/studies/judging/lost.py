"""What is known of networks of which some diverged."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ib_mlflow.studies.judging import checks


def finite(values: ArrayLike) -> NDArray[np.float64]:
    """The values of the members that did not diverge.

    Example:
        >>> finite([1.0, np.nan, True])
        array([1., 1.])
    """
    numbers = np.asarray(values, dtype=np.float64)
    return numbers[np.isfinite(numbers)]


def known(holds: ArrayLike, *numbers: ArrayLike) -> NDArray[np.float64]:
    """Truth values of the members, where the numbers that they rest on are there.

    Arguments:
        holds: (e,) truth values, one a member.
        numbers: (e,) each; NaN for a member that diverged, of which nothing can be said.

    Returns:
        (e,) 1 and 0; NaN for the members that diverged.

    Raises:
        InvalidInputError: they are not of as many members.

    Example:
        >>> lost = np.array([0.5, 0.1, np.nan])
        >>> known(lost > 0.2, lost)
        array([ 1.,  0., nan])
    """
    flags, *given = (checks.floats(each, "numbers", "one a network") for each in (holds, *numbers))
    checks.alike(flags, *given)
    return np.where(np.isfinite(given).all(axis=0), flags, np.nan)


def left_out(values: ArrayLike) -> str:
    """How many members diverged, as the end of a sentence; nothing if none did.

    Example:
        >>> left_out([1.0, np.nan, 0.0])
        '; 1 of 3 diverged, counted against either verdict'
    """
    total = np.size(np.asarray(values, dtype=np.float64))
    lost = total - finite(values).size
    return f"; {lost} of {total} diverged, counted against either verdict" if lost else ""
