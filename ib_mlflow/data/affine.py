"""Images under random affine maps, on a larger canvas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.data import digits
from ib_mlflow.data.idx import mnist
from ib_mlflow.data.splits import check_count, check_seed
from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ib_mlflow.data.dataset import Dataset

CANVAS = 40
ROTATION = 20.0  # degrees either way
SHEAR = 0.2  # either way
SCALE = (0.8, 1.2)  # of height and width, each by itself


def affine_mnist(part: str, root: Path | None) -> Dataset:
    """MNIST's digits, each under a random affine map of its own on a canvas of 40 × 40 pixels.

    The maps are drawn as those of affNIST were; the images are not its images.

    Reference:
        Tieleman (2013), "affNIST", https://www.cs.toronto.edu/~tijmen/affNIST/.

    Arguments:
        part: "train" (60,000) or "test" (10,000), of MNIST.
        root: folder with MNIST's files, or None for the usual places.

    Returns:
        n samples of shape (1, 40, 40), in the order of MNIST; c = 10 classes.

    Raises:
        DataError: the files are missing or are not what they should be.
    """
    return replace(
        affine_copies(mnist(part, root), seed=0 if part == "train" else 1), name="affine_mnist"
    )


def affine_digits() -> Dataset:
    """The digits of scikit-learn, each under a random affine map on a canvas of 20 × 20 pixels.

    Returns:
        n = 1797 samples of shape (1, 20, 20) with 17 grey levels, c = 10 classes.

    Example:
        >>> affine_digits().inputs.shape
        (1797, 1, 20, 20)
    """
    return replace(affine_copies(digits.read(), canvas=20, seed=0), name="affine_digits")


def affine_copies(dataset: Dataset, *, canvas: int = CANVAS, copies: int = 1, seed: int) -> Dataset:
    """Draw images under random affine maps: rotated, sheared, scaled and moved.

    Rotation is uniform in ±20 degrees, shear in ±0.2, and each scale in 0.8–1.2; then the image is
    moved to a place that is uniform among those at which no ink leaves the canvas.

    Reference:
        Tieleman (2013), "affNIST", https://www.cs.toronto.edu/~tijmen/affNIST/.

    Arguments:
        dataset: images (n, channels, h, w), ink on a background of 0.
        canvas: side of the square to draw on, at least h and w.
        copies: maps of each image, one after the other.
        seed: of the maps, 0..2³² − 1.

    Returns:
        n · copies images (channels, canvas, canvas), interpolated linearly.

    Raises:
        InvalidInputError: no images, a canvas that is too small, or an argument out of range.

    Example:
        >>> from ib_mlflow.data import load
        >>> affine_copies(load("digits"), canvas=12, copies=2, seed=0).inputs.shape
        (3594, 1, 12, 12)
    """
    # scipy's image functions are needed for nothing else.
    from scipy.ndimage import affine_transform

    check_seed(seed)
    check_count("copies", copies)
    images = dataset.inputs
    if images.ndim != 4 or dataset.levels is None or canvas < max(images.shape[2:]):
        raise InvalidInputError(
            "affine maps are of images (n, channels, h, w) with levels, onto a canvas at least as "
            "large",
            received=f"{images.dtype} of shape {images.shape}, canvas={canvas}",
            fix="Take a dataset of images and a larger canvas.",
        )
    generator = np.random.default_rng(seed)
    n = dataset.n * copies
    forward = _maps(generator, n)
    backward = np.linalg.inv(forward)
    moved = _places(images, np.arange(n) // copies, forward, canvas, generator.random((n, 2)))
    offsets = -np.einsum("nij,nj->ni", backward, moved)
    mapped = np.zeros((n, images.shape[1], canvas, canvas), np.uint8)
    for number in range(n):
        for channel, plane in enumerate(images[number // copies]):
            pixels = affine_transform(
                plane.astype(np.float32),
                backward[number],
                offsets[number],
                (canvas, canvas),
                order=1,
            )
            mapped[number, channel] = np.rint(pixels)
    return replace(
        dataset,
        inputs=mapped,
        labels=np.repeat(dataset.labels, copies),
        source=f"{dataset.source}; {copies} random affine maps of each image on {canvas} × "
        f"{canvas} pixels with seed={seed}",
    )


def _maps(generator: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Linear parts (n, 2, 2), from (row, column) of an image to those of the canvas."""
    angle = np.deg2rad(generator.uniform(-ROTATION, ROTATION, n))
    shear = generator.uniform(-SHEAR, SHEAR, n)
    scale = generator.uniform(*SCALE, (n, 1, 2))
    zeros, ones = np.zeros(n), np.ones(n)
    turned = _matrices([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    sheared = _matrices([[ones, zeros], [shear, ones]])
    maps: NDArray[np.float64] = turned @ sheared * scale
    return maps


def _matrices(entries: list[list[NDArray[np.float64]]]) -> NDArray[np.float64]:
    return np.moveaxis(np.array(entries), 2, 0)


def _places(
    images: NDArray[np.uint8],
    originals: NDArray[np.int64],
    forward: NDArray[np.float64],
    canvas: int,
    uniform: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Where the corner of each image goes (n, 2), so that all of its ink lies on the canvas."""
    moved = np.empty((len(forward), 2))
    for number, (original, linear) in enumerate(zip(originals, forward, strict=True)):
        ink = np.argwhere(images[original].any(axis=0))
        reached = ink @ linear.T if len(ink) else np.zeros((1, 2))
        # Linear interpolation spreads a pixel up to one pixel of the image around it.
        spread = np.abs(linear).sum(axis=1)
        least, most = spread - reached.min(axis=0), canvas - 1 - spread - reached.max(axis=0)
        # Ink that does not fit, whatever its place, is drawn in the middle.
        place = np.where(least <= most, uniform[number], 0.5)
        moved[number] = least + place * (most - least)
    return moved
