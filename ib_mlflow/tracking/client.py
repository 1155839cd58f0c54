"""A client of the store that outlasts a short outage, such as a database that is started again."""

from __future__ import annotations

import functools
import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from ib_mlflow.errors import TrackingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OUTAGE_SECONDS = 60.0
"""How long an outage of the store is waited for, in seconds."""
LONGEST_PAUSE = 5.0
"""Between two attempts, in seconds."""
# What is lost on the way when a connection ends is the same to the store when it is sent again.
# A run is not made again: it may have been made, and nobody would write to it.
REPEATABLE = (
    "download_artifacts",
    "finalize_logged_model",
    "get_experiment",
    "get_metric_history",
    "get_run",
    "list_artifacts",
    "log_batch",
    "log_inputs",
    "search_logged_models",
    "search_runs",
    "set_logged_model_tags",
    "set_tag",
    "set_terminated",
    "update_run",
)
_FULL = ("disk is full", "could not extend file")
# MLflow says the same of a full disk and of a missing table, which no waiting mends.
_AWAY = ("connect", "the database system is", "database is locked", "consuming input failed")
# Of a connection that was never made: then nothing was done.
_UNCONNECTED = ("connection failed", "connection refused", "the database system is")
# It prints a traceback at each attempt, and raises the same.
_LOUD = logging.getLogger("mlflow.store.db.utils")
_log = logging.getLogger(__name__)


class PatientClient(MlflowClient):
    """MLflow's client, whose calls are made again while the database behind it is away.

    A database that is restarted is away for seconds; what a study has computed must not depend on
    that. An outage has an end: after a minute the error is raised, and from then on no call waits
    until one has succeeded. Tracking servers are waited for by MLflow's own client of them.

    Arguments:
        tracking_uri: of the store; the active one by default.

    Example:
        >>> PatientClient("sqlite:///mlflow.db").tracking_uri
        'sqlite:///mlflow.db'
    """

    def __init__(self, tracking_uri: str | None = None) -> None:
        super().__init__(tracking_uri)
        self._given_up = False

    def create_run(self, *arguments: Any, **options: Any) -> Any:
        """Make a run as MLflow does; again only if the store was surely not reached."""
        return self._patiently(super().create_run, arguments, options, _was_not_reached)

    def _patiently(
        self,
        call: Callable[..., Any],
        arguments: tuple[Any, ...],
        options: dict[str, Any],
        passes: Callable[[MlflowException], bool],
    ) -> Any:
        began, pause = time.monotonic(), 0.1
        while True:
            try:
                with _quiet():
                    result = call(*arguments, **options)
            except MlflowException as error:
                if any(words in str(error).lower() for words in _FULL):
                    raise TrackingError(
                        "the disk of the tracking store must have room",
                        received="none is left on it",
                        fix="Make room on the disk and run the same command again: it goes on from "
                        "the last checkpoint, if one is there.",
                    ) from error
                waited = time.monotonic() - began
                if self._given_up or not passes(error):
                    raise
                if waited >= OUTAGE_SECONDS:
                    self._given_up = True
                    _log.error("the tracking store was away for %.0f s: given up", waited)
                    raise
                if pause == 0.1:
                    _log.warning(
                        "the tracking store is away: waiting for it, %.0f s at most", OUTAGE_SECONDS
                    )
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            if pause > 0.1:
                _log.warning("the tracking store is back")
            self._given_up = False
            return result


@contextmanager
def _quiet() -> Iterator[None]:
    # A filter: setting a logger's level empties what all loggers of the process have cached.
    _LOUD.addFilter(_is_grave)
    try:
        yield
    finally:
        _LOUD.removeFilter(_is_grave)


def _is_grave(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.CRITICAL


def _passes(error: MlflowException) -> bool:
    """Whether an error says that the database is away or locked, and not that a call is wrong."""
    text = str(error).lower()
    return error.error_code == "TEMPORARILY_UNAVAILABLE" and any(word in text for word in _AWAY)


def _was_not_reached(error: MlflowException) -> bool:
    text = str(error).lower()
    return _passes(error) and any(words in text for words in _UNCONNECTED)


def _patient(name: str) -> Callable[..., Any]:
    @functools.wraps(getattr(MlflowClient, name))
    def call(self: PatientClient, *arguments: Any, **options: Any) -> Any:
        bare = getattr(super(PatientClient, self), name)
        return self._patiently(bare, arguments, options, _passes)

    return call


for _name in REPEATABLE:
    setattr(PatientClient, _name, _patient(_name))
