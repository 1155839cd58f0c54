"""The artifact folder of one run: written whole or not at all, wherever it is."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import requests
from mlflow.exceptions import MlflowException

from ib_mlflow.errors import InvalidInputError, TrackingError
from ib_mlflow.tracking.places import artifact_folder, check_artifact_name
from ib_mlflow.tracking.processes import exists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlflow import MlflowClient

_PARTIAL = ".partial-"
_NO_FOLDER = (errno.ENOTDIR, errno.EEXIST, errno.EISDIR)
_NO_RIGHT = (errno.EACCES, errno.EPERM, errno.EROFS)


class Artifacts:
    """Put, get and list the artifacts of a run.

    A store on this machine's disk is written directly, a file at a time through a rename: MLflow
    copies into place, so that a reader, or a process killed in the middle, would leave half a
    file. Every other store is reached through MLflow.

    Arguments:
        client: the store's client.
        run_id: the run.
        uri: the run's artifact URI, as MLflow states it.

    Raises:
        TrackingError: MLflow takes the URI for another folder than the one that it names.
    """

    def __init__(self, client: MlflowClient, run_id: str, uri: str) -> None:
        self._client = client
        self._run_id = run_id
        self._root = artifact_folder(uri)

    def put(self, name: str, write: Callable[[Path], object]) -> None:
        """Write an artifact.

        Arguments:
            name: its path in the folder, with forward slashes.
            write: writes the file it is given, whose suffix is the name's.

        Raises:
            InvalidInputError: the name, or a link, leads out of the run's folder.
            TrackingError: there is no room, or no right, to write it; what was there stays.
        """
        check_artifact_name(name)
        try:
            if self._root is None:
                self._upload(name, write)
            else:
                # The file itself is replaced, also where it is a link.
                self._stay_inside(self._root, PurePosixPath(name).parent)
                self._replace(self._root, name, write)
        except OSError as error:
            raise unwritten(name, self._run_id, error) from error

    def sweep(self) -> None:
        """Remove the half files that processes of this machine left which were killed.

        Only the holder of the run may call it: nobody else writes there.
        """
        if self._root is None or not self._root.parent.is_dir():
            return
        for file in self._root.parent.glob(f"{_PARTIAL}*"):
            number = file.name.removeprefix(_PARTIAL).partition("-")[0]
            if number.isdecimal() and not exists(int(number)):
                with suppress(OSError):
                    file.unlink(missing_ok=True)

    def _upload(self, name: str, write: Callable[[Path], object]) -> None:
        last = PurePosixPath(name).name
        folder = None if name == last else str(PurePosixPath(name).parent)
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary, last)
            write(path)
            self._client.log_artifact(self._run_id, str(path), folder)

    def _replace(self, root: Path, name: str, write: Callable[[Path], object]) -> None:
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside the artifacts and not among them: what a kill leaves behind is nobody's artifact.
        partial = root.with_name(f"{_PARTIAL}{os.getpid()}-{target.name}")
        try:
            write(partial)
            # Without this the name may reach the disk before the content, which a power cut then
            # leaves full of zeros.
            _to_disk(partial)
            partial.replace(target)
            # Some file systems cannot; the file is whole in either case.
            with suppress(OSError):
                _to_disk(target.parent)
        finally:
            partial.unlink(missing_ok=True)

    @contextmanager
    def get(self, name: str) -> Iterator[Path]:
        """Give a file to read for the duration of a block.

        Raises:
            InvalidInputError: the name, or a link, leads out of the run's folder.
            FileNotFoundError: there is no such artifact.
        """
        check_artifact_name(name)
        if self._root is not None:
            self._stay_inside(self._root, PurePosixPath(name))
            if not (self._root / name).is_file():
                raise FileNotFoundError(f"run {self._run_id} has no artifact {name}")
            yield self._root / name
            return
        with tempfile.TemporaryDirectory() as temporary:
            try:
                path = Path(self._client.download_artifacts(self._run_id, name, temporary))
            except (MlflowException, OSError) as error:
                raise FileNotFoundError(f"run {self._run_id} has no artifact {name}") from error
            yield path

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, without the folder's; none if it is absent.

        Arguments:
            folder: its path; empty for the run's own folder.

        Raises:
            InvalidInputError: the name, or a link, leads out of the run's folder.
        """
        if folder:
            check_artifact_name(folder)
        if self._root is not None:
            self._stay_inside(self._root, PurePosixPath(folder))
            path = self._root / folder
            return sorted(file.name for file in path.iterdir()) if path.is_dir() else []
        files = self._client.list_artifacts(self._run_id, folder)
        return sorted(PurePosixPath(file.path).name for file in files)

    def _stay_inside(self, root: Path, name: PurePosixPath) -> None:
        # realpath, for Path.resolve raises in a loop of links.
        target = os.path.realpath(root / name)
        if not Path(target).is_relative_to(os.path.realpath(root)):
            raise InvalidInputError(
                "an artifact lies in the folder of its run",
                received=f"{name} of run {self._run_id}, which is linked to {target}",
                fix="Put the files themselves where the link is, or link the whole folder of the "
                "artifacts.",
            )


def unwritten(name: str, run_id: str, error: OSError) -> TrackingError:
    """Make one line of a write that the system refused: what, why, and what to do about that.

    Arguments:
        name: what was written.
        run_id: the run.
        error: why it was not.

    Example:
        >>> print(unwritten("report.md", "4f1a", OSError(errno.ENOSPC, "No space left on device")))
        an artifact must be written whole; received report.md of run 4f1a: ... Make room on the ...
    """
    return TrackingError(
        "an artifact must be written whole",
        received=f"{name} of run {run_id}: {error}",
        fix=f"{_cure(error)} and run the same command again: it goes on from the last "
        "checkpoint, if one is there.",
    )


def _cure(error: OSError) -> str:
    """Say what to do about a write that failed: each cause has its own."""
    if isinstance(error, requests.RequestException):
        return "See that the server of the artifacts answers and takes them,"
    if error.errno in _NO_FOLDER:
        return "Move the file away that stands where the folder must be,"
    if error.errno in _NO_RIGHT:
        return "Give this user the right to write there, or choose another artifact location,"
    if error.errno == errno.ENAMETOOLONG:
        return "Choose an artifact location with a shorter path,"
    # torch states no number, of a full disk as of others.
    if error.errno in (None, errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "Make room on the disk"
    return "See that this folder can be written to,"


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
