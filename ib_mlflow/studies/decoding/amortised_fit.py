"""One decoder that inverts a layer at several epochs, as a job."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ib_mlflow.data import Dataset
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.members import checked_device
from ib_mlflow.networks.pixelcnn import AmortisedPixelCNN, join_epoch, joined_shape
from ib_mlflow.studies.decoding.configuration import DecodingConfiguration, new_decoder
from ib_mlflow.studies.decoding.contexts import BATCH, BLOCK, Context
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import LOG_PROBABILITIES, identity_of
from ib_mlflow.studies.running.fits import Arrays
from ib_mlflow.training.decoders import EpochPairs, Pairs, log_probabilities, train_amortised
from ib_mlflow.training.decoders.pairs import Encode, context_of
from ib_mlflow.training.fitting import Fitted, Plan


@dataclass(frozen=True, eq=False)
class EpochContext:
    """A context at one of the epochs of an amortised decoder.

    Arguments:
        context: the layer at that epoch.
        number: of the epoch among those that are measured, from 0.
        epochs: how many are.
    """

    context: Context
    number: int
    epochs: int

    @property
    def name(self) -> str:
        """What it is called in the report."""
        return self.context.name

    @property
    def identity(self) -> dict[str, object]:
        """What tells it from every other context."""
        return {"of": self.context.identity, "number": self.number, "epochs": self.epochs}

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of h for one image, joined with the epoch."""
        return joined_shape(shape_of(self.context), self.epochs)

    @property
    def encode(self) -> Encode:
        """From images, or contexts where these are given, to what the decoder takes."""
        return partial(_joined, self.context.encode, self.number, self.epochs)

    def pairs(self, part: Dataset) -> Pairs:
        """Images, and contexts where these are not computed from them."""
        return self.context.pairs(part)

    def log_probabilities(self, decoder: nn.Module, part: Dataset) -> NDArray[np.float64]:
        """Return ln q(x|h) at this epoch, (n,) nats."""
        pairs = self.pairs(part)
        return log_probabilities(decoder, pairs, encode=self.encode, batch_size=BATCH)


@dataclass(frozen=True, eq=False)
class AmortisedFit:
    """A decoder to fit that inverts a layer at several epochs.

    Arguments:
        name: of the child run.
        parts: the task.
        contexts: the layer by measured epoch, ascending; of one shape.
        configuration: the study's parameters.
        plan: how it is fitted.
        conditioning: how maps condition, "resize" or "convolution".
        shown: what else MLflow's comparison pages show of it.

    Raises:
        InvalidInputError: there are no contexts, or they differ in shape.
    """

    name: str
    parts: Parts
    contexts: Mapping[int, Context]
    configuration: DecodingConfiguration
    plan: Plan
    conditioning: str = "convolution"
    shown: Mapping[str, object] = field(default_factory=dict)
    loss_unit: str = "nats"

    def __post_init__(self) -> None:
        shapes = {shape_of(context) for context in self.contexts.values()}
        if len(shapes) != 1:
            raise InvalidInputError(
                "an amortised decoder is of one layer, whose shape is the same at every epoch",
                received=" and ".join(map(str, sorted(shapes))) or "no epoch",
                fix="Invert each layer by a decoder of its own.",
            )

    @cached_property
    def at(self) -> dict[int, EpochContext]:
        """What the decoder takes at each epoch."""
        epochs = len(self.contexts)
        return {
            epoch: EpochContext(context, number, epochs)
            for number, (epoch, context) in enumerate(self.contexts.items())
        }

    @property
    def parameters(self) -> dict[str, object]:
        """The task, the layer, the size and the seed."""
        return {
            "task": self.parts.name,
            "context": next(iter(self.contexts.values())).name,
            "filters": self.configuration.filters_of(self.parts),
            "blocks": self.configuration.blocks,
            "seed": self.configuration.seed,
            **self.shown,
        }

    @property
    def identity(self) -> dict[str, object]:
        """The data and the contexts."""
        contexts = [context.identity for context in self.contexts.values()]
        return identity_of(self.parts, "decoding", self.configuration) | {"contexts": contexts}

    def network(self) -> AmortisedPixelCNN:
        """The decoder before training, which knows means and deviations of every epoch."""
        joined = next(iter(self.at.values()))
        inner = new_decoder(self.parts, joined, self.configuration, conditioning=self.conditioning)
        decoder = AmortisedPixelCNN(inner, len(self.contexts))
        decoder.to(checked_device(self.configuration.device))
        for number, context in enumerate(self.contexts.values()):
            pairs = context.pairs(self.parts.decoding)
            block = [
                torch.tensor(np.asarray(array[:BLOCK])) for array in map(np.asarray, pairs.arrays)
            ]
            h = context_of(context.encode, *(part.to(decoder.device) for part in block))
            assert h is not None
            decoder.standardise(number, h)
        return decoder

    def fits(
        self, network: AmortisedPixelCNN, resume: Mapping[str, Any] | None
    ) -> Iterator[Fitted]:
        """Fit it by maximum likelihood, all epochs at once."""
        return train_amortised(
            network,
            self._pairs(self.parts.decoding),
            validation=self._pairs(self.parts.validation),
            plan=self.plan,
            seed=self.configuration.seed,
            resume=resume,
        )

    def measure(self, network: AmortisedPixelCNN) -> Arrays:
        """The log-probabilities of the test images at every epoch, (epochs, n) nats."""
        part = self.parts.evaluation
        rows = [context.log_probabilities(network, part) for context in self.at.values()]
        return {LOG_PROBABILITIES: np.stack(rows)}

    def _pairs(self, part: Dataset) -> EpochPairs:
        contexts = self.contexts.values()
        return EpochPairs(
            [context.pairs(part) for context in contexts], [each.encode for each in contexts]
        )


def shape_of(context: Context) -> tuple[int, ...]:
    """The shape of a context that there must be.

    Raises:
        InvalidInputError: it is none.
    """
    if context.shape is None:
        raise InvalidInputError(
            "a layer that is inverted over epochs must hold something",
            received=context.name,
            fix="Fit a decoder without context by itself: it does not depend on the epoch.",
        )
    return context.shape


def _joined(encode: Encode | None, number: int, epochs: int, values: Tensor) -> Tensor:
    return join_epoch(values if encode is None else encode(values), number, epochs)
