"""What is fitted to invert a classifier: itself, and the decoders of its layers."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ib_mlflow.networks.images.layered import Classifier
from ib_mlflow.networks.members import checked_device
from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.decoding.configuration import (
    DecodingConfiguration,
    Dropout,
    ImageConfiguration,
    new_decoder,
)
from ib_mlflow.studies.decoding.contexts import Context
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.running.fits import Arrays, FittedNetwork, digest_of
from ib_mlflow.training.classification import class_log_probabilities, train_classifier
from ib_mlflow.training.decoders import train_decoder
from ib_mlflow.training.fitting import Fitted, Plan

LOG_PROBABILITIES = "log_probabilities"
"""The result of a decoder: ln q(x|h) of the test images, (n,) or (n, c) nats."""
CLASS_LOG_PROBABILITIES = "class_log_probabilities"
"""The result of a classifier and of a head: ln q(y'|x) or ln q(y'|h) of these, (n, c) nats."""


@dataclass(frozen=True, eq=False)
class ClassifierFit:
    """A classifier to train on the images that its decoders do not learn.

    Arguments:
        name: of the child run.
        parts: the task.
        template: the classifier as it is before training.
        plan: how it is fitted.
        configuration: the study's parameters.
        shown: what tells it from others in MLflow's comparison pages.
    """

    name: str
    parts: Parts
    template: Classifier
    plan: Plan
    configuration: DecodingConfiguration
    shown: Mapping[str, object]
    loss_unit: str = "nats"

    @property
    def parameters(self) -> dict[str, object]:
        """The task, what tells it from others, and the seed."""
        return {"task": self.parts.name, **self.shown, "seed": self.configuration.seed}

    @property
    def identity(self) -> dict[str, object]:
        """The data, the seed and the device."""
        return identity_of(self.parts, "encoding", self.configuration)

    def network(self) -> Classifier:
        """The classifier before training."""
        return copy.deepcopy(self.template).to(checked_device(self.configuration.device))

    def fits(self, network: Classifier, resume: Mapping[str, Any] | None) -> Iterator[Fitted]:
        """Fit it by the cross-entropy."""
        return train_classifier(
            network,
            self.parts.encoding,
            validation=self.parts.validation,
            plan=self.plan,
            seed=self.configuration.seed,
            resume=resume,
        )

    def measure(self, network: Classifier) -> Arrays:
        """The log-probabilities of the test images' classes."""
        images = self.parts.evaluation.inputs
        return {CLASS_LOG_PROBABILITIES: class_log_probabilities(network, images)}


@dataclass(frozen=True, eq=False)
class DecoderFit:
    """A decoder to fit, which inverts what it is conditioned on.

    Arguments:
        name: of the child run.
        parts: the task.
        context: what it is conditioned on.
        configuration: the study's parameters.
        plan: how it is fitted.
        dropout: what it drops; the configuration's share by default.
        start: a decoder of an earlier stage, whose weights are where this one starts.
        conditioning: how maps condition, "resize" or "convolution".
        shown: what else MLflow's comparison pages show of it.
    """

    name: str
    parts: Parts
    context: Context
    configuration: DecodingConfiguration
    plan: Plan
    dropout: Dropout | None = None
    start: FittedNetwork[PixelCNN] | None = None
    conditioning: str = "resize"
    shown: Mapping[str, object] = field(default_factory=dict)
    loss_unit: str = "nats"

    @property
    def parameters(self) -> dict[str, object]:
        """The task, the context, the size and the seed."""
        return {
            "task": self.parts.name,
            "context": self.context.name,
            "filters": self.configuration.filters_of(self.parts),
            "blocks": self.configuration.blocks,
            "seed": self.configuration.seed,
            **self.shown,
        }

    def warm(self, name: str, plan: Plan, start: FittedNetwork[PixelCNN]) -> "DecoderFit":
        """The same decoder with another name and plan, from the weights of an earlier stage."""
        return replace(self, name=name, plan=plan, start=start)

    @property
    def identity(self) -> dict[str, object]:
        """The data, the context, and the weights that it starts from."""
        return identity_of(self.parts, "decoding", self.configuration) | {
            "context": self.context.identity,
            "start": None if self.start is None else digest_of(self.start.network),
        }

    def network(self) -> PixelCNN:
        """The decoder before training."""
        decoder = new_decoder(
            self.parts, self.context, self.configuration, self.dropout, self.conditioning
        )
        decoder.to(checked_device(self.configuration.device))
        if self.start is not None:
            decoder.load_state_dict(self.start.network.state_dict())
        return decoder

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
        """The log-probabilities of the test images."""
        return {LOG_PROBABILITIES: self.context.log_probabilities(network, self.parts.evaluation)}


def identity_of(parts: Parts, learnt: str, configuration: ImageConfiguration) -> dict[str, object]:
    """The data, the seed and the device that a network's numbers follow from.

    Arguments:
        parts: the task.
        learnt: the part that it learns, "encoding" or "decoding".
        configuration: the study's parameters.
    """
    used = (learnt, "validation", "evaluation")
    return {
        "data": {part: getattr(parts, part).digest for part in used},
        "seed": configuration.seed,
        "device": checked_device(configuration.device).type,
    }
