"""CIFAR-10, from its binary distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.data.dataset import Dataset
from ib_mlflow.data.files import Distribution, File, Folder, describe
from ib_mlflow.data.locate import locate
from ib_mlflow.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST = "test_batch.bin"
RECORDS = 10_000  # images of a batch
SHAPE = (3, 32, 32)
RECORD = 1 + 3 * 32 * 32  # a label, then the red, the green and the blue plane

CIFAR10 = Distribution(
    name="cifar10",
    folders=("cifar10", "cifar-10-batches-bin"),
    content={
        "data_batch_1.bin": "5dd7e06a14cb22eb9f671a540d1b7c25",
        "data_batch_2.bin": "5ea93a67294ea407fff1d09f752e9692",
        "data_batch_3.bin": "942cd6a4bcdd0dd3c604fbe906cb4421",
        "data_batch_4.bin": "ae636b3ba5c66a11e91e8cb52e771fcb",
        "data_batch_5.bin": "53f37980c15c3d472c316c40844f3f0d",
        "test_batch.bin": "803d5f7f4d78ea53de84dbe85f74fb6d",
    },
    downloads={"cifar-10-binary.tar.gz": "c32a1d4ab5d03f1284b67883e8d87530"},
    homes=("https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"),
)
CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)


def cifar10(part: str, root: Path | None) -> Dataset:
    """Colour photographs, 50,000 to train on and 10,000 to test with, of 32 × 32 pixels.

    Only the binary distribution is read: the one for Python is pickled, and unpickling a file runs
    whatever code it holds. Where a folder has only the first training batches, these are the
    training part, and the source says so.

    Reference:
        Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.

    Arguments:
        part: "train" or "test".
        root: folder to read from, or None for the usual places.

    Returns:
        n samples of shape (3, 32, 32), channels red, green, blue, in the order of the files;
        c = 10 classes.

    Raises:
        DataError: the files are missing or are not what they should be.
    """
    names = TRAIN if part == "train" else (TEST,)
    folder = locate(CIFAR10, names, root)
    if part == "train":
        names = _present_names(folder)
    batches = []
    files = []
    for name in names:
        file = folder.read(name)
        batches.append(records(file, RECORDS))
        # The pixels are in the batches; five files twice would take 150 MB more.
        files.append(File(file.path, b"", file.official))
    rows = np.concatenate(batches)
    share = f", batches 1–{len(names)} of {len(TRAIN)}" if part == "train" else ""
    return Dataset(
        name=CIFAR10.name,
        inputs=np.ascontiguousarray(rows[:, 1:]).reshape(-1, *SHAPE),
        labels=rows[:, 0].astype(np.int64),
        classes=CLASSES,
        source=f"{part} part{share}: {describe(files)}",
        levels=256,
    )


def _present_names(folder: Folder) -> tuple[str, ...]:
    present = tuple(name for name in TRAIN if folder.find(name))
    if present != TRAIN[: len(present)]:
        raise DataError(
            "training batches must be present from the first on, without a gap",
            received=f"{folder.path} with {', '.join(present)}",
            fix="Add the batches that are missing.",
        )
    return present


def records(file: File, count: int) -> NDArray[np.uint8]:
    """The records of a file in CIFAR-10's binary layout.

    Arguments:
        file: that was read.
        count: how many it must hold.

    Returns:
        `(count, 3073)`: a label, then the red, the green and the blue plane, row by row.

    Raises:
        DataError: it holds more or less, or a label that no class has.
    """
    if len(file.content) != count * RECORD:
        raise DataError(
            f"a batch must hold {count} records of {RECORD} bytes, {count * RECORD} bytes",
            received=f"{file.path} with {len(file.content)} bytes",
            fix="Copy or download it again.",
        )
    rows = np.frombuffer(file.content, np.uint8).reshape(count, RECORD)
    labels = rows[:, 0]
    if labels.max() >= len(CLASSES):
        raise DataError(
            f"labels must lie in 0..{len(CLASSES) - 1}",
            received=f"{file.path} with label {labels.max()} at {labels.argmax()}",
            fix="Copy or download it again.",
        )
    return rows
