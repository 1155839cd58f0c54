"""Every value that a space names, asked before anything is computed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

from ib_mlflow.errors import ConfigurationError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ib_mlflow.tuning.spaces import Space

T = TypeVar("T")
BESIDE = (0.5, 0.0, math.nextafter(1.0, 0.0))
"""Where in their ranges the other parameters stand beside a value: the middle first."""


def at_edges(space: Space, compute: Callable[[Mapping[str, str]], T]) -> list[T]:
    """Compute something of points that hold every choice and both ends of every range.

    A value is refused where none of its points can be computed, with the others in the middle, at
    the low and at the high end: one that goes with some of the others alone is none's mistake.

    Arguments:
        space: that is searched.
        compute: of a point's values by name, as a study's command line takes them.

    Returns:
        What it returns, one for each value.

    Raises:
        ConfigurationError: a value is refused; as it was with the others in the middle.
        InvalidInputError: the same, by a function of the library.

    Example:
        >>> from ib_mlflow.tuning import Space
        >>> at_edges(Space.parse("members=2..8;activation=tanh|relu"), lambda point: point)[1]
        {'members': '8', 'activation': 'relu'}
    """
    beside = [space.at([position] * len(space.names)) for position in BESIDE]
    return [
        _first([space.read({**point, parameter.name: value}) for point in beside], compute)
        for parameter in space.parameters
        for value in parameter.edges
    ]


def _first(points: list[dict[str, str]], compute: Callable[[Mapping[str, str]], T]) -> T:
    """What can be computed of the first of some points of which it can."""
    errors: list[ConfigurationError | InvalidInputError] = []
    for point in points:
        try:
            return compute(point)
        except (ConfigurationError, InvalidInputError) as error:
            errors.append(error)
    raise errors[0]
