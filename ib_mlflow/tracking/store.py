"""The tracking store: made once, however many processes meet it first."""

from __future__ import annotations

import hashlib
import os
import shlex
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow
import sqlalchemy
from filelock import FileLock, Timeout
from mlflow import MlflowClient

from ib_mlflow.errors import TrackingError
from ib_mlflow.secrecy import clean, clean_logs, without_secrets
from ib_mlflow.tracking.outages import brief_requests, quiet
from ib_mlflow.tracking.places import sqlite_file
from ib_mlflow.tracking.server_log import silence_remarks

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVERS = ("postgresql", "mysql", "mssql")
LOCK_SECONDS = 120.0
"""How long a process waits for the others that meet the store, in seconds."""


def ensure_store() -> str:
    """Make the tables of the tracking store, unless they are there.

    MLflow makes them without a lock: of several processes that meet an empty database at once,
    none gets through. Here one makes them and the others wait. A tracking server keeps its own
    store and is only asked whether it answers.

    Returns:
        The tracking URI.

    Raises:
        TrackingError: the store does not answer, another process holds it for too long, its URI
            is not encoded as one, or its file would lie in a folder that is not there.

    Example:
        >>> ensure_store()  # doctest: +SKIP
        'sqlite:///mlflow.db'
    """
    uri = mlflow.get_tracking_uri()
    with (
        clean_logs(),
        store_lock(uri),
        _no_neighbour(uri),
        silence_remarks(),
        quiet(),
        brief_requests(),
    ):
        try:
            _ask_database(uri)
            MlflowClient(uri).search_experiments(max_results=1)
        except Exception as error:
            raise _unreachable(uri, error) from error
    return uri


def _ask_database(uri: str) -> None:
    """Connect once to a database that is no file: MLflow's own way tries for minutes."""
    if uri.partition("://")[0].partition("+")[0] in _SERVERS:
        engine = sqlalchemy.create_engine(uri, poolclass=sqlalchemy.NullPool)
        engine.connect().close()
        engine.dispose()


@contextmanager
def store_lock(uri: str) -> Iterator[None]:
    """Let one process at a time of this machine make or take something in a store.

    Arguments:
        uri: the tracking URI. A server's lock is this machine's and this user's: between
            machines leases are checked again at every heartbeat.

    Raises:
        TrackingError: the lock is not free within `LOCK_SECONDS`, or cannot be written where it
            lies, or in a folder that is not there.

    Example:
        >>> with store_lock("http://127.0.0.1:5000"):
        ...     pass
    """
    path = _lock_path(uri)
    if path is None:
        yield
        return
    lock = FileLock(path)
    try:
        if not path.parent.is_dir():
            raise _no_folder(uri, path.parent)
        if not path.exists():  # filelock may wait for a folder that takes no file
            tempfile.TemporaryFile(dir=path.parent).close()
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout as error:
        raise TrackingError(
            f"the store must be free within {LOCK_SECONDS:g} s",
            received=f"{path} held by another process",
            fix="Wait for it, or end it, and start again.",
        ) from error
    except OSError as error:
        raise _unwritable(uri, path, error) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _no_neighbour(uri: str) -> Iterator[None]:
    """Remove the empty folder that MLflow makes beside an SQLite file's, by the encoded name."""
    file = sqlite_file(uri) if uri.startswith("sqlite") else None
    if file is None:
        yield
        return
    written = Path(uri.partition("://")[2].partition("?")[0].removeprefix("/")).absolute()
    missing = [folder for folder in written.parents if not folder.exists()]
    try:
        yield
    finally:
        for folder in missing:
            if folder not in file.parents:
                with suppress(OSError):
                    folder.rmdir()


def _unreachable(uri: str, error: Exception) -> TrackingError:
    # It is shown below ours in a traceback.
    clean(error)
    # Drivers go on with advice of their own.
    reason = str(error).strip().partition("\n")[0]
    return TrackingError(
        "the tracking store must answer",
        received=f"{uri}: {reason}",
        fix="Set MLFLOW_TRACKING_URI to a database or a server that can be reached.",
    )


def _no_folder(uri: str, folder: Path) -> TrackingError:
    """Who misspells a folder would look for the runs in another: none is made."""
    place = "MLFLOW_TRACKING_URI" if uri.startswith("sqlite") else "TMPDIR"
    return TrackingError(
        "the folder of a store's file must be there",
        received=f"{folder}, which is no folder",
        fix=f"Make it, `mkdir -p {shlex.quote(str(folder))}`, or correct {place}.",
    )


def _unwritable(uri: str, lock: Path, error: OSError) -> TrackingError:
    place = "MLFLOW_TRACKING_URI to a file" if uri.startswith("sqlite") else "TMPDIR to a folder"
    return TrackingError(
        "a store is locked in a folder that this user can write in",
        received=f"{lock.parent}: {error.strerror} ({lock.name})",
        fix=f"Make it one, or set {place} elsewhere.",
    )


def _lock_path(uri: str) -> Path | None:
    kind = uri.partition("://")[0].partition("+")[0]
    if kind == "sqlite":
        database = sqlite_file(uri)
        return None if database is None else database.with_name(f"{database.name}.lock")
    if kind in (*_SERVERS, "http", "https"):
        # A short digest of a password could be guessed from.
        digest = hashlib.sha256(without_secrets(uri).rstrip("/").encode()).hexdigest()[:16]
        # Another user could not open a file of this one's.
        user = os.getuid() if hasattr(os, "getuid") else 0
        return Path(tempfile.gettempdir()) / f"ib_mlflow-{user}-{digest}.lock"
    return None
