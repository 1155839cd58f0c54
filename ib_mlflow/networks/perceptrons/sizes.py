"""What fully connected networks take of the memory, told before anything is allocated."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from ib_mlflow.memory import check_members

if TYPE_CHECKING:
    from collections.abc import Sequence


def check_weights(widths: Sequence[int], members: int, itemsize: int) -> None:
    """Refuse networks whose weights do not fit in memory.

    Arguments:
        widths: (m, hidden..., c).
        members: how many networks.
        itemsize: bytes of a weight.

    Raises:
        InvalidInputError: with the most members, or the most units, that fit.

    Example:
        >>> check_weights((12, 10, 7, 2), members=20, itemsize=4)
    """
    check_members(
        members,
        _weights(widths) * itemsize,
        what="the weights of the networks",
        received=f"{members} members of widths {_shown(widths)}",
        smaller=lambda left: _smaller(widths, left / (members * itemsize)),
    )


def check_activations(widths: Sequence[int], members: int, rows: int, itemsize: int) -> None:
    """Refuse to compute layers, one from the one below it, that do not fit in memory.

    Arguments:
        widths: (m, hidden..., c).
        members: how many networks.
        rows: n.
        itemsize: bytes of an activation.

    Raises:
        InvalidInputError: with the most members that fit.

    Example:
        >>> check_activations((12, 10, 7, 2), members=20, rows=4096, itemsize=4)
    """
    # The inputs are the same for all members.
    largest = max(a + b for a, b in pairwise((0, *widths[1:])))
    check_members(
        members,
        float(largest) * rows * itemsize,
        what="the activations of the networks",
        received=f"{members} members of widths {_shown(widths)} on {rows} rows",
        smaller=lambda _: "Take fewer rows, or narrower layers.",
    )


def _weights(widths: Sequence[int]) -> int:
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(widths))


def _smaller(widths: Sequence[int], numbers: float) -> str:
    """The advice where not even one member fits: the widest hidden layers that all of them could.

    By bisection: no hidden layer wider than so many units.
    """
    first, *hidden, last = widths
    low, high = 0, max(hidden, default=0)
    while low < high:
        middle = (low + high + 1) // 2
        narrow = (first, *(min(units, middle) for units in hidden), last)
        low, high = (middle, high) if _weights(narrow) <= numbers else (low, middle - 1)
    if not low:
        return "Take a smaller data set, with fewer inputs or classes."
    return f"Take at most {low} units in a hidden layer."


def _shown(widths: Sequence[int]) -> str:
    text = "-".join(str(width) for width in widths[:6])
    return text if len(widths) <= 6 else f"{text}-…-{widths[-1]} ({len(widths)} of them)"
