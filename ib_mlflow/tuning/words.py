"""What is said of a word that is not known: the nearest one that is."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from ib_mlflow.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = 12
"""How many known words an error lists at most."""


def unknown_word(what: str, word: str, known: Iterable[str]) -> ConfigurationError:
    """Make the error for a word that is not known.

    Arguments:
        what: the kind of word, as a noun: "sampler".
        word: as it was given.
        known: the words that there are.

    Returns:
        The error, to be raised: with the nearest known word, and the known ones.

    Example:
        >>> print(unknown_word("sampler", "tbe", ["gp", "tpe"]))
        every sampler must be known; received tbe. Did you mean tpe? Known: gp, tpe.
    """
    words = sorted(known)
    nearest = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    listed = ", ".join(words[:SHOWN])
    if len(words) > SHOWN:
        listed += f" and {len(words) - SHOWN} more"
    fix = f"Known: {listed}." if words else "None is known."
    if nearest:
        fix = f"Did you mean {nearest[0]}? {fix}"
    return ConfigurationError(f"every {what} must be known", received=word, fix=fix)
