"""CINIC-10 as its archive and its folders hold it, small and made up."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from ib_mlflow.data.cifar10 import CLASSES

FOLDERS = ("train", "valid", "test")
PER_CLASS = 3


def png(pixels: np.ndarray, mode: str = "RGB") -> bytes:
    """A PNG file of pixels (3, h, w)."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0))).convert(mode).save(file, "PNG")
    return file.getvalue()


def draw() -> dict[str, np.ndarray]:
    """Images by path, PER_CLASS of each class of each part, all of them different."""
    rng = np.random.default_rng(0)
    return {
        f"{part}/{word}/{part}-{word}-{number}.png": rng.integers(0, 256, (3, 32, 32), np.uint8)
        for part in FOLDERS
        for word in CLASSES
        for number in range(PER_CLASS)
    }


def unpacked(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files below a folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def packed(path: Path, files: Mapping[str, bytes], prefix: str = "./", mode: str = "w:gz") -> Path:
    """Write the files into an archive."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(prefix + name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path
