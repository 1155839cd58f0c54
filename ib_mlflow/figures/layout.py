"""Where the panels of a plane stand: a grid of conditions keeps its rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ib_mlflow.figures.bands import columns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_COLUMNS = {1: 1, 2: 2, 3: 3, 4: 2}  # by number of panels that make no grid


def layout(titles: Sequence[str], *, most: int = 4) -> tuple[list[tuple[int, int]], int]:
    """Place the panels of a figure.

    Titles of two parts, such as "tanh, bin_size=0.07", make a grid where every first part comes
    with the same second ones: a row for the one, a column for the other.

    Arguments:
        titles: of the panels, in their order.
        most: columns; a longer row goes on below, and the next begins anew.

    Returns:
        Row and column of each panel, and the number of columns.

    Example:
        >>> layout(["tanh, 0.1", "tanh, 0.2", "relu, 0.1", "relu, 0.2"])
        ([(0, 0), (0, 1), (1, 0), (1, 1)], 2)
        >>> layout(["a", "b"])
        ([(0, 0), (0, 1)], 2)
    """
    along = _row_length(titles)
    if along is None:
        columns = _COLUMNS.get(len(titles)) or columns_of(len(titles), min(most, 4))[1]
        return [divmod(index, columns) for index in range(len(titles))], columns
    rows, columns = columns_of(along, most)
    places = [divmod(index, along) for index in range(len(titles))]
    return [(row * rows + at // columns, at % columns) for row, at in places], columns


def is_grid(titles: Sequence[str]) -> bool:
    """Whether titles make a grid of conditions, which no window may break up.

    Arguments:
        titles: of the panels, in their order.

    Example:
        >>> is_grid(["tanh, 0.1", "tanh, 0.2", "relu, 0.1", "relu, 0.2"]), is_grid(["a", "b"])
        (True, False)
    """
    return _row_length(titles) is not None


def _row_length(titles: Sequence[str]) -> int | None:
    """The number of panels that one condition has, None where they make no grid."""
    pairs = [tuple(title.rsplit(", ", 1)) for title in titles]
    if any(len(pair) != 2 for pair in pairs):
        return None
    firsts, lasts = (list(dict.fromkeys(part)) for part in zip(*pairs, strict=True))
    if len(firsts) < 2 or len(lasts) < 2:
        return None
    whole = [(first, last) for first in firsts for last in lasts]
    return len(lasts) if pairs == whole else None
