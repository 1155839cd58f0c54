"""The folder of a storage's file is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ib_mlflow.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path


def check_folder(file: Path) -> None:
    """Refuse a file in a folder that is not there: who misspells it would begin a new search.

    Arguments:
        file: of the storage.

    Raises:
        ConfigurationError: there is no such folder.
    """
    if not file.parent.is_dir():
        raise ConfigurationError(
            "the folder of the storage's file must be there",
            received=f"{file.parent}, which is no folder",
            fix="Make it, or name another one.",
        )
