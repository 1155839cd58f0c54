"""Room that is kept beside a database of one file, for the words with which runs are ended."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from ib_mlflow.tracking.places import sqlite_file
from ib_mlflow.tracking.processes import exists

if TYPE_CHECKING:
    from pathlib import Path

RESERVE_BYTES = 256 * 1024
"""What SQLite's journal takes of a run that ends, many times over, in bytes."""


class Reserve:
    """A file of nothing, which is given back when the disk is full and runs must be ended.

    Without it a run whose disk is full stays RUNNING in a database that lies on the same disk.

    Arguments:
        uri: of the tracking store; only one that is a file on this machine needs a reserve.

    Example:
        >>> with Reserve("http://127.0.0.1:5000") as reserve:
        ...     reserve.release()
    """

    def __init__(self, uri: str) -> None:
        database = sqlite_file(uri) if uri.startswith("sqlite") else None
        self._file: Path | None = None
        if database is not None:
            stem = f".{database.name}.reserve-"
            _sweep(database.parent, stem)
            self._file = database.with_name(f"{stem}{os.getpid()}")

    def __enter__(self) -> Self:
        # Where there is no room for it the study itself will say so.
        with suppress(OSError):
            if self._file is not None:
                self._file.write_bytes(bytes(RESERVE_BYTES))
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Give the room back."""
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)


def _sweep(folder: Path, stem: str) -> None:
    """Remove what processes of this machine left that were killed."""
    # Not by a pattern: the database may be called anything.
    for file in folder.iterdir() if folder.is_dir() else ():
        name, number = file.name[: len(stem)], file.name[len(stem) :]
        if name == stem and number.isdecimal() and not exists(int(number)):
            with suppress(OSError):
                file.unlink(missing_ok=True)
