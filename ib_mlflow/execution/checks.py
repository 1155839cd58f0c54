"""What every executor asks of its settings, and of what it hands to other processes."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, TypeVar

from ib_mlflow.errors import ConfigurationError, InvalidInputError
from ib_mlflow.execution.worker import in_worker

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 1024
SHOWN = 200
"""Characters of an item that an error shows."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def shown(item: object) -> str:
    """Return how an error names an item.

    Example:
        >>> shown({"beta": 0.1})
        "{'beta': 0.1}"
    """
    return repr(item)[:SHOWN]


def pickled(function: Callable[[Item], Result], item: Item) -> bytes:
    """Write a function and its item as they go to another process.

    Arguments:
        function: of one item.
        item: the item.

    Returns:
        The pickled pair.

    Raises:
        InvalidInputError: one of them cannot be pickled.

    Example:
        >>> pickle.loads(pickled(abs, -3))
        (<built-in function abs>, -3)
    """
    for part, what in ((function, "a function"), (item, "an item")):
        try:
            pickle.dumps(part)
        except Exception as error:
            raise InvalidInputError(
                f"{what} must be picklable to go to another process",
                received=f"{shown(part)}: {error}",
                fix="Take a function from the top of a module (or functools.partial of one), and "
                "items of plain values.",
            ) from error
    return pickle.dumps((function, item))


def check_number(name: str, value: object, least: int) -> None:
    """Refuse a number of workers or retries that is none.

    Arguments:
        name: of the setting.
        value: what was given.
        least: what it must be at least.

    Raises:
        ConfigurationError: it is no whole number, or too small or too large.

    Example:
        >>> check_number("workers", 2, 1)
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST:
        raise ConfigurationError(
            f"{name} must be a whole number from {least} to {MOST}",
            received=repr(value),
            fix="Take as many workers as there are cores, and 1 retry.",
        )


def check_outermost(received: str) -> None:
    """Refuse an executor of several processes within a worker of another one.

    Arguments:
        received: the setting, as it was given.

    Raises:
        ConfigurationError: this process computes items for another one.

    Example:
        >>> check_outermost("workers=2")
    """
    if in_worker():
        raise ConfigurationError(
            "a worker starts no workers of its own",
            received=f"{received} within one",
            fix="Give all items to the outer executor.",
        )
