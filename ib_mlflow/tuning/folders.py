"""The folder of a storage's file: it is there, or ours to make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.tracking.places import sqlite_file

if TYPE_CHECKING:
    from pathlib import Path


def check_folder(file: Path, tracking_uri: str) -> None:
    """Refuse a file in a folder that is not there: who misspells it would begin a new search.

    Arguments:
        file: of the storage.
        tracking_uri: where MLflow keeps its runs; the folder of its file is made with it.

    Raises:
        ConfigurationError: there is no such folder.
    """
    beside = sqlite_file(tracking_uri) if tracking_uri.startswith("sqlite:") else None
    if not file.parent.is_dir() and (beside is None or beside.parent != file.parent):
        raise ConfigurationError(
            "the folder of the storage's file must be there",
            received=f"{file.parent}, which is no folder",
            fix="Make it, or name another one.",
        )
