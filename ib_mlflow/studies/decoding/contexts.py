"""What a decoder may be told of an image: a layer of a classifier, the class, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ib_mlflow.data import Dataset
from ib_mlflow.networks.images.layered import Classifier
from ib_mlflow.studies.running.fits import digest_of
from ib_mlflow.training.decoders import Pairs, log_probabilities, log_probability_table

BATCH = 250


class Told(Protocol):
    """What a decoder is told."""

    @property
    def name(self) -> str:
        """What it is called in the report."""

    @property
    def identity(self) -> dict[str, object]:
        """What tells it from everything else that a decoder may be told."""

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape of one context; None for nothing."""

    @property
    def encode(self) -> Callable[[Tensor], Tensor] | None:
        """From a batch of images to contexts, where they are computed."""

    def pairs(self, part: Dataset) -> Pairs:
        """Images and contexts."""

    def evaluate(self, decoder: nn.Module, part: Dataset) -> NDArray[np.float64]:
        """Return ln q(x|h): (n,), or (n, c) under every value of a discrete h."""


@dataclass(frozen=True)
class Layer:
    """A layer of a classifier, frozen.

    Arguments:
        subject: name of the classifier.
        name: of the layer.
        digest: of the classifier's weights.
        shape: of the layer's output for one image.
        encode: images to that output.
        device: where the classifier is.
    """

    subject: str
    name: str
    digest: str
    shape: tuple[int, ...]
    encode: Callable[[Tensor], Tensor]
    device: torch.device

    @classmethod
    def of(cls, classifier: Classifier, name: str, subject: str) -> "Layer":
        """A layer of a classifier as it is now."""
        encode, shape = classifier.encoder(name), classifier.layer_shape(name)
        device = next(classifier.parameters()).device
        return cls(subject, name, digest_of(classifier), shape, encode, device)

    @property
    def identity(self) -> dict[str, object]:
        """The classifier's weights and the layer's name."""
        return {"classifier": self.digest, "layer": self.name}

    def pairs(self, part: Dataset) -> Pairs:
        """The images: contexts are computed from them."""
        return Pairs(part.inputs)

    def evaluate(self, decoder: nn.Module, part: Dataset) -> NDArray[np.float64]:
        """Return ln q(x|h), (n,)."""
        return log_probabilities(decoder, self.pairs(part), encode=self.encode, batch_size=BATCH)


@dataclass(frozen=True)
class Label:
    """The class of an image, of c classes."""

    c: int
    name: str = "label"
    encode: None = None

    @property
    def identity(self) -> dict[str, object]:
        """The number of classes."""
        return {"label": self.c}

    @property
    def shape(self) -> tuple[int]:
        """One number for each class."""
        return (self.c,)

    def pairs(self, part: Dataset) -> Pairs:
        """The images, and 1 for their own class."""
        return Pairs(part.inputs, np.eye(self.c, dtype=np.float32)[part.labels])

    def evaluate(self, decoder: nn.Module, part: Dataset) -> NDArray[np.float64]:
        """Return ln q(x|y') for every class, (n, c)."""
        classes = np.eye(self.c, dtype=np.float32)
        return log_probability_table(decoder, part.inputs, classes, batch_size=BATCH)


@dataclass(frozen=True)
class Nothing:
    """No context: the decoder is a model of the images alone."""

    name: str = "nothing"
    shape: None = None
    encode: None = None

    @property
    def identity(self) -> dict[str, object]:
        """Nothing."""
        return {"nothing": True}

    def pairs(self, part: Dataset) -> Pairs:
        """The images."""
        return Pairs(part.inputs)

    def evaluate(self, decoder: nn.Module, part: Dataset) -> NDArray[np.float64]:
        """Return ln q(x), (n,)."""
        return log_probabilities(decoder, self.pairs(part), batch_size=BATCH)
