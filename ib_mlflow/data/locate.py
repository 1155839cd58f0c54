"""Where the files of a dataset lie."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ib_mlflow.data.fetch import fetch
from ib_mlflow.data.files import Folder
from ib_mlflow.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ib_mlflow.data.files import Distribution

SYSTEM_FOLDER = Path("/usr/share/datasets")  # where Debian's packages put datasets


def locate(distribution: Distribution, names: Sequence[str], root: Path | None) -> Folder:
    """Find the folder that holds at least one of the named files.

    With a root only that is searched: its folders named after the dataset, then the root itself.
    Without one the same is done for the folder that the environment variable IB_DATA names and
    for Debian's dataset folder; then the dataset is downloaded, unless it was before.

    Arguments:
        distribution: of the dataset.
        names: of the files, without ".gz".
        root: the only place to search, or None.

    Returns:
        The folder.

    Raises:
        DataError: a folder cannot be searched, the root holds none of the files, or they cannot be
            downloaded.
    """
    for place in [root] if root is not None else usual_places():
        for path in (*(place / name for name in distribution.folders), place):
            folder = Folder(distribution, path)
            with searching(path):
                if any(folder.find(name) for name in names):
                    return folder
    if root is None:
        return fetch(distribution)
    raise DataError(
        f"root must hold files of {distribution.name}, itself or in its folder "
        + " or ".join(distribution.folders),
        received=f"{root} with none of {', '.join(names)}, gz or not",
        fix="Name the folder they are in, or leave root (data_root of a study) out to look in the "
        "usual places.",
    )


@contextmanager
def searching(path: Path) -> Iterator[None]:
    """Say in one line of a folder that it cannot be searched.

    Raises:
        DataError: its name is too long, or it may not be entered.
    """
    try:
        yield
    except OSError as error:
        raise DataError(
            "a folder of data files must be one that can be searched",
            received=f"{path}: {error.strerror}",
            fix="Name another folder.",
        ) from error


def usual_places() -> Iterator[Path]:
    """Where files are searched without a root: the folder of IB_DATA, then Debian's.

    Raises:
        DataError: IB_DATA names no folder.
    """
    if named := os.environ.get("IB_DATA"):
        place = Path(named).expanduser()
        # Path.is_dir raises of a name that is too long.
        if not os.path.isdir(place):
            raise DataError(
                "the environment variable IB_DATA must name a folder",
                received=named,
                fix="Correct it or unset it.",
            )
        yield place
    yield SYSTEM_FOLDER
