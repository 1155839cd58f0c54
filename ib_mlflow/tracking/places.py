"""Where a store's files lie: a plain path is a path, a URI is decoded as MLflow decodes it."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from mlflow.utils.file_utils import local_file_uri_to_path
from mlflow.utils.uri import validate_path_is_safe

from ib_mlflow.errors import InvalidInputError, TrackingError

if TYPE_CHECKING:
    from collections.abc import Callable

PART_BYTES = 200
"""The longest part of an artifact's name; disks end at 255, and a file half written has more."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# mlflow states no types for these two.
_to_path: Callable[[str], str] = local_file_uri_to_path
_readable: Callable[[str], str] = validate_path_is_safe
_YES = ("true", "yes", "on", "y", "t", "1")


def artifact_folder(uri: str) -> Path | None:
    """Return the folder that an artifact URI names on this machine.

    Arguments:
        uri: as MLflow states it: a plain path, a file: URI, or another.

    Returns:
        The folder that MLflow itself writes to; None if it is not on this machine's disk.

    Raises:
        TrackingError: MLflow would write to a neighbour of the folder that the URI seems to name.

    Example:
        >>> str(artifact_folder("/runs/what? #1"))
        '/runs/what? #1'
        >>> str(artifact_folder("file:///runs/what%3F%20%231"))
        '/runs/what? #1'
    """
    scheme = _SCHEME.match(uri)
    if scheme is not None and scheme[0].lower() != "file:":
        return None
    folder = Path(_to_path(uri))
    if scheme is None:
        # MLflow decodes plain paths too.
        if folder != Path(uri) and not _exists_only(folder, Path(uri)):
            raise TrackingError(
                "the plain path of an artifact folder must have no % before two hexadecimal digits",
                received=f"{uri}, which MLflow takes for {folder}",
                fix="Make the experiment with artifact_location=Path(folder).absolute().as_uri(), "
                "or start in a folder of another name.",
            )
    elif "#" in uri or "?" in uri:
        raise TrackingError(
            "in a file: URI, # must be written as %23 and ? as %3F",
            received=f"{uri}, which MLflow takes for {folder}",
            fix="Make the experiment with artifact_location=Path(folder).absolute().as_uri().",
        )
    return folder


def sqlite_file(uri: str) -> Path | None:
    """Return the file of an SQLite store, decoded as SQLAlchemy does for MLflow.

    Arguments:
        uri: sqlite:///relative.db or sqlite:////absolute.db: the third slash ends the empty host.

    Returns:
        The file, absolute; None for a database in memory.

    Raises:
        TrackingError: another file would be opened than the URI seems to name.

    Example:
        >>> str(sqlite_file("sqlite:////runs/what%3F%20%231/mlflow.db"))
        '/runs/what? #1/mlflow.db'
    """
    written, _, query = uri.partition("://")[2].partition("?")
    written = written.removeprefix("/")
    name = unquote(written)
    parameters = [part.partition("=") for part in query.split("&") if part]
    wrong = not all(equals and "/" not in key for key, equals, _ in parameters)
    if wrong or _exists_only(Path(written), Path(name)):
        raise TrackingError(
            "in an sqlite URI, ? must be written as %3F and a % of a name as %25",
            received=f"{uri}, which is read as {name}",
            fix='Write it as "sqlite:///" + urllib.parse.quote(path).',
        )
    settings = {key: value for key, _, value in parameters}
    if settings.get("uri", "").lower() in _YES and name.startswith("file:"):
        # SQLite's own URI, which it decodes once more.
        name = unquote(re.sub(r"^file:(//[^/]*)?", "", name).partition("?")[0])
        if settings.get("mode") == "memory":
            return None
    return None if name in ("", ":memory:") else Path(name).absolute()


def absolute_uri(uri: str) -> str:
    """Write a tracking URI so that it means the same store in whichever folder a process starts.

    Example:
        >>> absolute_uri("sqlite:////runs/mlflow.db"), absolute_uri("http://127.0.0.1:5000")
        ('sqlite:////runs/mlflow.db', 'http://127.0.0.1:5000')
    """
    address, mark, query = uri.partition("?")
    if not address.startswith("sqlite:///") or address.startswith("sqlite:////"):
        return uri
    file = sqlite_file(uri)
    return uri if file is None else f"sqlite:///{quote(str(file))}{mark}{query}"


def check_artifact_name(name: str) -> str:
    """Return the name of an artifact, if it is one that stays in its run and can be read back.

    Arguments:
        name: a path in the run's folder, with forward slashes.

    Raises:
        InvalidInputError: it is empty or absolute, leads out of the folder, or MLflow cannot
            read it back.

    Example:
        >>> check_artifact_name("figures/plane.png")
        'figures/plane.png'
        >>> check_artifact_name("../plane.png")
        Traceback (most recent call last):
        ib_mlflow.errors.InvalidInputError: an artifact has a plain path below the folder ...
    """
    if not _plain(name):
        raise InvalidInputError(
            "an artifact has a plain path below the folder of its run",
            received=repr(str(name)[:PART_BYTES]),
            fix='Write for example "figures/plane.png": forward slashes, nothing unprintable, no '
            f'"..", "\\\\", "#", "?" or "%41", at most {PART_BYTES} bytes between slashes.',
        )
    return name


def _plain(name: str) -> bool:
    path = PurePosixPath(name)
    if str(path) != name or name == "." or path.is_absolute() or ".." in path.parts:
        return False
    # Surrogates cannot be encoded, and are not printable either. MLflow reads on to a "?" only.
    if not name.isprintable() or any(sign in name for sign in "\\?"):
        return False
    try:
        # What MLflow would decode, or refuse, could be written and never be read.
        readable = _readable(name) == name
    except Exception:
        return False
    return readable and all(len(part.encode()) <= PART_BYTES for part in path.parts)


def _exists_only(path: Path, other: Path) -> bool:
    """Whether of two paths the first exists, as far as they differ, and the second does not."""
    for number, (mine, its) in enumerate(zip(path.parts, other.parts, strict=False), 1):
        if mine != its:
            mine_there = Path(*path.parts[:number]).exists()
            return mine_there and not Path(*other.parts[:number]).exists()
    return False
