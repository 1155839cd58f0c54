"""The images of a study that inverts classifiers, in disjoint parts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ib_mlflow.data import DATASETS, Dataset, binarise, load, shrink, split, three_way
from ib_mlflow.errors import InvalidInputError

TEST_SHARE = 0.2
"""Of datasets that their authors did not divide."""
HELD_OUT = 0.05
"""Share of the training part that early stopping looks at, if that is not more than needed."""
LEAST_HELD_OUT = 50


@dataclass(frozen=True)
class Parts:
    """Disjoint images of one task.

    Arguments:
        name: the task.
        encoding: what the classifier is trained on.
        decoding: what its decoders are trained on.
        validation: what early stopping looks at, of both.
        evaluation: what is estimated and drawn on, in a random order.
        spare: test images beyond these, which nothing learns and nothing is estimated on; None
            where there are none.
    """

    name: str
    encoding: Dataset
    decoding: Dataset
    validation: Dataset
    evaluation: Dataset
    spare: Dataset | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, h, w) of an image."""
        channels, h, w = self.evaluation.inputs.shape[1:]
        return channels, h, w

    @property
    def levels(self) -> int:
        """Values that a sub-pixel can take."""
        if self.evaluation.levels is None:
            raise InvalidInputError(
                "images to be decoded have a finite number of levels",
                received=f"{self.name} with real inputs",
                fix="Keep them as uint8.",
            )
        return self.evaluation.levels

    @property
    def datasets(self) -> Iterator[tuple[str, Dataset]]:
        """The parts, by what they are used for."""
        yield "encoding", self.encoding
        yield "decoding", self.decoding
        yield "validation", self.validation
        yield "evaluation", self.evaluation

    @property
    def dimensions(self) -> int:
        """Sub-pixels of an image."""
        return self.evaluation.m

    @property
    def colour(self) -> bool:
        """Whether images have three channels."""
        return self.shape[0] == 3


def load_parts(
    name: str, *, root: str | None, shrunk: int, binary: bool, evaluated: int, seed: int
) -> Parts:
    """Load a task's images in disjoint parts, reduced as the parameters say.

    The training part of a dataset is shared by the classifier and its decoders, half each but
    for what early stopping needs; the bounds are estimated on its test part. A dataset that its
    authors divided in three has a part for each, and early stopping looks at images that are taken
    out of the decoding part.

    Reference:
        "What Information Does a ResNet Compress" (2018), section 5.2, for the three sets.

    Arguments:
        name: a dataset of images.
        root: folder to load data from; None for the usual places.
        shrunk: side of the blocks of pixels that become one.
        binary: whether pixels become 0 or 1.
        evaluated: test images, at most.
        seed: of the division.

    Returns:
        The parts.

    Raises:
        DataError: files are missing or damaged.

    Example:
        >>> parts = load_parts(
        ...     "digits", root=None, shrunk=1, binary=True, evaluated=100, seed=0)
        >>> parts.encoding.n, parts.decoding.n, parts.validation.n, parts.evaluation.n
        (693, 694, 50, 100)
    """
    if "decoding" in DATASETS[name].parts:
        encoding, decoding, validation, test = _three(name, root, evaluated, seed)
    else:
        encoding, decoding, validation, test = _two(name, root, evaluated, seed)
    spare, evaluation = None, test
    if evaluated < test.n:
        spare, evaluation = split(test, test_fraction=evaluated / test.n, seed=seed)
    else:
        evaluation = _in_random_order(test, seed)
    encoded, decoded, validation, evaluation = (
        _reduced(part, shrunk, binary) for part in (encoding, decoding, validation, evaluation)
    )
    spare = None if spare is None else _reduced(spare, shrunk, binary)
    return Parts(name, encoded, decoded, validation, evaluation, spare)


def _two(
    name: str, root: str | None, evaluated: int, seed: int
) -> tuple[Dataset, Dataset, Dataset, Dataset]:
    if not DATASETS[name].parts:
        train, test = split(load(name, root=root), test_fraction=TEST_SHARE, seed=seed)
    else:
        train, test = (load(name, root=root, part=part) for part in ("train", "test"))
    held_out = _held_out(train, evaluated)
    encoding = (train.n - held_out) // 2
    parts = three_way(
        train,
        encoding=encoding,
        decoding=train.n - held_out - encoding,
        evaluation=held_out,
        seed=seed,
    )
    return *parts, test


def _three(
    name: str, root: str | None, evaluated: int, seed: int
) -> tuple[Dataset, Dataset, Dataset, Dataset]:
    encoding, decoding, evaluation = (
        load(name, root=root, part=part) for part in ("encoding", "decoding", "evaluation")
    )
    share = _held_out(decoding, evaluated) / decoding.n
    decoding, validation = split(decoding, test_fraction=share, seed=seed)
    return _in_random_order(encoding, seed), decoding, validation, evaluation


def _in_random_order(part: Dataset, seed: int) -> Dataset:
    """The same images: archives have them class by class, and the first few are looked at."""
    rows = np.random.default_rng(seed).permutation(part.n)
    return replace(
        part,
        inputs=part.inputs[rows],
        labels=part.labels[rows],
        source=f"{part.source}; in a random order of seed={seed}",
    )


def _held_out(train: Dataset, evaluated: int) -> int:
    return min(round(HELD_OUT * train.n), max(evaluated // 2, LEAST_HELD_OUT))


def _reduced(dataset: Dataset, shrunk: int, binary: bool) -> Dataset:
    smaller = shrink(dataset, factor=shrunk) if shrunk > 1 else dataset
    return binarise(smaller) if binary else smaller
