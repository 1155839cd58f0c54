"""Decoded images on disk: made once of many files, then mapped into memory."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ib_mlflow.data.image_tree import ImageTree, Place

FORMAT = 1  # of the cache; raise it when what lies there changes
CHUNK = 1 << 24  # bytes
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Decoded:
    """Images that were decoded.

    Arguments:
        folder: where they lie.
        official: whether the archive has its authors' checksum; None of folders, which have none.
        per_class: files of each class of each part.
        dropped: by part, later copies of its own images, and copies of images of earlier parts.
        digests: by part, SHA-256 of the images and labels, in hexadecimal.
    """

    folder: Path
    official: bool | None
    per_class: int
    dropped: Mapping[str, tuple[int, int]]
    digests: Mapping[str, str]

    def arrays(self, part: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Images `(n, 3, h, w)`, mapped from the disk and read-only, and labels `(n,)`.

        Raises:
            DataError: they are not what was written.
        """
        try:
            images = np.load(self.folder / f"{part}-images.npy", mmap_mode="r")
            labels = np.load(self.folder / f"{part}-labels.npy")
            sound = _digest(images, labels) == self.digests[part]
        except (OSError, ValueError, EOFError):
            sound = False
        if not sound:
            raise DataError(
                "decoded images must be those that were written",
                received=f"{self.folder}, whose part {part} has another digest",
                fix=f"Delete the folder {self.folder} to decode them again.",
            )
        return images, labels


def cached(tree: ImageTree, md5: str) -> Decoded:
    """Decode images, unless that was done before and no file has changed since.

    They are written aside, and their folder enters the user's cache in one step; where processes do
    so at the same time, the folder of the first stays.

    Arguments:
        tree: the images.
        md5: of the archive as its authors distribute it.

    Returns:
        Where they lie.

    Raises:
        DataError: the files are not what they should be, or the cache cannot be written.
    """
    import pooch  # takes 0.1 s to import, which the built-in datasets should not cost

    cache = Path(pooch.os_cache("ib_mlflow"))
    folder = cache / f"decoded-{FORMAT}-{tree.fingerprint()[:24]}"
    if not folder.is_dir():
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=cache, prefix=".incomplete-") as temporary:
                staged = Path(temporary) / folder.name
                staged.mkdir()
                _write(_decode(tree, md5, staged), staged)
                _enter(staged, folder)
        except OSError as error:
            raise DataError(
                "the cache of decoded images must be a writable folder with enough space",
                received=error,
                fix=f"Make room in {cache}, twice the bytes of all pixels while they are written.",
            ) from error
    return _read(folder)


def of_file(path: Path, *, official: bool | None) -> str:
    """Say what the images were decoded from.

    Example:
        >>> of_file(Path("data/CINIC-10.tar.gz"), official=True)
        'CINIC-10.tar.gz in data; official content'
    """
    if official is None:
        return f"folders in {path}, which have no checksum"
    word = "official content" if official else "content differs from the official one"
    return f"{path.name} in {path.parent}; {word}"


def _decode(tree: ImageTree, md5: str, folder: Path) -> Decoded:
    official = _md5(tree.path) == md5 if tree.packed else None
    places = tree.places()
    row_of = {place: row for row, place in enumerate(places)}
    scratch = folder.parent / "images"
    images = np.memmap(scratch, np.uint8, "w+", shape=(len(places), *tree.shape))
    hashes = [b""] * len(places)
    for place, pixels in tree.images():
        row = row_of[place]
        images[row] = pixels
        hashes[row] = hashlib.blake2b(images[row].tobytes(), digest_size=16).digest()
    kept, dropped = _first(places, hashes, tree.parts)
    digests = {}
    for part, name in enumerate(tree.parts):
        rows = [row for row in kept if places[row].part == part]
        if not rows:
            raise DataError(
                "every part must hold an image that no earlier part holds",
                received=f"{tree.path}, whose {name} are all copies",
                fix="Copy or download it again.",
            )
        labels = np.array([places[row].label for row in rows], np.int64)
        own = images[rows]
        np.save(folder / f"{name}-images.npy", own)
        np.save(folder / f"{name}-labels.npy", labels)
        digests[name] = _digest(own, labels)
    per_class = len(places) // (len(tree.parts) * len(tree.classes))
    return Decoded(folder, official, per_class, dropped, digests)


def _first(
    places: Sequence[Place], hashes: Sequence[bytes], parts: Sequence[str]
) -> tuple[list[int], dict[str, tuple[int, int]]]:
    """Rows of images that no row before holds; and by part, the copies within it and of others."""
    part_of: dict[bytes, int] = {}
    kept, copies = [], np.zeros((len(parts), 2), int)
    for row, (place, content) in enumerate(zip(places, hashes, strict=True)):
        first = part_of.get(content)
        if first is None:
            part_of[content] = place.part
            kept.append(row)
        else:
            copies[place.part, int(first != place.part)] += 1
    return kept, {name: (int(a), int(b)) for name, (a, b) in zip(parts, copies, strict=True)}


def _write(decoded: Decoded, folder: Path) -> None:
    fields = asdict(replace(decoded, folder=Path()))
    del fields["folder"]
    (folder / MANIFEST).write_text(json.dumps(fields), encoding="utf-8")


def _read(folder: Path) -> Decoded:
    try:
        fields: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        dropped = {part: (int(a), int(b)) for part, (a, b) in fields.pop("dropped").items()}
        return Decoded(folder=folder, dropped=dropped, **fields)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            "decoded images must have their manifest",
            received=f"{folder / MANIFEST}: {error}",
            fix=f"Delete the folder {folder} to decode them again.",
        ) from error


def _enter(staged: Path, folder: Path) -> None:
    try:
        os.rename(staged, folder)
    except OSError:
        if not folder.is_dir():  # otherwise another process was first, with the same content
            raise


def _digest(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> str:
    digest = hashlib.sha256(f"{images.shape}".encode())
    digest.update(np.ascontiguousarray(images).data)
    digest.update(np.ascontiguousarray(labels, "<i8").data)
    return digest.hexdigest()


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
