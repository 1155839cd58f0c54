"""Download of an official distribution into the cache: whole and verified, or not at all."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ib_mlflow.data.files import Folder
from ib_mlflow.errors import DataError

if TYPE_CHECKING:
    from ib_mlflow.data.files import Distribution


def fetch(distribution: Distribution) -> Folder:
    """Download a dataset, unless it was before.

    The files are gathered aside and verified, then their folder enters the cache in one step.
    Where processes do so at the same time, the folder of the first stays.

    Arguments:
        distribution: of the dataset.

    Returns:
        The folder of the dataset in the cache.

    Raises:
        DataError: no address serves a file with its checksum, or the cache cannot be written.
    """
    import pooch  # takes 0.1 s to import, which the built-in datasets should not cost

    cache = Path(pooch.os_cache("ib_mlflow"))
    folder = Folder(distribution, cache / distribution.name, downloaded=True)
    if folder.path.is_dir():
        return folder
    if not distribution.downloads:
        raise DataError(
            f"{distribution.name} must be found on this machine; no address serves it",
            received="none of its files",
            fix=_by_hand(distribution),
        )
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".incomplete-") as temporary:
            staged = Folder(distribution, Path(temporary) / distribution.name, downloaded=True)
            for name in distribution.downloads:
                _unpack(download(distribution, name, Path(temporary)), staged)
            for name in distribution.content:
                staged.read(name)
            _move(staged.path, folder.path)
    except OSError as error:
        raise DataError(
            "the download cache must be a writable folder with enough space",
            received=error,
            fix=f"Make room in {cache}, or get the files otherwise. {_by_hand(distribution)}",
        ) from error
    return folder


def download(distribution: Distribution, name: str, to: Path) -> Path:
    """Download one file and check it.

    Arguments:
        distribution: of the dataset.
        name: of the file, in the distribution's downloads.
        to: the folder that it comes into, whole and with its checksum or not at all.

    Returns:
        Where it lies.

    Raises:
        DataError: no address serves it with its checksum.
    """
    import pooch

    failures = {}
    for home in distribution.homes:
        try:
            md5 = f"md5:{distribution.downloads[name]}"
            return Path(pooch.retrieve(home + name, known_hash=md5, fname=name, path=to))
        except (OSError, ValueError) as error:  # no answer or a refusal; another checksum
            failures[urlsplit(home).netloc] = _reason(error)
    raise DataError(
        f"{distribution.name} must be found on this machine or be downloaded",
        received=f"no {name} from "
        + ", ".join(f"{host} ({reason})" for host, reason in failures.items()),
        fix=_by_hand(distribution),
    )


def _reason(error: OSError | ValueError) -> str:
    """Why a download failed, in a word or two; the libraries' own words have whole addresses."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"status {response.status_code}"
    if not isinstance(error, OSError):
        return "another checksum"
    return error.strerror or type(error).__name__


def _unpack(download: Path, staged: Folder) -> None:
    staged.path.mkdir(exist_ok=True)
    if ".tar" not in download.suffixes:
        download.rename(staged.path / download.name)
        return
    with tarfile.open(download) as archive:
        for member in archive:
            name = PurePosixPath(member.name).name
            source = archive.extractfile(member)
            if source is not None and name in staged.distribution.content:
                with (staged.path / name).open("wb") as target:
                    shutil.copyfileobj(source, target)


def _move(staged: Path, folder: Path) -> None:
    try:
        staged.rename(folder)
    except OSError:
        if not folder.is_dir():  # otherwise another process was first, with the same content
            raise


def _by_hand(distribution: Distribution) -> str:
    return (
        f"Put {', '.join(distribution.content)} (gz or not) into a folder, and pass it as root "
        "(data_root of a study) or name it in the environment variable IB_DATA."
    )
