"""A labelled dataset as arrays, and the entropies of its empirical distribution."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs with one label each; the arrays cannot be written to.

    Entropies are those of the empirical distribution: every sample has probability 1 / n, and
    samples with equal inputs are one value of X.

    Arguments:
        name: what it is called in `load`.
        inputs: (n, m) or (n, channels, h, w) uint8, each in 0..levels - 1; or, if levels is None,
            (n, m) float32, each finite.
        labels: (n,) int64, each in 0..c - 1.
        classes: c names, in the order of the labels.
        source: where the samples come from and what was done to them, in words.
        levels: how many values an input can take, 2..256; None for real inputs.

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
        _check_inputs(self.inputs, self.levels)
        _check_labels(self.labels, len(self.inputs), self.classes)
        for array in ("inputs", "labels"):
            # The digest and the entropies are remembered, so what they describe must not change.
            view = getattr(self, array).view()
            view.flags.writeable = False
            object.__setattr__(self, array, view)

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

    def features(self) -> NDArray[np.float32]:
        """Inputs as a network takes them.

        Returns:
            (n, m) float32: the inputs over levels - 1, in [0, 1], or real inputs as they are; each
            sample flattened in C order.

        Example:
            >>> from ib_mlflow.data import load
            >>> load("digits").features().shape
            (1797, 64)
        """
        features = self.inputs.reshape(self.n, self.m).astype(np.float32)
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


def _check_inputs(inputs: NDArray[Any], levels: int | None) -> None:
    if levels is None:
        _check_real(inputs)
        return
    if inputs.dtype != np.uint8 or inputs.ndim < 2 or inputs.size == 0:
        raise InvalidInputError(
            "inputs must be uint8, with samples along the first of two or more non-empty axes",
            received=f"{inputs.dtype} of shape {inputs.shape}",
            fix="Give each sample a row of whole numbers below 256, or real ones and levels=None.",
        )
    if not 2 <= levels <= 256:
        raise InvalidInputError(
            "levels must lie in 2..256",
            received=levels,
            fix="Name how many values an input can take: 2 for bits, 256 for bytes.",
        )
    if inputs.max() >= levels:
        raise InvalidInputError(
            f"inputs must lie in 0..{levels - 1}, below levels",
            received=f"an input of {inputs.max()}",
            fix="Raise levels or rescale the inputs.",
        )


def _check_real(inputs: NDArray[Any]) -> None:
    if inputs.dtype != np.float32 or inputs.ndim != 2 or inputs.size == 0:
        raise InvalidInputError(
            "inputs without levels must be float32, a row for each sample",
            received=f"{inputs.dtype} of shape {inputs.shape}",
            fix="Name the levels of whole numbers, or give rows of float32.",
        )
    if not np.isfinite(inputs).all():
        raise InvalidInputError(
            "inputs must be finite",
            received="NaN or infinity",
            fix="Remove the samples that are not numbers.",
        )


def _check_labels(labels: NDArray[np.int64], n: int, classes: tuple[str, ...]) -> None:
    if labels.dtype != np.int64 or labels.shape != (n,):
        raise InvalidInputError(
            f"labels must be int64 of shape ({n},), one for each sample",
            received=f"{labels.dtype} of shape {labels.shape}",
            fix="Give one whole number for each sample.",
        )
    if not classes or len(set(classes)) < len(classes):
        raise InvalidInputError(
            "classes must be distinct names, at least one",
            received=classes,
            fix="Name every class once, in the order of the labels.",
        )
    if labels.min() < 0 or labels.max() >= len(classes):
        raise InvalidInputError(
            f"labels must lie in 0..{len(classes) - 1}, one number for each class",
            received=f"labels from {labels.min()} to {labels.max()}",
            fix="Renumber the labels or name every class.",
        )
