"""Street View House Numbers, cropped to single digits, from its MATLAB files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.data.dataset import Dataset
from ib_mlflow.data.files import Distribution, File, describe
from ib_mlflow.data.locate import locate
from ib_mlflow.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

FILES = {"train": "train_32x32.mat", "test": "test_32x32.mat"}
SIDE = 32
ZERO = 10  # the label of the digit 0

SVHN = Distribution(
    name="svhn",
    folders=("svhn", "SVHN"),
    content={
        "train_32x32.mat": "e26dedcc434d2e4c54c9b2d4a06d8373",
        "test_32x32.mat": "eb5a983be6a315427106f1b164d9cef3",
    },
    downloads={
        "train_32x32.mat": "e26dedcc434d2e4c54c9b2d4a06d8373",
        "test_32x32.mat": "eb5a983be6a315427106f1b164d9cef3",
    },
    homes=("http://ufldl.stanford.edu/housenumbers/",),
)


def svhn(part: str, root: Path | None) -> Dataset:
    """Digits of house numbers in photographs, 73,257 to train on and 26,032 to test with.

    Reference:
        Netzer, Wang, Coates, Bissacco, Wu and Ng, "Reading Digits in Natural Images with
        Unsupervised Feature Learning", NIPS workshop, 2011 (its second format).

    Arguments:
        part: "train" or "test".
        root: folder to read from, or None for the usual places.

    Returns:
        n samples of shape (3, 32, 32), channels red, green, blue, in the order of the file;
        c = 10 classes, the digits from 0.

    Raises:
        DataError: the file is missing or is not what it should be.
    """
    folder = locate(SVHN, (FILES[part],), root)
    file = folder.read(FILES[part])
    images, labels = _arrays(file)
    return Dataset(
        name=SVHN.name,
        inputs=np.ascontiguousarray(images.transpose(3, 2, 0, 1)),
        labels=labels.ravel().astype(np.int64) % ZERO,
        classes=tuple("0123456789"),
        source=f"{part} part: {describe([file])}",
        levels=256,
    )


def _arrays(file: File) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    # scipy reads MATLAB's fifth format without running anything that a file holds.
    from scipy.io import loadmat

    try:
        arrays = loadmat(io.BytesIO(file.content), variable_names=["X", "y"])
    except Exception as error:  # scipy raises what its parser stumbles over
        raise DataError(
            "a MATLAB file must be readable",
            received=f"{file.path}: {error}",
            fix="Copy or download it again.",
        ) from error
    images, labels = arrays.get("X"), arrays.get("y")
    if images is None or labels is None:
        raise DataError(
            "a file of cropped digits must hold X, the images, and y, their labels",
            received=f"{file.path} with {', '.join(sorted(arrays))}",
            fix="Take the files of the second format, train_32x32.mat and test_32x32.mat.",
        )
    shape = (SIDE, SIDE, 3, labels.size)
    if images.shape != shape or images.dtype != np.uint8 or not labels.size:
        raise DataError(
            "the images must be bytes of shape (32, 32, 3, n), n labels beside them",
            received=f"{file.path} with {images.dtype} of shape {images.shape}, {labels.size}",
            fix="Copy or download it again.",
        )
    if labels.min() < 1 or labels.max() > ZERO:
        raise DataError(
            "labels must lie in 1..10, the digit 0 being 10",
            received=f"{file.path} with labels from {labels.min()} to {labels.max()}",
            fix="Copy or download it again.",
        )
    return images, labels
