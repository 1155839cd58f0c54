"""Small networks that are fitted to a layer: heads that read the class, and reconstructions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

from ib_mlflow.networks.images.heads import standardised
from ib_mlflow.networks.images.reconstruction import Reconstruction
from ib_mlflow.networks.members import checked_device
from ib_mlflow.studies.decoding.configuration import DecodingConfiguration, ImageConfiguration
from ib_mlflow.studies.decoding.contexts import LayerContext
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import CLASS_LOG_PROBABILITIES, identity_of
from ib_mlflow.studies.running.fits import Arrays
from ib_mlflow.training.classification import class_log_probabilities, train_classifier
from ib_mlflow.training.decoders import train_reconstruction
from ib_mlflow.training.fitting import Fitted, Plan


@dataclass(frozen=True, eq=False)
class HeadFit:
    """A head to fit, which reads the class from a layer.

    Arguments:
        parts: the task.
        layer: the layer.
        configuration: the study's parameters.
        plan: how it is fitted.
        kind: "head" for what follows the layer with new weights, "standardised" for the same
            behind a standardised layer, or "probe" for a linear map.
    """

    parts: Parts
    layer: LayerContext
    configuration: ImageConfiguration
    plan: Plan
    kind: Literal["head", "standardised", "probe"] = "head"
    loss_unit: str = "nats"

    @property
    def name(self) -> str:
        """Of the child run."""
        return (
            f"{self.layer.subject} {self.layer.name} {'probe' if self.kind == 'probe' else 'head'}"
        )

    @property
    def parameters(self) -> dict[str, object]:
        """The task, the layer and the seed."""
        return _parameters(self.parts, self.layer, self.configuration)

    @property
    def identity(self) -> dict[str, object]:
        """The data and the layer."""
        return _identity(self.parts, self.layer, self.configuration)

    def network(self) -> nn.Module:
        """The head before training."""
        classifier = self.layer.classifier
        make = classifier.probe if self.kind == "probe" else classifier.head
        head = make(self.layer.name, seed=self.configuration.seed)
        if self.kind == "standardised":
            head = nn.Sequential(standardised(self.layer.shape), head)
        return head.to(checked_device(self.configuration.device))

    def fits(self, network: nn.Module, resume: Mapping[str, Any] | None) -> Iterator[Fitted]:
        """Fit it by the cross-entropy."""
        return train_classifier(
            network,
            self.parts.decoding,
            validation=self.parts.validation,
            encode=self.layer.encode,
            plan=self.plan,
            seed=self.configuration.seed,
            resume=resume,
        )

    def measure(self, network: nn.Module) -> Arrays:
        """The log-probabilities of the test images' classes."""
        images, encode = self.parts.evaluation.inputs, self.layer.encode
        return {CLASS_LOG_PROBABILITIES: class_log_probabilities(network, images, encode=encode)}


@dataclass(frozen=True, eq=False)
class ReconstructionFit:
    """A reconstruction to fit, which maps what a layer holds to one image.

    Arguments:
        parts: the task.
        layer: the layer.
        configuration: the study's parameters.
        plan: how it is fitted.
    """

    parts: Parts
    layer: LayerContext
    configuration: DecodingConfiguration
    plan: Plan
    loss_unit: str = "mse"

    @property
    def name(self) -> str:
        """Of the child run."""
        return f"{self.layer.subject} {self.layer.name} reconstruction"

    @property
    def parameters(self) -> dict[str, object]:
        """The task, the layer and the seed."""
        return _parameters(self.parts, self.layer, self.configuration)

    @property
    def identity(self) -> dict[str, object]:
        """The data and the layer."""
        return _identity(self.parts, self.layer, self.configuration)

    def network(self) -> Reconstruction:
        """The reconstruction before training."""
        filters, seed = self.configuration.filters_of(self.parts), self.configuration.seed
        network = Reconstruction(self.layer.shape, self.parts.shape, filters=filters, seed=seed)
        return network.to(checked_device(self.configuration.device))

    def fits(self, network: Reconstruction, resume: Mapping[str, Any] | None) -> Iterator[Fitted]:
        """Fit it by the squared error."""
        return train_reconstruction(
            network,
            self.layer.pairs(self.parts.decoding),
            validation=self.layer.pairs(self.parts.validation),
            encode=self.layer.encode,
            levels=self.parts.levels,
            plan=self.plan,
            seed=self.configuration.seed,
            resume=resume,
        )

    def measure(self, network: Reconstruction) -> Arrays:  # noqa: ARG002
        """Nothing: its images are made where they are shown."""
        return {}


def _parameters(
    parts: Parts, layer: LayerContext, configuration: ImageConfiguration
) -> dict[str, object]:
    return {"task": parts.name, "context": layer.name, "seed": configuration.seed}


def _identity(
    parts: Parts, layer: LayerContext, configuration: ImageConfiguration
) -> dict[str, object]:
    return identity_of(parts, "decoding", configuration) | {"context": layer.identity}
