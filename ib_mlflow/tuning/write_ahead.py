"""SQLite as a search uses it: one process writes, others read meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy

if TYPE_CHECKING:
    from optuna.storages import RDBStorage


def write_ahead(storage: RDBStorage) -> None:
    """Let SQLite write ahead: a commit waits for no disk, and a killed process loses none.

    Arguments:
        storage: on an SQLite file.

    Example:
        >>> write_ahead(RDBStorage("sqlite:///optuna.db"))  # doctest: +SKIP
    """

    def prepare(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    sqlalchemy.event.listen(storage.engine, "connect", prepare)
    # What was opened before the listener is closed; the next connection is prepared.
    storage.engine.dispose()
