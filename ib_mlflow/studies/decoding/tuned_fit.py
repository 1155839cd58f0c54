"""Decoders with settings of their own: what a search tries, and what is made of its result."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ib_mlflow.data import Dataset, head
from ib_mlflow.networks.members import checked_device
from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.decoding.configuration import ImageConfiguration
from ib_mlflow.studies.decoding.contexts import BATCH, Context
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import LOG_PROBABILITIES, identity_of
from ib_mlflow.studies.decoding.settings import DecoderSettings
from ib_mlflow.studies.running.fits import Arrays, FittedNetwork, digest_of
from ib_mlflow.training.decoders import log_probabilities, train_decoder
from ib_mlflow.training.fitting import Fitted, Plan


def tuning_parts(parts: Parts, *, tuned_on: int) -> Parts:
    """The images of a task as a search over decoders may see them: without those of the bounds.

    Decoders learn and stop on what they learn and stop on in a study; they are compared on images
    of the classifier's part, which neither they nor the bounds see.

    Arguments:
        parts: of the study.
        tuned_on: images that decoders are compared on, at most.

    Returns:
        Parts whose `evaluation` is the tuning split.

    Example:
        >>> from ib_mlflow.studies.decoding.division import load_parts
        >>> parts = load_parts(
        ...     "digits", root=None, shrunk=1, binary=True, evaluated=100, seed=0)
        >>> tuning_parts(parts, tuned_on=300).evaluation.n
        300
    """
    split = head(parts.encoding, min(tuned_on, parts.encoding.n))
    return replace(parts, evaluation=split)


@dataclass(frozen=True, eq=False)
class TunedFit:
    """A decoder to fit with settings of its own.

    Arguments:
        name: of the child run.
        parts: the task.
        context: what it is conditioned on.
        settings: of the decoder.
        configuration: the study's parameters.
        every_class: whether a decoder of the label is evaluated under every class, as its bound
            needs; else each image under its own context alone.
        shorter: how it is fitted; by default as its settings say.
        start: a decoder of an earlier stage, whose weights are where this one starts.
    """

    name: str
    parts: Parts
    context: Context
    settings: DecoderSettings
    configuration: ImageConfiguration
    every_class: bool = True
    shorter: Plan | None = None
    start: FittedNetwork[PixelCNN] | None = None
    loss_unit: str = "nats"

    @property
    def plan(self) -> Plan:
        """How it is fitted."""
        return self.shorter or self.settings.plan(self.configuration)

    def warm(self, name: str, plan: Plan, start: FittedNetwork[PixelCNN]) -> "TunedFit":
        """The same decoder with another name and plan, from the weights of an earlier stage."""
        return replace(self, name=name, shorter=plan, start=start)

    @property
    def parameters(self) -> dict[str, object]:
        """The task, the context, the settings and the seed."""
        return {
            "task": self.parts.name,
            "context": self.context.name,
            **self.settings.model_dump(),
            "seed": self.configuration.seed,
        }

    @property
    def identity(self) -> dict[str, object]:
        """The data and the context; its size and its rates are said by network and plan."""
        own = identity_of(self.parts, "decoding", self.configuration)
        start = {} if self.start is None else {"start": digest_of(self.start.network)}
        return own | start | {"context": self.context.identity, "every_class": self.every_class}

    def network(self) -> PixelCNN:
        """The decoder before training."""
        seed, device = self.configuration.seed, self.configuration.device
        network = self.settings.network(self.parts, self.context, seed=seed)
        network.to(checked_device(device))
        if self.start is not None:
            network.load_state_dict(self.start.network.state_dict())
        return network

    def fits(self, network: PixelCNN, resume: Mapping[str, Any] | None) -> Iterator[Fitted]:
        """Fit it by maximum likelihood."""
        return train_decoder(
            network,
            self.context.pairs(self.parts.decoding),
            validation=self.context.pairs(self.parts.validation),
            encode=self.context.encode,
            plan=self.plan,
            seed=self.configuration.seed,
            warm=self.start is not None,
            resume=resume,
        )

    def measure(self, network: PixelCNN) -> Arrays:
        """The log-probabilities of the images that it is evaluated on."""
        part = self.parts.evaluation
        whole = self.every_class
        terms = self.context.log_probabilities(network, part) if whole else self.own(network, part)
        return {LOG_PROBABILITIES: terms}

    def own(self, network: nn.Module, part: Dataset) -> NDArray[np.float64]:
        """Return ln q(x|h) of images under their own contexts, (n,) nats."""
        context = self.context
        pairs = context.pairs(part)
        return log_probabilities(network, pairs, encode=context.encode, batch_size=BATCH)
