"""Outages of the store: which errors say that it is away, and what is said of one that stays so."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import InterfaceError, OperationalError

from ib_mlflow.errors import TrackingError
from ib_mlflow.secrecy import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

# What is lost on the way when a connection ends is the same to the store when it is sent again.
REPEATABLE = (
    "download_artifacts",
    "finalize_logged_model",
    "get_experiment",
    "get_metric_history",
    "get_run",
    "list_artifacts",
    "log_artifact",
    "log_batch",
    "log_inputs",
    "log_model_artifacts",
    "search_logged_models",
    "search_runs",
    "set_logged_model_tags",
    "set_tag",
    "set_terminated",
    "update_run",
)
# A run is not made again: it may have been made, and nobody would write to it.
MADE = ("create_logged_model", "create_run", "delete_logged_model", "log_outputs")
RETRIES = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"
RAISED = (MlflowException, requests.RequestException, OperationalError, InterfaceError)
"""What a store that is away raises: MLflow lets a database's own error through where undoing a
call, whose connection has ended in the middle, fails in its turn."""
ANSWER_SECONDS = 30
"""How long a tracking server may take for an answer, in seconds."""
LAST_SECONDS = 2
"""The same for one that was given up, whose runs are being ended."""
_FULL = ("disk is full", "could not extend file")
# MLflow says the same of a full disk and of a missing table, which no waiting mends.
_AWAY = ("connect", "the database system is", "database is locked", "consuming input failed")
# Of a connection that was never made: then nothing was done.
_UNCONNECTED = (
    "connection failed",
    "connection refused",
    "failed to establish a new connection",
    "the database system is",
)
# It prints a traceback at each attempt, and raises the same.
_LOUD = logging.getLogger("mlflow.store.db.utils")
log = logging.getLogger("ib_mlflow.tracking.client")


@contextmanager
def quiet() -> Iterator[None]:
    """Make a call without the traceback that MLflow prints of a database that is away."""
    # A filter: setting a logger's level empties what all loggers of the process have cached.
    _LOUD.addFilter(_is_grave)
    try:
        yield
    finally:
        _LOUD.removeFilter(_is_grave)


@contextmanager
def brief_requests(seconds: int = ANSWER_SECONDS) -> Iterator[None]:
    """Ask a tracking server once, where MLflow would ask for minutes without a word.

    What the user has set stays.

    Arguments:
        seconds: how long it may take for its answer.

    Example:
        >>> with brief_requests():
        ...     os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"]
        '30'
    """
    brief = {RETRIES: "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": str(seconds)}
    own = {name: value for name, value in brief.items() if name not in os.environ}
    if RETRIES in os.environ:
        own.clear()
    os.environ.update(own)
    try:
        yield
    finally:
        for name in own:
            os.environ.pop(name, None)


def is_away(error: Exception) -> bool:
    """Whether an error says that the store is away or locked, and not that a call is wrong."""
    if isinstance(error, (requests.ConnectionError, requests.Timeout)):
        return True
    text = str(error).lower()
    if text.startswith("api request to ") and " failed with " in text:
        return True
    away = getattr(error, "error_code", "") == "TEMPORARILY_UNAVAILABLE"
    return (away or isinstance(error, (OperationalError, InterfaceError))) and any(
        word in text for word in _AWAY
    )


def was_not_reached(error: Exception) -> bool:
    """Whether the store is away and was surely not asked to do anything."""
    return is_away(error) and any(words in str(error).lower() for words in _UNCONNECTED)


def disk_is_full(error: Exception) -> TrackingError | None:
    """Make one line of the error of a database whose disk is full; None for another error."""
    if isinstance(error, requests.RequestException):
        return None
    if not any(words in str(error).lower() for words in _FULL):
        return None
    return TrackingError(
        "the disk of the tracking store must have room",
        received="none is left on it",
        fix="Make room on the disk and run the same command again: it goes on from "
        "the last checkpoint, if one is there.",
    )


def given_up(uri: str, seconds: float, error: Exception) -> TrackingError:
    """Make one line of an outage that did not end, and forget the address's password.

    Arguments:
        uri: of the store.
        seconds: how long it was waited for.
        error: the last that was raised.
    """
    clean(error)
    locked = "database is locked" in str(error).lower()
    reason = "another program holds its lock" if locked else "it does not answer"
    cure = "End that program" if locked else "Start the store again"
    return TrackingError(
        "the tracking store must answer",
        received=f"{uri}: {reason}, and was waited for {seconds:.0f} s",
        fix=f"{cure}, and run the same command again: it goes on from the last checkpoint, if one "
        "is there.",
    )


def _is_grave(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.CRITICAL
