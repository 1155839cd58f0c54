"""A labelled dataset as arrays, and the entropies of its empirical distribution."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ib_mlflow.data.arrays import check_index, classes_and_labels, input_array, label_array
from ib_mlflow.data.checks import check_inputs, check_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs with one label each; the arrays cannot be written to.

    Entropies are those of the empirical distribution: every sample has probability 1 / n, and
    samples with equal inputs are one value of X.

    Arguments:
        name: what it is called in `load`.
        inputs: (n, ...) such as (n, m), images (n, channels, h, w) or sequences (n, t, m); lists,
            arrays, tensors and frames. With levels they are uint8, each in 0..levels - 1; without,
            floating point is kept as float32, finite, and signed integers as int64 ids, which
            networks look up.
        labels: (n,) whole numbers, each in 0..c - 1.
        classes: c names, in the order of the labels.
        source: where the samples come from and what was done to them, in words.
        levels: how many values an input can take, 2..256; None for real inputs and ids.

    Raises:
        InvalidInputError: the arrays, the classes and the levels do not fit together.

    Example:
        >>> from math import log
        >>> xor = Dataset(
        ...     name="xor",
        ...     inputs=np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.uint8),
        ...     labels=np.array([0, 1, 1, 0]),
        ...     classes=("even", "odd"),
        ...     source="written by hand",
        ...     levels=2,
        ... )
        >>> xor.n, xor.m, xor.c
        (4, 2, 2)
        >>> xor.input_entropy / log(2), xor.information_xy / log(2)  # bits
        (2.0, 1.0)
    """

    name: str
    inputs: NDArray[Any] = field(repr=False)
    labels: NDArray[np.int64] = field(repr=False)
    classes: tuple[str, ...]
    source: str
    levels: int | None

    def __post_init__(self) -> None:
        check_index(self.inputs, self.labels)
        object.__setattr__(self, "inputs", input_array(self.inputs, self.levels))
        object.__setattr__(self, "labels", label_array(self.labels))
        check_inputs(self.inputs, self.levels)
        check_labels(self.labels, len(self.inputs), self.classes)
        for array in ("inputs", "labels"):
            # The digest and the entropies are remembered, so what they describe must not change.
            view = getattr(self, array).view()
            view.flags.writeable = False
            object.__setattr__(self, array, view)

    @classmethod
    def of(
        cls,
        inputs: Any,
        labels: Any,
        *,
        name: str = "own data",
        classes: Sequence[str] | None = None,
        levels: int | None = None,
        source: str = "given as arrays",
    ) -> Self:
        """A dataset of samples of your own, with labels of any kind.

        Arguments:
            inputs: as above.
            labels: (n,) names, whole numbers, or categories of pandas.
            name: what it is called in reports.
            classes: names of all classes, in order; labels are then these names or their numbers.
                None for the distinct labels, sorted, or the categories.
            levels: as above.
            source: as above.

        Raises:
            InvalidInputError: as above, or labels are no classes.

        Example:
            >>> data = Dataset.of([[0.1, 2.0], [0.3, 1.0], [0.2, 0.5]], ["cat", "ant", "cat"])
            >>> data.inputs.dtype, data.classes, data.labels.tolist()
            (dtype('float32'), ('ant', 'cat'), [1, 0, 1])
        """
        check_index(inputs, labels)
        names, numbers = classes_and_labels(labels, classes)
        return cls(name, inputs, numbers, names, source, levels)

    def __len__(self) -> int:
        return self.n

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.inputs)

    @property
    def m(self) -> int:
        """Number of inputs of one sample, all axes flattened."""
        return int(np.prod(self.inputs.shape[1:]))

    @property
    def c(self) -> int:
        """Number of classes, whether or not each of them occurs."""
        return len(self.classes)

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the inputs and labels with their types and shapes.

        Example:
            >>> from ib_mlflow.data import load
            >>> load("szt").digest[:16]
            '2c951ddd067ef3f3'
        """
        parts = (self.inputs, self.labels)  # in an order of bytes that is the same everywhere
        arrays = [np.ascontiguousarray(part, part.dtype.newbyteorder("<")) for part in parts]
        header = json.dumps([[array.dtype.str, array.shape] for array in arrays])
        digest = hashlib.sha256(header.encode())
        for array in arrays:
            digest.update(array.data)
        return digest.hexdigest()

    def features(self) -> NDArray[Any]:
        """Inputs as a network takes them.

        Returns:
            (n, m), each sample flattened in C order: float32, the inputs over levels - 1, in
            [0, 1], or real inputs as they are; int64 of ids.

        Example:
            >>> from ib_mlflow.data import load
            >>> load("digits").features().shape
            (1797, 64)
        """
        kind = np.int64 if self.inputs.dtype == np.int64 else np.float32
        features: NDArray[Any] = self.inputs.reshape(self.n, self.m).astype(kind)
        if self.levels is not None:
            features /= np.float32(self.levels - 1)
        return features

    @cached_property
    def label_entropy(self) -> float:
        """H(Y) in nats."""
        return _entropy(np.bincount(self.labels))

    @cached_property
    def input_entropy(self) -> float:
        """H(X) in nats; ln n where no two samples have equal inputs."""
        return _entropy(np.bincount(self._value_of_x))

    @cached_property
    def information_xy(self) -> float:
        """I(X;Y) in nats; H(Y) where equal inputs always have equal labels."""
        joint = np.bincount(self._value_of_x * self.c + self.labels)
        value_of_x = np.flatnonzero(joint) // self.c
        joint = joint[joint > 0]
        # As -log p(y|x), so that a label which is a function of the input leaves exactly zero.
        surprise = -np.log(joint / np.bincount(self._value_of_x)[value_of_x])
        return self.label_entropy - float(joint @ surprise) / self.n

    @cached_property
    def _value_of_x(self) -> NDArray[np.int64]:
        """(n,) which distinct input each sample has, numbered as they first occur."""
        values: dict[bytes, int] = {}
        rows = self.inputs + 0  # which makes -0.0 and 0.0 the same bytes
        numbers = (values.setdefault(row.tobytes(), len(values)) for row in rows)
        return np.fromiter(numbers, np.int64, self.n)


def _entropy(counts: NDArray[np.int64]) -> float:
    counts = counts[counts > 0]
    # ln n - (sum k ln k) / n is exactly ln n where every count is one.
    n = counts.sum()
    return float(np.log(n) - counts @ np.log(counts) / n)
