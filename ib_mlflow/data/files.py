"""The files of a dataset: as its authors distribute them, and as they lie in a folder."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ib_mlflow.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

GZIP_MAGIC = b"\x1f\x8b"
DIFFERS = "content differs from the official one"
"""What the source of a dataset says where a file is not the authors'."""


@dataclass(frozen=True)
class Distribution:
    """The files of a dataset as its authors distribute them.

    Arguments:
        name: of the dataset, and of its folder in the download cache.
        folders: names of the folder that the files usually lie in.
        content: MD5 of each file's content, by the file's name without ".gz".
        downloads: MD5 of each file to download (gzipped, or a tar archive of the files), by name.
        homes: addresses, each with its final slash, that serve the downloads; tried in turn.
    """

    name: str
    folders: tuple[str, ...]
    content: Mapping[str, str]
    downloads: Mapping[str, str]
    homes: tuple[str, ...]


@dataclass(frozen=True)
class File:
    """A file that was read.

    Arguments:
        path: where it lies.
        content: its bytes, unpacked if it was gzipped.
        official: whether the content is that of the official distribution, by MD5.
    """

    path: Path
    content: bytes
    official: bool


@dataclass(frozen=True)
class Folder:
    """A folder that holds files of a dataset.

    Arguments:
        distribution: of the dataset.
        path: where it is.
        downloaded: whether it was filled by a download, so that any other content is damage.
    """

    distribution: Distribution
    path: Path
    downloaded: bool = False

    def find(self, name: str) -> Path | None:
        """Find a file, plain or else gzipped.

        Arguments:
            name: of the file, without ".gz".

        Returns:
            Its path, or None.
        """
        candidates = (self.path / name, self.path / f"{name}.gz")
        return next((path for path in candidates if path.is_file()), None)

    def read(self, name: str) -> File:
        """Read a file, unpack it and compare it with the official one.

        Arguments:
            name: of the file, without ".gz".

        Returns:
            The file. Unless it was downloaded, its content may differ from the official one's.

        Raises:
            DataError: the file is missing, unreadable or damaged.
        """
        retry = f"Delete the folder {self.path} to download it again."
        path = self.find(name)
        if path is None:
            raise DataError(
                f"a folder must hold all files of a part of {self.distribution.name}",
                received=f"{self.path} without {name}, gz or not",
                fix=retry if self.downloaded else "Put the missing file beside the others.",
            )
        content = _content(path)
        official = md5(content) == self.distribution.content[name]
        if self.downloaded and not official:
            raise DataError(
                "a downloaded file must have the official content",
                received=f"{path} with MD5 {md5(content)}",
                fix=retry,
            )
        return File(path, content, official)


def md5(content: bytes) -> str:
    """Checksum by which the authors of the datasets identify their files.

    Arguments:
        content: of a file.

    Returns:
        Its MD5 in hexadecimal: a guard against mix-ups and damage, not against forgery.
    """
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def describe(files: Sequence[File]) -> str:
    """Say which files of one folder were read, and whether they are the official ones.

    Arguments:
        files: one or more, of one folder.

    Returns:
        Their names, the folder, and which of them differ from the official content.

    Example:
        >>> from pathlib import Path
        >>> describe([File(Path("mnist/a.gz"), b"", True), File(Path("mnist/b"), b"", False)])
        'a.gz, b in mnist; content differs from the official one: b'
    """
    names = ", ".join(file.path.name for file in files)
    changed = ", ".join(file.path.name for file in files if not file.official)
    verdict = f"{DIFFERS}: {changed}" if changed else "official content"
    return f"{names} in {files[0].path.parent}; {verdict}"


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        # By content and not by name, so that a renamed file is read as what it is.
        return gzip.decompress(content) if content.startswith(GZIP_MAGIC) else content
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            "a gzipped data file must be whole",
            received=f"{path}: {error}",
            fix="Copy or download it again.",
        ) from error
    except OSError as error:
        raise DataError(
            "a data file must be readable", received=error, fix="Check its permissions."
        ) from error
