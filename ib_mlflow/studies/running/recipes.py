"""What is made by a function of a module, written so that equal recipes make equal things."""

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from functools import partial


def recipe_of(build: "partial[Any]") -> dict[str, object]:
    """Write what a function is called with, as an identity holds it.

    Arguments:
        build: a function that can be imported, with its arguments: plain values, lists and
            mappings of them, dataclasses, or other functions that can be imported.

    Returns:
        The function's place and its arguments.

    Raises:
        InvalidInputError: a function of no module (a lambda, one inside another function), or an
            argument of another kind: two different ones could not be told apart.

    Example:
        >>> from functools import partial
        >>> recipe_of(partial(round, 2.5, ndigits=0))
        {'function': 'builtins.round', 'arguments': [2.5], 'keywords': {'ndigits': 0}}
    """
    return {
        "function": _place_of(build.func),
        "arguments": [plain(argument) for argument in build.args],
        "keywords": plain(build.keywords),
    }


def plain(value: object) -> object:
    """A value as an identity holds it.

    Arguments:
        value: text, a number, a truth value, None, a list or mapping of them, a dataclass, or a
            function that can be imported.

    Raises:
        InvalidInputError: a value of another kind.

    Example:
        >>> plain((1, {"a": None}))
        [1, {'a': None}]
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {"type": _place_of(type(value)), **{k: plain(v) for k, v in asdict(value).items()}}
    if callable(value):
        return _place_of(value)
    raise InvalidInputError(
        "what an ensemble is built from is plain values, dataclasses and functions of modules",
        received=f"{value!r} of type {type(value).__name__}",
        fix="Give the numbers that it is made from, and make it inside the function.",
    )


def _place_of(function: Any) -> str:
    """Module and name of a function or class, from which it can be imported again."""
    module, name = str(getattr(function, "__module__", "")), getattr(function, "__qualname__", "")
    try:
        same = attrgetter(name)(import_module(module)) is function
    except (AttributeError, ImportError, TypeError, ValueError):
        same = False
    if not same:
        raise InvalidInputError(
            "a function in a recipe stands at the top of a module, from which it can be imported",
            received=repr(function),
            fix="Define it with def in a file, and give its arguments by functools.partial.",
        )
    return f"{module}.{name}"
