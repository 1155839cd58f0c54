"""Parts of a dataset: by fraction, by class, and into three."""

from __future__ import annotations

import difflib
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ib_mlflow.data.dataset import Dataset


def split(dataset: Dataset, *, test_fraction: float, seed: int) -> tuple[Dataset, Dataset]:
    """Divide a dataset at random in two, exactly as scikit-learn's train_test_split does.

    The split of the task of Shwartz-Ziv and Tishby by 0.2 and 42 has the entropies of Table 1 of
    "Revisiting the Information Plane", which names neither number.

    Arguments:
        dataset: of n samples.
        test_fraction: share of the test part, in (0, 1); ceil(n · test_fraction) samples.
        seed: of the permutation, 0..2³² − 1.

    Returns:
        The training and the test part, each in the order of the permutation.

    Raises:
        InvalidInputError: the fraction leaves a part empty, or an argument is out of range.

    Example:
        >>> from math import log
        >>> from ib_mlflow.data import load
        >>> train, test = split(load("szt"), test_fraction=0.2, seed=42)
        >>> len(train), int(train.labels.sum()), len(test)
        (3276, 1731, 820)
        >>> round(train.input_entropy / log(2), 12), round(train.information_xy / log(2), 12)
        (11.677719641641, 0.997673429514)
    """
    check_seed(seed)
    inside = isinstance(test_fraction, int | float | np.number) and 0 < test_fraction < 1
    if not inside or math.ceil(dataset.n * test_fraction) >= dataset.n:
        raise InvalidInputError(
            "test_fraction must lie in (0, 1) and leave samples to train on",
            received=f"{test_fraction!r} of {dataset.n} samples",
            fix="Try 0.2.",
        )
    # scikit-learn takes a second to import, and whole datasets do not need it.
    from sklearn.model_selection import train_test_split

    rows = train_test_split(np.arange(dataset.n), test_size=float(test_fraction), random_state=seed)
    how = f"part of a split with test_fraction={test_fraction:g}, seed={seed}"
    return _part(dataset, rows[0], f"training {how}"), _part(dataset, rows[1], f"test {how}")


def subset(dataset: Dataset, *, classes: Sequence[str], per_class: int) -> Dataset:
    """Take the first samples of some classes, in the order of the dataset.

    Arguments:
        dataset: to take from.
        classes: names of classes; their labels become 0, 1, … in the order of this list.
        per_class: how many samples of each class, at least 1.

    Returns:
        The subset, of len(classes) · per_class samples.

    Raises:
        InvalidInputError: a class is unknown or named twice, or has too few samples.

    Example:
        >>> from ib_mlflow.data import load
        >>> part = subset(load("digits"), classes=["1", "3", "8"], per_class=100)
        >>> part.n, part.classes, part.labels[:6].tolist()
        (300, ('1', '3', '8'), [0, 1, 2, 0, 1, 2])
    """
    if isinstance(classes, str) or not classes or len(set(classes)) < len(classes):
        raise InvalidInputError(
            "classes must be a list of distinct names, at least one",
            received=repr(classes),
            fix=f"Choose from {', '.join(dataset.classes)}.",
        )
    check_count("per_class", per_class)
    rows = np.sort(np.concatenate([_first(dataset, name, per_class) for name in classes]))
    part = _part(dataset, rows, f"first {per_class} of each of {', '.join(classes)}")
    new_label = np.zeros(dataset.c, dtype=np.int64)
    new_label[[dataset.classes.index(name) for name in classes]] = np.arange(len(classes))
    return replace(part, labels=new_label[part.labels], classes=tuple(classes))


def head(dataset: Dataset, count: int) -> Dataset:
    """Take the first samples, as of a part that is in the order of a permutation.

    Arguments:
        dataset: of n samples.
        count: how many, from 1 to n.

    Returns:
        The part; a larger one begins with a smaller one.

    Raises:
        InvalidInputError: there are not so many.

    Example:
        >>> from ib_mlflow.data import load
        >>> head(load("digits"), 3).labels.tolist()
        [0, 1, 2]
    """
    check_count("count", count)
    if count > dataset.n:
        raise InvalidInputError(
            f"count must not exceed the {dataset.n} samples",
            received=count,
            fix="Take fewer samples.",
        )
    return _part(dataset, np.arange(count), f"first {count}")


def three_way(
    dataset: Dataset, *, encoding: int, decoding: int, evaluation: int, seed: int
) -> tuple[Dataset, Dataset, Dataset]:
    """Draw three disjoint parts at random: for the network, for its decoders, for the numbers.

    A decoder trained on what the network was trained on would measure what the network has
    memorised, and evaluated on its own training part it would flatter itself.

    Reference:
        "What Information Does a ResNet Compress", ICLR 2019 submission, splits CINIC-10 so.

    Arguments:
        dataset: of n samples.
        encoding: samples to train the network with, at least 1.
        decoding: samples to train decoders with, at least 1.
        evaluation: samples to evaluate the decoders with, at least 1.
        seed: of the permutation, 0..2³² − 1.

    Returns:
        The three parts, in this order, each in the order of the permutation.

    Raises:
        InvalidInputError: a count is below 1, or together they exceed n.

    Example:
        >>> from ib_mlflow.data import load
        >>> parts = three_way(load("digits"), encoding=900, decoding=600, evaluation=297, seed=0)
        >>> [part.n for part in parts]
        [900, 600, 297]
    """
    check_seed(seed)
    counts = {"encoding": encoding, "decoding": decoding, "evaluation": evaluation}
    for name, count in counts.items():
        check_count(name, count)
    if sum(counts.values()) > dataset.n:
        raise InvalidInputError(
            f"the three parts must not exceed the {dataset.n} samples together",
            received=f"{sum(counts.values())} samples",
            fix="Lower one of the counts.",
        )
    permutation = np.random.default_rng(seed).permutation(dataset.n)
    ends = np.cumsum(list(counts.values()))
    rows = np.split(permutation[: ends[-1]], ends[:-1])
    first, second, third = (
        _part(dataset, row, f"{name} part of {count} in a three-way split with seed={seed}")
        for (name, count), row in zip(counts.items(), rows, strict=True)
    )
    return first, second, third


def _part(dataset: Dataset, rows: NDArray[np.int64], how: str) -> Dataset:
    return replace(
        dataset,
        inputs=dataset.inputs[rows],
        labels=dataset.labels[rows],
        source=f"{dataset.source}; {how}",
    )


def _first(dataset: Dataset, name: str, count: int) -> NDArray[np.int64]:
    if name not in dataset.classes:
        near = difflib.get_close_matches(str(name), dataset.classes, n=1)
        raise InvalidInputError(
            f"classes must be names of classes of {dataset.name}",
            received=repr(name),
            fix=f"Choose from {', '.join(near or dataset.classes)}.",
        )
    rows = np.flatnonzero(dataset.labels == dataset.classes.index(name))
    if len(rows) < count:
        raise InvalidInputError(
            f"per_class must not exceed the {len(rows)} samples of class {name}",
            received=count,
            fix="Take fewer samples of each class.",
        )
    return rows[:count]


def check_count(name: str, count: int) -> None:
    """Refuse what is no number of samples.

    Raises:
        InvalidInputError: not a whole number, or below 1.
    """
    if not isinstance(count, int | np.integer) or isinstance(count, bool) or count < 1:
        raise InvalidInputError(
            f"{name} must be a whole number of samples, at least 1",
            received=repr(count),
            fix="Name how many samples to take.",
        )


def check_seed(seed: int) -> None:
    """Refuse what is no seed.

    Raises:
        InvalidInputError: not a whole number in 0..2³² − 1.
    """
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not whole or not 0 <= seed < 2**32:
        raise InvalidInputError(
            "seed must be a whole number in 0..2³² − 1",
            received=repr(seed),
            fix="Name the seed of the split, such as 0.",
        )
