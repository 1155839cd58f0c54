"""CINIC-10, from its archive or its unpacked folders, and a sample of it in one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.data.cifar10 import CLASSES, RECORD, SHAPE, records
from ib_mlflow.data.dataset import Dataset
from ib_mlflow.data.fetch import download
from ib_mlflow.data.files import Distribution, describe
from ib_mlflow.data.image_cache import Decoded, cached, of_file
from ib_mlflow.data.image_tree import ImageTree
from ib_mlflow.data.locate import locate, searching, usual_places
from ib_mlflow.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS = {"encoding": "train", "decoding": "valid", "evaluation": "test"}
"""What the parts are for, and what the archive calls them."""
PER_CLASS = 9_000
ARCHIVE = "CINIC-10.tar.gz"

CINIC10 = Distribution(
    name="cinic10",
    folders=("CINIC-10", "cinic10", "cinic-10"),
    content={ARCHIVE: "6ee4d0c996905fe93221de577967a372"},
    downloads={ARCHIVE: "6ee4d0c996905fe93221de577967a372"},
    homes=(
        "https://datashare.ed.ac.uk/bitstream/handle/10283/3192/",
        "https://datashare.is.ed.ac.uk/bitstream/handle/10283/3192/",
    ),
)
SAMPLE = "cinic10_samples.bin"
SAMPLES = 2_000
CINIC10_SAMPLE = Distribution(
    name="cinic10_sample",
    folders=("cinic10_sample", "cinic10"),
    content={SAMPLE: "cf973eb4fdf57ef6c892169e61117d08"},
    downloads={},
    homes=(),
)


def cinic10(part: str, root: Path | None) -> Dataset:
    """Colour photographs of CIFAR-10's classes, 90,000 in each of three parts, of 32 × 32 pixels.

    The archive, or its unpacked folders `train|valid|test/<class>/*.png`, is decoded once into a
    cache, which is mapped into memory from then on. Of images that occur more than once, in one
    part or in several, only the first is kept, in the order train, valid, test, class, file name;
    the source says how many were dropped.

    Reference:
        Darlow, Crowley, Antoniou & Storkey (2018), "CINIC-10 is not ImageNet or CIFAR-10",
        arXiv:1810.03505.

    Arguments:
        part: "encoding", "decoding" or "evaluation": the archive's train, valid and test.
        root: folder to read from, or None for the usual places.

    Returns:
        n samples of shape (3, 32, 32), channels red, green, blue, by class and file name; c = 10
        classes, numbered as those of CIFAR-10.

    Raises:
        DataError: the files are missing or are not what they should be.
    """
    tree = ImageTree(_find(root), tuple(PARTS.values()), CLASSES, SHAPE)
    decoded = cached(tree, CINIC10.content[ARCHIVE])
    images, labels = decoded.arrays(PARTS[part])
    return Dataset(
        name=CINIC10.name,
        inputs=images,
        labels=labels,
        classes=CLASSES,
        source=f"{part} part ({PARTS[part]}): {_words(tree, decoded, PARTS[part])}",
        levels=256,
    )


def cinic10_sample(_part: str, root: Path | None) -> Dataset:
    """2,000 images of CINIC-10, 200 a class, in the binary layout of CIFAR-10; not divided.

    Arguments:
        root: folder with `cinic10_samples.bin`, gzipped or not; None for the usual places.

    Returns:
        2,000 samples of shape (3, 32, 32); c = 10 classes.

    Raises:
        DataError: the file is missing or is not what it should be.
    """
    file = locate(CINIC10_SAMPLE, (SAMPLE,), root).read(SAMPLE)
    rows = records(file, SAMPLES)
    return Dataset(
        name=CINIC10_SAMPLE.name,
        inputs=np.ascontiguousarray(rows[:, 1:RECORD]).reshape(-1, *SHAPE),
        labels=rows[:, 0].astype(np.int64),
        classes=CLASSES,
        source=f"a sample: {describe([file])}",
        levels=256,
    )


def _find(root: Path | None) -> Path:
    """The archive, or the folder that holds the three parts."""
    for place in [root] if root is not None else usual_places():
        with searching(place):
            if place.is_file():
                return place
            for folder in (*(place / name for name in CINIC10.folders), place):
                parts = (folder / name / word for name in PARTS.values() for word in CLASSES)
                if any(part.is_dir() for part in parts):
                    return folder
                if (archive := _archive(folder)) is not None:
                    return archive
    if root is None:
        return _fetched()
    raise DataError(
        f"root must hold {ARCHIVE} or its folders {', '.join(PARTS.values())}, itself or in its "
        f"folder {' or '.join(CINIC10.folders)}",
        received=f"{root} with none of them",
        fix="Name the folder they are in, or leave root (data_root of a study) out to look in the "
        "usual places.",
    )


def _archive(folder: Path) -> Path | None:
    if (folder / ARCHIVE).is_file():
        return folder / ARCHIVE
    others = _others(folder) if folder.is_dir() else iter(())
    return next(others, None)


def _others(folder: Path) -> Iterator[Path]:
    """Archives that were renamed."""
    yield from sorted(path for path in folder.glob("*.tar.gz") if "cinic" in path.name.lower())


def _fetched() -> Path:
    import pooch  # takes 0.1 s to import, which the built-in datasets should not cost

    folder = Path(pooch.os_cache("ib_mlflow")) / CINIC10.name
    archive = folder / ARCHIVE
    # It comes into its place only when it has its checksum.
    return archive if archive.is_file() else download(CINIC10, ARCHIVE, folder)


def _words(tree: ImageTree, decoded: Decoded, part: str) -> str:
    per_class = decoded.per_class
    share = "" if per_class == PER_CLASS else f" ({per_class:,} images a class, not {PER_CLASS:,})"
    kind = of_file(tree.path, official=decoded.official)
    within, before = decoded.dropped[part]
    copies = f"{within} later copies of its own images and {before} of earlier parts' dropped"
    return f"{kind}{share}; {copies}; digest {decoded.digests[part][:16]}"
