"""Datasets in the IDX format: MNIST and Fashion-MNIST."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.data.dataset import Dataset
from ib_mlflow.data.files import Distribution, File, describe, md5
from ib_mlflow.data.locate import locate
from ib_mlflow.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PARTS = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
UINT8 = 8  # the format's code for the type of an element
SHAPE = (28, 28)

MNIST = Distribution(
    name="mnist",
    folders=("mnist",),
    content={
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    },
    downloads={
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    },
    # The authors' own page has refused its files to programs for years; the mirrors hold the same
    # bytes, which the checksums prove.
    homes=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://yann.lecun.com/exdb/mnist/",
    ),
)
FASHION_MNIST = Distribution(
    name="fashion_mnist",
    folders=("fashion_mnist", "fashion-mnist"),
    content={
        "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
        "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
        "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
    },
    downloads={
        "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
    },
    homes=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
)
DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def mnist(part: str, root: Path | None) -> Dataset:
    """Handwritten digits, 60,000 to train on and 10,000 to test with, of 28 × 28 pixels.

    Reference:
        LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document
        Recognition", Proceedings of the IEEE 86, 1998.

    Arguments:
        part: "train" or "test".
        root: folder to read from, or None for the usual places.

    Returns:
        n samples of shape (1, 28, 28), in the order of the files; c = 10 classes.

    Raises:
        DataError: the files are missing or are not what they should be.
    """
    return _dataset(MNIST, DIGITS, part, root)


def fashion_mnist(part: str, root: Path | None) -> Dataset:
    """Pieces of clothing, 60,000 to train on and 10,000 to test with, of 28 × 28 pixels.

    Reference:
        Xiao, Rasul and Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
        Learning Algorithms", 2017, arXiv:1708.07747.

    Arguments:
        part: "train" or "test".
        root: folder to read from, or None for the usual places.

    Returns:
        n samples of shape (1, 28, 28), in the order of the files; c = 10 classes.

    Raises:
        DataError: the files are missing or are not what they should be.
    """
    return _dataset(FASHION_MNIST, CLOTHES, part, root)


def parse(file: File, axes: int) -> NDArray[np.uint8]:
    """Read an array from the content of an IDX file.

    Arguments:
        file: with a big-endian header: magic number, type of the elements, sizes of the axes.
        axes: how many axes the array must have.

    Returns:
        The array, of unsigned bytes.

    Raises:
        DataError: the content is of another format, type or number of axes, cut short or too long.

    Example:
        >>> from pathlib import Path
        >>> parse(File(Path("labels"), bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]), False), axes=1)
        array([7, 9], dtype=uint8)
    """
    header = 4 + 4 * axes
    magic = bytes((0, 0, UINT8, axes))
    if file.content[:4] != magic:
        raise DataError(
            f"an IDX file of bytes with {axes} axes must start with the magic number {magic.hex()}",
            received=f"{file.path} with {file.content[:4].hex() or 'no content'}",
            fix="Check that this is the file its name says.",
        )
    if len(file.content) < header:
        raise DataError(
            f"an IDX file with {axes} axes must have a header of {header} bytes",
            received=f"{file.path} with {len(file.content)} bytes",
            fix="Copy or download it again.",
        )
    shape = struct.unpack_from(f">{axes}I", file.content, 4)
    if len(file.content) != header + math.prod(shape) or 0 in shape:
        raise DataError(
            "an IDX file must hold as many elements as its header says, at least one",
            received=f"{file.path} with {len(file.content) - header} for shape {shape}",
            fix="Copy or download it again.",
        )
    return np.frombuffer(file.content, np.uint8, offset=header).reshape(shape)


def _dataset(
    distribution: Distribution, classes: tuple[str, ...], part: str, root: Path | None
) -> Dataset:
    folder = locate(distribution, PARTS[part], root)
    files = [folder.read(name) for name in PARTS[part]]
    images, labels = parse(files[0], axes=3), parse(files[1], axes=1)
    _check_kinship(distribution, files)
    if images.shape[1:] != SHAPE:
        raise DataError(
            f"images must have {SHAPE[0]} × {SHAPE[1]} pixels",
            received=f"{files[0].path} with {images.shape[1]} × {images.shape[2]}",
            fix=f"Take the files of {distribution.name} as they are published.",
        )
    if len(images) != len(labels):
        raise DataError(
            "there must be one label for each image",
            received=f"{len(images)} images and {len(labels)} labels in {folder.path}",
            fix="Take both files from the same distribution.",
        )
    if labels.max() >= len(classes):
        raise DataError(
            f"labels must lie in 0..{len(classes) - 1}",
            received=f"{files[1].path} with label {labels.max()} at {labels.argmax()}",
            fix="Copy or download it again.",
        )
    return Dataset(
        name=distribution.name,
        inputs=images[:, None],
        labels=labels.astype(np.int64),
        classes=classes,
        source=f"{part} part: {describe(files)}",
        levels=256,
    )


def _check_kinship(distribution: Distribution, files: list[File]) -> None:
    # Both datasets use the same file names, so the wrong folder would pass unnoticed.
    for other in (MNIST, FASHION_MNIST):
        strangers = [
            file
            for file in files
            if not file.official
            and other.name != distribution.name
            and md5(file.content) in other.content.values()
        ]
        if strangers:
            raise DataError(
                f"the files of {distribution.name} must be its own",
                received=f"{strangers[0].path}, which is a file of {other.name}",
                fix=f"Name the folder of {distribution.name} as root.",
            )
