"""A storage that does not answer for a while: what was asked of it is asked again."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import sqlalchemy.exc
from optuna.exceptions import StorageInternalError

from ib_mlflow.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")
OUTAGE = (StorageInternalError, sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError)
"""What Optuna raises while a database is away or locked."""
FULL = ("disk is full", "could not extend file")
"""What SQLite and PostgreSQL say of a full disk, which no waiting mends."""
PATIENCE_SECONDS = 180.0
"""How long a storage may be away before a search gives up, in seconds."""
PAUSE_SECONDS = 1.0
_log = logging.getLogger(__name__)


def patiently(function: Callable[P, R], *arguments: P.args, **options: P.kwargs) -> R:
    """Call a function of a storage, again and again while the storage is away.

    Arguments:
        function: what it does may be done twice, for its answer may be what was lost.
        arguments: of the function.
        options: of the function.

    Returns:
        What the function returns.

    Raises:
        StorageError: the storage was away for too long, or its disk is full.

    Example:
        >>> patiently(abs, -3)
        3
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    waiting = False
    while True:
        try:
            result = function(*arguments, **options)
        except OUTAGE as error:
            if any(words in f"{error} {error.__cause__}".lower() for words in FULL):
                raise StorageError(
                    "the disk of the Optuna study's storage must have room",
                    received="none is left on it",
                    fix="Make room on the disk, then type the command again: it goes on.",
                ) from None
            if time.monotonic() > deadline:
                # The original may repeat the address with its password.
                raise StorageError(
                    f"the storage must answer within {PATIENCE_SECONDS:g} s",
                    received=type(error).__name__,
                    fix="Start the database, then type the command again: it goes on.",
                ) from None
            if not waiting:
                _log.warning("the storage of the Optuna study does not answer; trying again")
                waiting = True
            time.sleep(PAUSE_SECONDS)
        else:
            if waiting:
                _log.warning("the storage of the Optuna study answers again")
            return result
