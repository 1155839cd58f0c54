"""What judges take beside networks: thresholds, epochs of a paper, counts. All else is refused."""

from numbers import Real

import numpy as np

from ib_mlflow.errors import InvalidInputError

LARGEST = 1e100
"""Of numbers that can be judged: the square of a larger one may have no end."""
MOST = 10**12
"""Of what is counted."""


def threshold(
    value: float, of: str = "a threshold", *, least: float = 0.0, most: float = LARGEST
) -> float:
    """A number that others are compared with.

    Arguments:
        value: finite.
        of: what it is, in words.
        least: what it may not be below.
        most: what it may not be above.

    Returns:
        The number.

    Raises:
        InvalidInputError: it is no number, not finite, too small or too large.

    Example:
        >>> threshold(0.5)
        0.5
    """
    # NaN is not within, and of whole numbers the largest have no float.
    if not is_real(value) or not least <= value <= most or LARGEST < abs(value) < np.inf:
        raise InvalidInputError(
            f"{of} is a number from {least:g} to {most:g}",
            received=repr(value),
            fix="Give it in the unit of the numbers.",
        )
    return value


def positive_number(value: float, of: str) -> float:
    """A number above 0, as an epoch of a paper; arguments and what is raised as for `threshold`."""
    if not threshold(value, of):
        raise InvalidInputError(
            f"{of} is above 0", received=repr(value), fix="Give a positive one."
        )
    return value


def whole(value: int, of: str, *, least: int = 1) -> int:
    """A whole number, as of test rows.

    Arguments:
        value: the number.
        of: what it is, in words.
        least: what it may not be below.

    Raises:
        InvalidInputError: it is no whole number, too small or too large.

    Example:
        >>> whole(819, "rows")
        819
    """
    integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not integer or not least <= value <= MOST:
        raise InvalidInputError(
            f"{of} are a whole number from {least} to {MOST:,}",
            received=repr(value),
            fix="Count them, or leave it out.",
        )
    return int(value)


def is_real(value: object, *, truth: bool = False) -> bool:
    """Whether it is a real number; a truth value is one only where it is to be counted.

    Example:
        >>> is_real(3), is_real(True), is_real("3")
        (True, False, False)
    """
    flag = isinstance(value, bool | np.bool_)
    return truth if flag else isinstance(value, Real)
