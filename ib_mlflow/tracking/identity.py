"""What determines a child's numbers, as one hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from ib_mlflow import __version__
from ib_mlflow.errors import InvalidInputError


def canonical(identity: Mapping[str, object]) -> str:
    """Write an identity, and the package's version, in the one way that equal ones share.

    Arguments:
        identity: text, numbers, truth values, None, and lists and mappings of them.

    Returns:
        JSON with sorted keys and no spaces.

    Raises:
        InvalidInputError: a value is of another type, not finite, or a key is not text.

    Example:
        >>> canonical({"b": (1, 2.5), "a": None}).startswith('{"identity":{"a":null,"b":[1,2.5]}')
        True
    """
    _check(identity, "identity")
    content = {"identity": identity, "version": __version__}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), default=dict)


def digest(identity: Mapping[str, object]) -> str:
    """Return the sha256 of `canonical`, 64 hexadecimal digits.

    Example:
        >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
        True
    """
    return hashlib.sha256(canonical(identity).encode()).hexdigest()


def _check(value: object, where: str) -> None:
    # Type by type: a subclass such as an enum would be written as something else.
    if value is None or type(value) in (str, int, bool):
        return
    if type(value) is float and abs(value) < float("inf"):
        return
    if isinstance(value, (list, tuple)):
        for index, part in enumerate(value):
            _check(part, f"{where}[{index}]")
        return
    if isinstance(value, Mapping) and all(type(key) is str for key in value):
        for key, part in value.items():
            _check(part, f"{where}.{key}")
        return
    raise InvalidInputError(
        "an identity is made of text, finite numbers, truth values, None, lists and mappings",
        received=f"{value!r} of type {type(value).__name__} at {where}",
        fix="Convert it: float(x), str(path), list(array).",
    )
