"""Images in an archive or in folders, one PNG file each: part/class/name.png."""

from __future__ import annotations

import difflib
import hashlib
import io
import os
import tarfile
import zlib
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ib_mlflow.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MODES = ("RGB", "L", "P", "1", "RGBA", "LA")
"""How a PNG may hold its pixels so that red, green and blue follow where none is transparent."""
OPAQUE = 255


class Place(NamedTuple):
    """Where an image belongs; sorted, they are in the order of parts, classes and names."""

    part: int
    label: int
    name: str


@dataclass(frozen=True)
class ImageTree:
    """The images of a dataset as PNG files.

    Arguments:
        path: an archive (.tar.gz), or a folder with a folder for each part.
        parts: their folders, in order.
        classes: folders within a part, in the order of the labels.
        shape: (3, h, w) of every image.
    """

    path: Path
    parts: tuple[str, ...]
    classes: tuple[str, ...]
    shape: tuple[int, int, int]

    @property
    def packed(self) -> bool:
        """Whether it is an archive."""
        return self.path.is_file()

    def fingerprint(self) -> str:
        """What changes when files do: SHA-256 of their paths, sizes and times, in hexadecimal."""
        meant = (str(self.path.resolve()), self.parts, self.classes, self.shape)
        digest = hashlib.sha256(repr(meant).encode())
        paths = [self.path] if self.packed else sorted(path for _, path in self._files())
        for path in paths:
            try:
                state = path.stat()
            except OSError as error:
                raise _unreadable(path, error) from error
            name = path.relative_to(self.path)
            digest.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def places(self) -> list[Place]:
        """Where its images belong, sorted; every class of every part has as many.

        Raises:
            DataError: a part or a class is missing or empty, or has too few images.
        """
        names = self._members() if self.packed else (place for place, _ in self._files())
        places = sorted(names)
        for first, second in pairwise(places):
            if first == second:
                raise DataError(
                    "an archive must hold every file once",
                    received=f"{self.path} with two of {self._words(first)}",
                    fix=self._advice(),
                )
        counts = Counter((place.part, place.label) for place in places)
        most = max(counts.values(), default=0)
        for part, folder in enumerate(self.parts):
            if not any((part, label) in counts for label in range(len(self.classes))):
                raise DataError(
                    f"every part must hold images: {', '.join(self.parts)}",
                    received=f"{self.path} without an image of {folder}",
                    fix=self._advice(),
                )
            for label, name in enumerate(self.classes):
                if counts[part, label] < most:
                    raise DataError(
                        "every class of every part must have the same number of images",
                        received=f"{self.path} with {counts[part, label]} of {folder}/{name}, "
                        f"{most} elsewhere",
                        fix=self._advice(),
                    )
        return places

    def images(self) -> Iterator[tuple[Place, NDArray[np.uint8]]]:
        """Its images with their places, each of `shape`, in the order that they lie in.

        Raises:
            DataError: a file cannot be read, or is no image of this size.
        """
        if not self.packed:
            for place, path in self._files():
                try:
                    content = path.read_bytes()
                except OSError as error:
                    raise _unreadable(path, error) from error
                yield place, self._decode(content, f"{path}")
            return
        for archive, member, place in self._walk():
            file = archive.extractfile(member)
            if file is not None:
                yield place, self._decode(file.read(), f"{self.path}, {member.name}")

    def _decode(self, content: bytes, where: str) -> NDArray[np.uint8]:
        # It takes 0.1 s to import, which other datasets should not cost.
        from PIL import Image, UnidentifiedImageError

        retry = "Copy or download it again."
        try:
            with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
                mode, size = image.mode, image.size
                if size == self.shape[:0:-1] and mode in MODES:
                    pixels: NDArray[np.uint8] = np.asarray(image.convert("RGBA"))
                    if pixels[:, :, 3].min() == OPAQUE:
                        return pixels[:, :, :3].transpose(2, 0, 1)
                    mode = "transparent"
        except (OSError, SyntaxError, ValueError, EOFError, zlib.error) as error:
            # Of a file that is none at all Pillow names the object in memory.
            why = "it cannot be identified" if isinstance(error, UnidentifiedImageError) else error
            raise DataError(
                "an image must be a whole PNG file", received=f"{where}: {why}", fix=retry
            ) from error
        _, h, w = self.shape
        raise DataError(
            f"an image must have {w} × {h} pixels of 8 bits, in colour or grey, and none that are "
            "transparent",
            received=f"{where} with {size[0]} × {size[1]}, {mode}",
            fix=retry,
        )

    def _members(self) -> Iterator[Place]:
        for _, _, place in self._walk():
            yield place

    def _walk(self) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo, Place]]:
        try:
            with tarfile.open(self.path, "r:*") as archive:
                for member in archive:
                    parts = PurePosixPath(member.name).parts
                    if member.isfile() and _is_image(parts[-1]):
                        yield archive, member, self._place(parts)
        except (EOFError, OSError, tarfile.TarError, zlib.error) as error:
            raise DataError(
                "an archive must be whole and a tar file, gzipped or not",
                received=f"{self.path}: {str(error).splitlines()[0].rstrip(':')}",
                fix="Copy or download it again.",
            ) from error

    def _files(self) -> Iterator[tuple[Place, Path]]:
        for folder, folders, names in os.walk(self.path):
            folders.sort()
            for name in sorted(filter(_is_image, names)):
                path = Path(folder, name)
                yield self._place(path.relative_to(self.path).parts), path

    def _place(self, parts: tuple[str, ...]) -> Place:
        *_, part, name, file = ("", "", *parts)
        if part in self.parts and name in self.classes:
            return Place(self.parts.index(part), self.classes.index(name), file)
        known = self.classes if part in self.parts else self.parts
        wrong = name if part in self.parts else part
        near = difflib.get_close_matches(wrong, known, n=1)
        raise DataError(
            f"an image must lie in {'|'.join(self.parts)}/<class>, a class being one of "
            f"{', '.join(self.classes)}",
            received=f"{self.path} with {'/'.join(parts)}",
            fix=f"Did you mean {near[0]}?" if near else "Remove it, or put it into its folder.",
        )

    def _words(self, place: Place) -> str:
        return f"{self.parts[place.part]}/{self.classes[place.label]}/{place.name}"

    def _advice(self) -> str:
        again = "Copy or download it again" if self.packed else "Unpack the archive again"
        return f"{again}; a smaller set must have as many of each."


def _unreadable(path: Path, error: OSError) -> DataError:
    link = path.is_symlink() and not path.exists()
    return DataError(
        "a data file must be readable",
        received=error,
        fix="Copy the file that the link leads to." if link else "Check its permissions.",
    )


def _is_image(name: str) -> bool:
    """Whether a file is an image; those of macOS that accompany a file begin with a dot."""
    return name.lower().endswith(".png") and not name.startswith(".")
