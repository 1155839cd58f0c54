"""One family of exceptions; each states the invariant, what was received, and the fix."""

import re

from ib_mlflow.secrecy import without_secrets

_STOP = re.compile(r"(?<=[\w)'\"])\.$")
SHOWN = 300
"""Of what was received at most so many characters are printed, half of them from its end."""


class IBError(Exception):
    """Base of every error that this package raises on purpose; it shows no passwords.

    Arguments:
        invariant: what must hold, as a sentence without its full stop.
        received: what was found instead; printed without passwords, a long one without its middle.
        fix: what to do about it, as a sentence.

    Example:
        >>> raise InvalidInputError("bin_size must be positive", received=-1, fix="Try 0.07.")
        Traceback (most recent call last):
        ib_mlflow.errors.InvalidInputError: bin_size must be positive; received -1. Try 0.07.
    """

    def __init__(self, invariant: str, *, received: object, fix: str) -> None:
        text = str(received)
        received = received if without_secrets(text) == text else without_secrets(text)
        self.invariant, self.received, self.fix = invariant, received, fix
        # What was received may be a sentence of another library's, with a full stop of its own.
        shown = _STOP.sub("", shortened(without_secrets(text)))
        super().__init__(without_secrets(f"{invariant}; received {shown}. {fix}"))

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the keyword arguments when the error crosses a process boundary."""
        return (_rebuild, (type(self), self.invariant, self.received, self.fix))


def shortened(text: str, length: int = SHOWN) -> str:
    """Cut the middle out of a text that is longer than a person reads.

    Arguments:
        text: any.
        length: how many of its characters to keep.

    Returns:
        The text, or its two ends and how long it was.

    Example:
        >>> shortened("abcdefgh", 4)
        'ab… (8 characters) …gh'
    """
    if len(text) <= length:
        return text
    half = length // 2
    return f"{text[:half]}… ({len(text)} characters) …{text[-half:]}"


class InvalidInputError(IBError, ValueError):
    """An argument of a library function is outside what the function accepts."""


class ConfigurationError(IBError, ValueError):
    """A parameter of a study is unknown, of the wrong type, or out of range."""


class DataError(IBError):
    """A data file is missing, truncated, of the wrong format, or fails its checksum."""


class CheckpointError(IBError):
    """A checkpoint cannot be read, or belongs to another network or study."""


class TrackingError(IBError):
    """The tracking store refuses, or a run is already being computed elsewhere."""


class StorageError(IBError):
    """The storage of an Optuna study refuses, does not answer, or holds another search."""


class ExecutionError(IBError):
    """A process that computed for another one was lost."""


def _rebuild(kind: type[IBError], invariant: str, received: object, fix: str) -> IBError:
    return kind(invariant, received=received, fix=fix)
