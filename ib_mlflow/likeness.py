"""Which known word was meant by one that is not known."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: object, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known word that is most like a given one, large and small letters being the same.

    Arguments:
        word: as it was given.
        known: the words that there are.
        cutoff: how like it must be: twice the letters in common, over all letters of both.

    Returns:
        The word; None where none is like it.

    Example:
        >>> nearest("MNIST", ["szt", "mnist"]), nearest("mnits", ["szt", "mnist"])
        ('mnist', 'mnist')
        >>> nearest("faces", ["szt", "mnist"]) is None
        True
    """
    names: dict[str, str] = {}
    for each in known:
        names.setdefault(each.casefold(), each)
    close = difflib.get_close_matches(str(word).casefold(), names, n=1, cutoff=cutoff)
    return names[close[0]] if close else None
