"""What a decoder is conditioned on: a layer of a classifier, the class, or nothing."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ib_mlflow.data import Dataset
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.images.layered import Layered
from ib_mlflow.studies.running.fits import digest_of
from ib_mlflow.training.decoders import Pairs, log_probabilities, log_probability_table
from ib_mlflow.training.decoders.pairs import Encode

BATCH = 250
"""Images of a forward pass of a decoder."""
BLOCK = 1000
"""Images of a forward pass of a classifier."""


class Context(Protocol):
    """What a decoder is conditioned on: h."""

    @property
    def name(self) -> str:
        """What it is called in the report."""

    @property
    def identity(self) -> dict[str, object]:
        """What tells it from every other context."""

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape of h for one image; None for nothing."""

    @property
    def encode(self) -> Encode | None:
        """From a batch of images to their contexts, where these are computed."""

    def pairs(self, part: Dataset) -> Pairs:
        """Images and contexts."""

    def log_probabilities(self, decoder: nn.Module, part: Dataset) -> NDArray[np.float64]:
        """Return ln q(x|h) in nats: (n,), or (n, c) under every value of a discrete h."""


@dataclass(frozen=True, eq=False)
class LayerContext:
    """A layer of a trained network.

    Arguments:
        classifier: it does not learn any more.
        name: of the layer.
        subject: what the classifier is called.
    """

    classifier: Layered
    name: str
    subject: str

    @cached_property
    def identity(self) -> dict[str, object]:
        """The classifier's weights and the layer's name."""
        return {"classifier": digest_of(self.classifier), "layer": self.name}

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape of the layer's output for one image."""
        return self.classifier.layer_shape(self.name)

    @property
    def encode(self) -> Encode:
        """Images to the layer's outputs: made on demand, for it copies the classifier."""
        return self.classifier.encoder(self.name)

    @property
    def device(self) -> torch.device:
        """Where the classifier is."""
        return next(self.classifier.parameters()).device

    def pairs(self, part: Dataset) -> Pairs:
        """The images: contexts are computed from them."""
        return Pairs(part.inputs)

    def log_probabilities(self, decoder: nn.Module, part: Dataset) -> NDArray[np.float64]:
        """Return ln q(x|h), (n,) nats."""
        return log_probabilities(decoder, self.pairs(part), encode=self.encode, batch_size=BATCH)

    def outputs(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the layer makes of images, flat: (n, d)."""
        return np.concatenate(list(self.output_blocks(images)))

    @torch.no_grad()
    def output_blocks(self, images: NDArray[np.uint8]) -> Iterator[NDArray[np.float32]]:
        """The same, a block of images after the other."""
        encode = self.encode
        for first in range(0, len(images), BLOCK):
            block = torch.tensor(images[first : first + BLOCK], device=self.device)
            outputs: NDArray[np.float32] = encode(block).flatten(1).cpu().numpy()
            yield outputs


@dataclass(frozen=True, eq=False)
class GivenContext:
    """A layer whose outputs are given: of a network that is none of ours, or of a known law.

    Arguments:
        name: what it is called in the report.
        outputs: (n, d) or (n, channels, h, w) for the images of each part, by the part's digest.
    """

    name: str
    outputs: Mapping[str, NDArray[np.float32]]
    encode: None = None

    @cached_property
    def identity(self) -> dict[str, object]:
        """Digests of the outputs."""
        digests = {
            part: hashlib.sha256(np.ascontiguousarray(outputs).data).hexdigest()
            for part, outputs in self.outputs.items()
        }
        return {"given": digests}

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the outputs for one image."""
        return next(iter(self.outputs.values())).shape[1:]

    def pairs(self, part: Dataset) -> Pairs:
        """The images and their outputs.

        Raises:
            InvalidInputError: there are no outputs for the part.
        """
        if part.digest not in self.outputs:
            raise InvalidInputError(
                "outputs must be given for every part of the images",
                received=f"none of {self.name} for {part.n} images",
                fix="Give those of the decoding, validation and evaluation part, by digest.",
            )
        return Pairs(part.inputs, self.outputs[part.digest])

    def log_probabilities(self, decoder: nn.Module, part: Dataset) -> NDArray[np.float64]:
        """Return ln q(x|h), (n,) nats."""
        return log_probabilities(decoder, self.pairs(part), batch_size=BATCH)


@dataclass(frozen=True)
class LabelContext:
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

    def log_probabilities(self, decoder: nn.Module, part: Dataset) -> NDArray[np.float64]:
        """Return ln q(x|y') for every class, (n, c) nats."""
        classes = np.eye(self.c, dtype=np.float32)
        return log_probability_table(decoder, part.inputs, classes, batch_size=BATCH)


@dataclass(frozen=True)
class NoContext:
    """Nothing: the decoder is a model of the images alone."""

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

    def log_probabilities(self, decoder: nn.Module, part: Dataset) -> NDArray[np.float64]:
        """Return ln q(x), (n,) nats."""
        return log_probabilities(decoder, self.pairs(part), batch_size=BATCH)
