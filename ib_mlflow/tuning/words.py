"""What is said of a word that is not known: the nearest one that is."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from ib_mlflow.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

LIKE = 0.5
"""How like a known word must be to be what was meant: twice the letters in common, over all."""


def unknown_word(what: str, word: str, known: Iterable[str]) -> ConfigurationError:
    """Make the error for a word that is not known.

    Arguments:
        what: the kind of word, as a noun: "sampler".
        word: as it was given.
        known: the words that there are.

    Returns:
        The error, to be raised: with the nearest known word, and all known ones, the nearest first.

    Example:
        >>> print(unknown_word("sampler", "tbe", ["gp", "tpe"]))
        every sampler must be known; received tbe. Did you mean tpe? Known: tpe, gp.
    """
    folded = word.casefold()
    likeness = {
        each: difflib.SequenceMatcher(None, each.casefold(), folded).ratio() for each in known
    }
    words = sorted(likeness, key=lambda each: (-likeness[each], each))
    fix = f"Known: {', '.join(words)}." if words else "None is known."
    if words and likeness[words[0]] >= LIKE:
        fix = f"Did you mean {words[0]}? {fix}"
    return ConfigurationError(f"every {what} must be known", received=word, fix=fix)


def short(text: str) -> str:
    """A float that was drawn, in three digits; what a person wrote stays as it is.

    Just below 1, as a share that is kept may lie, its distance from 1 has them.

    Example:
        >>> short("0.002789165"), short("0.999720123"), short("0.9995")
        ('0.00279', '1 − 0.00028', '0.9995')
    """
    try:
        value = float(text)
    except ValueError:
        return text
    if len(text) <= 8 or text.lstrip("-").isdigit():
        return text
    return f"1 − {1.0 - value:.3g}" if 0.9 < value < 1.0 else f"{value:.3g}"
