"""Names of a network's submodules, as they are given from outside."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from torch import nn

SHOWN = 20  # names in a message; a large network has hundreds


def checked_names(layers: object, network: nn.Module) -> tuple[str, ...]:
    """The layers to measure, each a submodule of the network, none of them twice.

    Arguments:
        layers: names as in `network.named_modules()`; a string is the name of one layer.
        network: whose they are.

    Returns:
        The names, in the given order.

    Raises:
        InvalidInputError: one is no string, the network has no such submodule, or one is named
            twice.

    Example:
        >>> from torch import nn
        >>> checked_names("1", nn.Sequential(nn.Linear(3, 2), nn.Tanh()))
        ('1',)
        >>> checked_names(["9"], nn.Sequential(nn.Linear(3, 2), nn.Tanh()))
        Traceback (most recent call last):
        ib_mlflow.errors.InvalidInputError: every layer must be a submodule of the network; received
        '9', which it does not have. Its submodules are 0, 1.
    """
    given = (layers,) if isinstance(layers, str) else layers
    names = tuple(given) if isinstance(given, Iterable) else (given,)
    known = [name for name, _ in network.named_modules() if name]
    for name in names:
        if not isinstance(name, str):
            raise InvalidInputError(
                "layers must be names of submodules, as text",
                received=repr(name) if isinstance(name, int) else type(name).__name__,
                fix=_fix(name, known),
            )
        if name not in known:
            raise InvalidInputError(
                "every layer must be a submodule of the network",
                received=f"{name!r}, which it does not have",
                fix=_fix(name, known),
            )
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InvalidInputError(
            "every layer must be named once", received=list(names), fix=f"Name {twice[0]} once."
        )
    return names


def _fix(name: object, known: list[str]) -> str:
    if not known:
        return "It has none: name its parts, for example in an nn.Sequential."
    # A number is meant as a name where the network is an nn.Sequential, whose names are digits.
    meant = _meant(str(name).strip() if isinstance(name, str | int) else "", known)
    guess = f"Did you mean {meant!r}? " if meant else ""
    more = f", … ({len(known)} in all)" if len(known) > SHOWN else ""
    return f"{guess}Its submodules are {', '.join(known[:SHOWN])}{more}."


def _meant(word: str, known: list[str]) -> str:
    same = [name for name in known if name.casefold() == word.casefold()]
    if same:
        return same[0]
    # The name without the parts before or behind it: "layers.act" is meant by "act".
    parts = [name for name in known if word and name.split(".")[-1] == word.split(".")[-1]]
    if len(parts) == 1:
        return parts[0]
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.7)
    return close[0] if close else ""
