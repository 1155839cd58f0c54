"""Passwords and tokens, kept out of what is printed, logged and raised."""

from __future__ import annotations

import base64
import json
import logging
import os
import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator

MASK = "***"
WORD_LENGTH = 8
"""A shorter secret is only looked for as a whole word, in characters."""
_ADDRESSES = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
_VALUES = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "PGPASSWORD")
_USERINFO = re.compile(r"([A-Za-z][\w+.-]*://)([^\s/?#'\"<>:@]*)(:[^\s/?#'\"<>]*)?@")
_PARAMETER = re.compile(
    r"((?<![A-Za-z0-9])[\w-]*(?:password|passwd|passphrase|pwd|token|secret)[\w-]*(?:=|%3D))"
    r"(?:(?!%3B|%26)[^\s&;'\"#])+",
    re.IGNORECASE,
)
_PORT = re.compile(r"\d*[/?#]")


def without_secrets(text: str) -> str:
    """Take passwords and tokens out of a tracking URI, or out of a text that may hold one.

    Of an address the password goes, of a web address the user too (a token may stand there), of a
    query the values of passwords. What the environment's tracking URI, password and token hold
    is replaced wherever it stands, for libraries repeat it in messages of their own.

    Arguments:
        text: a URI, or any text.

    Returns:
        The text without them.

    Example:
        >>> without_secrets("postgresql://bob:Hidden12@db/studies")
        'postgresql://bob@db/studies'
        >>> without_secrets("no answer from http://bob:Hidden12@host:5000/?token=abc")
        'no answer from http://host:5000/?token=***'
    """
    for secret in sorted(_known(text), key=len, reverse=True):
        pattern = _whole(secret) if len(secret) < WORD_LENGTH else re.escape(secret)
        text = re.sub(pattern, MASK, text)
    return _stripped(text)


def clean(error: BaseException) -> None:
    """Take secrets out of an exception and of those that it came from, in place.

    A traceback prints the whole chain, and web libraries state the address that they asked.

    Arguments:
        error: the exception.

    Example:
        >>> error = OSError("http://bob:Hidden12@host is silent")
        >>> clean(error)
        >>> print(error)
        http://host is silent
    """
    waiting, visited = [error], set()
    while waiting:
        part = waiting.pop()
        if id(part) in visited:
            continue
        visited.add(id(part))
        waiting += [b for b in (part.__cause__, part.__context__) if b is not None]
        part.args = _cleaned(part.args, waiting)
        # What the built-in kinds keep beside their arguments is in no dictionary.
        names = [*getattr(part, "__dict__", {}), "strerror", "filename", "filename2", "code"]
        for name in names:
            with suppress(AttributeError, TypeError):
                value = getattr(part, name)
                # Only what changes is written: some attributes cannot be.
                if (better := _cleaned(value, waiting)) is not value:
                    setattr(part, name, better)


@contextmanager
def clean_logs() -> Iterator[None]:
    """Take secrets out of every line that is logged in the block, by whichever library.

    Example:
        >>> with clean_logs():
        ...     logging.getLogger("any").debug("http://bob:Hidden12@host")
    """
    before = logging.getLogRecordFactory()

    def make(*arguments: Any, **options: Any) -> logging.LogRecord:
        record = before(*arguments, **options)
        # A line whose arguments do not fit is reported by the handler that fails to write it.
        with suppress(TypeError, ValueError, KeyError):
            message = record.getMessage()
            if (better := without_secrets(message)) != message:
                record.msg, record.args = better, ()
        if record.exc_info and record.exc_info[1] is not None:
            clean(record.exc_info[1])
        return record

    logging.setLogRecordFactory(make)
    try:
        yield
    finally:
        logging.setLogRecordFactory(before)


def _cleaned(value: Any, waiting: list[BaseException]) -> Any:
    """Clean a value if it holds a secret, else give it back; note the exceptions in it."""
    if isinstance(value, BaseException):
        waiting.append(value)
    elif isinstance(value, str):
        better = without_secrets(value)
        return value if better == value else better
    elif isinstance(value, bytes):
        text = value.decode("latin-1")
        better = without_secrets(text)
        return value if better == text else better.encode("latin-1")
    elif type(value) in (list, tuple):
        parts = [_cleaned(part, waiting) for part in value]
        if any(a is not b for a, b in zip(parts, value, strict=True)):
            return type(value)(parts)
    elif type(value) is dict:
        pairs = {key: _cleaned(part, waiting) for key, part in value.items()}
        if any(pairs[key] is not part for key, part in value.items()):
            return pairs
    return value


def _stripped(text: str) -> str:
    def address(match: re.Match[str]) -> str:
        web = match[1].lower() in ("http://", "https://")
        return match[1] if web or not match[2] else f"{match[1]}{match[2]}@"

    return _PARAMETER.sub(rf"\g<1>{MASK}", _USERINFO.sub(address, text))


def _known(text: str) -> set[str]:
    """Collect the secrets of the environment and of a URI, in the spellings that texts have."""
    secrets = {os.environ.get(name, "") for name in _VALUES}
    users = {os.environ.get("MLFLOW_TRACKING_USERNAME", "")}
    public = ""
    for uri in (*(os.environ.get(name, "") for name in _ADDRESSES), text):
        if "://" not in uri or any(character.isspace() for character in uri):
            continue
        user, password, rest = _parts(uri)
        users.add(user)
        secrets.add(password)
        # A password with unencoded signs is cut at them by those who read the address.
        secrets |= {part for part in re.split(r"[@/?#:]", password) if len(part) > 2}
        parameters = _PARAMETER.finditer(uri.partition("?")[2])
        secrets |= {match[0][len(match[1]) :] for match in parameters}
        public += f" {user} {_stripped(rest)}"
    # What stands in the address beside the password is no secret: mlflow:mlflow@db/mlflow.
    secrets = {word for word in secrets if word and not re.search(_whole(word), public)}
    plain = secrets | {unquote(word) for word in secrets} | {unquote_plus(word) for word in secrets}
    pairs = {f"{unquote(user)}:{word}".encode() for user in users for word in plain}
    spelt = {quote(word, safe="") for word in plain} | {quote_plus(word) for word in plain}
    spelt |= {how(word)[1:-1] for word in plain for how in (repr, json.dumps)}
    return plain | spelt | {base64.b64encode(pair).decode() for pair in pairs}


def _whole(word: str) -> str:
    return rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])"


def _parts(uri: str) -> tuple[str, str, str]:
    """Cut a URI into user, password and the rest; the password may hold any sign."""
    rest = uri.partition("://")[2]
    head, at, tail = rest.rpartition("@")
    user, _, password = head.partition(":")
    # http://host:5000/a@b has a port there, and user@host none.
    if not at or _PORT.match(password) or "/" in user:
        return "", "", rest
    return user, password, tail
