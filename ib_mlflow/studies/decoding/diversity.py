"""What the eye sees in samples of one image, in numbers: how they differ, and if they are its kind.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, section 6.2, which tells it by
    words and pictures.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Estimate
from ib_mlflow.studies.decoding.terms import mean_of

Classify = Callable[[NDArray[np.uint8]], ArrayLike]
"""From images (n, channels, h, w), uint8, to their classes (n,), whole numbers."""


@dataclass(frozen=True)
class SampleNumbers:
    """What samples of images are like, each number a mean over the images with its error.

    Arguments:
        distance: between two samples of one image: the mean absolute difference of a sub-pixel,
            as a share of the whole range of brightness.
        colour_distance: between the mean colours of two samples of one image: Euclidean, over the
            root of the channels, as a share of the range.
        agreement: share of the samples that are of the class that they should be of.
    """

    distance: Estimate
    colour_distance: Estimate
    agreement: Estimate

    @classmethod
    def of(cls, terms: "SampleTerms") -> "SampleNumbers":
        """The means of numbers of single images."""
        return cls(
            mean_of(terms.distance), mean_of(terms.colour_distance), mean_of(terms.agreement)
        )


@dataclass(frozen=True, eq=False)
class SampleTerms:
    """The same numbers of every single image, to be compared image by image.

    Arguments:
        distance: (n,).
        colour_distance: (n,).
        agreement: (n,).
    """

    distance: NDArray[np.float64]
    colour_distance: NDArray[np.float64]
    agreement: NDArray[np.float64]


def sample_numbers(
    samples: NDArray[np.uint8], classes: ArrayLike, classify: Classify, *, levels: int = 256
) -> SampleNumbers:
    """How samples of images differ among each other, and whether they are of their class.

    Arguments:
        samples: (n, k, channels, h, w) uint8, k samples for each of n images.
        classes: (n,) of the images: their labels, or what `classify` says of the images.
        classify: judges samples; it should have learnt from images that neither the encoder nor
            the decoders learnt from, or its errors are theirs.
        levels: values that a sub-pixel can take.

    Raises:
        InvalidInputError: arrays of other shapes, fewer than two images or samples, or classes
            that do not fit.

    Example:
        >>> samples = np.zeros((2, 2, 1, 1, 1), np.uint8)
        >>> samples[:, 1] = 51
        >>> numbers = sample_numbers(samples, [0, 1], lambda images: images[:, 0, 0, 0] // 51)
        >>> numbers.distance.value, numbers.colour_distance.value, numbers.agreement.value
        (0.2, 0.2, 0.5)
    """
    return SampleNumbers.of(sample_terms(samples, classes, classify, levels=levels))


def sample_terms(
    samples: NDArray[np.uint8], classes: ArrayLike, classify: Classify, *, levels: int = 256
) -> SampleTerms:
    """What samples of each image are like; arguments and errors as of `sample_numbers`.

    Example:
        >>> samples = np.zeros((2, 2, 1, 1, 1), np.uint8)
        >>> samples[1, 1] = 51
        >>> sample_terms(samples, [0, 1], lambda images: images[:, 0, 0, 0] // 51).distance
        array([0. , 0.2])
    """
    return SampleTerms(
        distance=_distances(samples, levels),
        colour_distance=_colour_distances(samples, levels),
        agreement=_agreements(samples, classes, classify),
    )


def sample_distance(samples: NDArray[np.uint8], *, levels: int = 256) -> Estimate:
    """The mean absolute difference between two samples of one image, over sub-pixels.

    The mean over all pairs of an image's samples is an unbiased estimate of what two new samples
    differ by; the error is over images.

    Arguments:
        samples: (n, k, channels, h, w) uint8.
        levels: values that a sub-pixel can take.

    Returns:
        From 0, for equal samples, to 1, black beside white.

    Raises:
        InvalidInputError: arrays of another shape, or fewer than two images or samples.

    Example:
        >>> black_and_white = np.array([0, 255] * 3, np.uint8).reshape(3, 2, 1, 1, 1)
        >>> sample_distance(black_and_white).value
        1.0
    """
    return mean_of(_distances(samples, levels))


def colour_distance(samples: NDArray[np.uint8], *, levels: int = 256) -> Estimate:
    """The distance between the mean colours of two samples of one image.

    Arguments:
        samples: (n, k, channels, h, w) uint8; of grey images colours are brightnesses.
        levels: values that a sub-pixel can take.

    Returns:
        The Euclidean distance over the root of the channels, from 0 to 1, black beside white.

    Raises:
        InvalidInputError: arrays of another shape, or fewer than two images or samples.

    Example:
        >>> red_and_black = np.zeros((2, 2, 3, 4, 4), np.uint8)
        >>> red_and_black[:, 0, 0] = 255
        >>> round(colour_distance(red_and_black).value, 3)
        0.577
    """
    return mean_of(_colour_distances(samples, levels))


def class_agreement(samples: NDArray[np.uint8], classes: ArrayLike, classify: Classify) -> Estimate:
    """The share of samples that a classifier gives the class that they should be of.

    Arguments:
        samples: (n, k, channels, h, w) uint8.
        classes: (n,) of the images that they are samples of.
        classify: judges samples.

    Returns:
        From 0 to 1, with its error over images: samples of one image are no independent ones.

    Raises:
        InvalidInputError: arrays of other shapes, or classes that do not fit.

    Example:
        >>> class_agreement(np.zeros((3, 2, 1, 1, 1), np.uint8), [0, 0, 1],
        ...                 lambda images: np.zeros(len(images), int)).value
        0.666...
    """
    return mean_of(_agreements(samples, classes, classify))


def _distances(samples: NDArray[np.uint8], levels: int) -> NDArray[np.float64]:
    values = _checked(samples).reshape(*samples.shape[:2], -1).astype(np.float32)
    return _over_pairs(values, lambda first, second: np.abs(first - second).mean(-1), levels)


def _colour_distances(samples: NDArray[np.uint8], levels: int) -> NDArray[np.float64]:
    colours = _checked(samples).mean(axis=(-2, -1), dtype=np.float64)
    return _over_pairs(
        colours, lambda first, second: np.sqrt(np.square(first - second).mean(-1)), levels
    )


def _agreements(
    samples: NDArray[np.uint8], classes: ArrayLike, classify: Classify
) -> NDArray[np.float64]:
    n, k = _checked(samples).shape[:2]
    own = _classes(classes, n, "classes", "images")
    judged = classify(samples.reshape(n * k, *samples.shape[2:]))
    guesses = _classes(judged, n * k, "what classify returns", "samples").reshape(n, k)
    shares: NDArray[np.float64] = (guesses == own[:, None]).mean(axis=1)
    return shares


def _over_pairs(
    values: NDArray[np.floating],
    distance: Callable[[NDArray[np.floating], NDArray[np.floating]], NDArray[np.floating]],
    levels: int,
) -> NDArray[np.float64]:
    """The mean distance over the pairs of (n, k, d) values, of each of the n images."""
    pairs = [
        distance(values[:, first], values[:, second])
        for first in range(values.shape[1])
        for second in range(first)
    ]
    return np.asarray(np.mean(pairs, axis=0, dtype=np.float64) / (levels - 1))


def _checked(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    samples = np.asarray(samples)
    if samples.dtype != np.uint8 or samples.ndim != 5 or min(samples.shape[:2]) < 2:
        raise InvalidInputError(
            "samples must be uint8 of shape (n, k, channels, h, w), of two images and samples each "
            "at least",
            received=f"{samples.dtype} of shape {samples.shape}",
            fix="Give those of InverseCurve.samples(epoch, images, count), count at least 2.",
        )
    return samples


def _classes(classes: ArrayLike, n: int, name: str, of: str) -> NDArray[np.integer]:
    array = np.asarray(classes)
    if array.shape != (n,) or not np.issubdtype(array.dtype, np.integer):
        raise InvalidInputError(
            f"{name} must be whole numbers of shape ({n},), the classes of the {of}",
            received=f"{array.dtype} of shape {array.shape}",
            fix="Give the index of a class for each, such as log_probabilities.argmax(axis=1).",
        )
    return array
