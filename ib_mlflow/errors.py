"""One family of exceptions; each states the invariant, what was received, and the fix."""

from ib_mlflow.secrecy import without_secrets


class IBError(Exception):
    """Base of every error that this package raises on purpose; it shows no passwords.

    Arguments:
        invariant: what must hold, as a sentence without its full stop.
        received: what was found instead; shown as it is, but for passwords.
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
        super().__init__(without_secrets(f"{invariant}; received {received}. {fix}"))

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the keyword arguments when the error crosses a process boundary."""
        return (_rebuild, (type(self), self.invariant, self.received, self.fix))


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
