"""The networks under study, each trained once and kept at the epochs that are measured.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, sections 5 and 5.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.networks import Autoencoder, ResNet
from ib_mlflow.networks.images.layered import Layered
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.forward import StagedNetwork
from ib_mlflow.studies.decoding.stages import StagedFit, network_stages
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.training.fitting import Plan
from .configuration import EncodedConfiguration
from .paper import DESCENT

Objective = Literal["classifier", "autoencoder"]


@dataclass(frozen=True, eq=False)
class Encoders:
    """The networks of one objective.

    Arguments:
        objective: what they learn.
        networks: by seed, at every measured epoch.
        updates: by measured epoch.
    """

    objective: Objective
    networks: Mapping[int, StagedNetwork]
    updates: Mapping[int, int]

    def at(self, seed: int, epoch: int) -> Layered:
        """A network after an epoch of its training."""
        return self.networks[seed].stages[self.updates[epoch]]


def train_encoders(
    runner: Runner, configuration: EncodedConfiguration, parts: Parts, objective: Objective
) -> Encoders:
    """Train the networks of an objective, or read those that any of the studies has trained.

    Arguments:
        runner: where it is computed.
        configuration: the study's parameters.
        parts: the images.
        objective: what they learn.
    """
    updates = updates_of(configuration, parts)
    fits = {
        seed: encoder_fit(configuration, parts, objective, seed) for seed in configuration.seeds
    }
    stages = runner.spread_by_name(network_stages, fits)
    networks = {
        seed: StagedNetwork(fits[seed].name, stages[seed], fits[seed].configuration)
        for seed in configuration.seeds
    }
    return Encoders(objective, networks, updates)


def encoder_fit(
    configuration: EncodedConfiguration, parts: Parts, objective: Objective, seed: int
) -> StagedFit[Layered]:
    """A network to train.

    Arguments:
        configuration: the study's parameters.
        parts: the images.
        objective: what it learns.
        seed: of its weights and of the order of the images.

    Raises:
        InvalidInputError: the images cannot be halved as often as there are hyper-layers.
    """
    network = ResNet(
        parts.shape,
        parts.encoding.c,
        widths=configuration.widths,
        blocks=configuration.depth,
        levels=parts.levels,
        seed=seed,
    )
    classifies = objective == "classifier"
    return StagedFit(
        name=f"{parts.name} {objective} {seed}",
        parts=parts,
        learnt=parts.encoding,
        template=network if classifies else Autoencoder(network, seed=seed),
        plan=encoder_plan(configuration, parts),
        configuration=configuration.model_copy(update={"seed": seed}),
        shown={"objective": objective},
        target="class" if classifies else "image",
    )


def encoder_plan(configuration: EncodedConfiguration, parts: Parts) -> Plan:
    """How a network under study learns: section 5.1 of the paper."""
    updates = tuple(updates_of(configuration, parts).values())
    return Plan(
        updates=updates[-1],
        batch_size=configuration.encoder_batch,
        evaluate=updates[1:],
        **DESCENT,
    )


def updates_of(configuration: EncodedConfiguration, parts: Parts) -> dict[int, int]:
    """The updates that have been done after each measured epoch.

    Raises:
        ConfigurationError: a batch has more images than there are.
    """
    n, batch = parts.encoding.n, configuration.encoder_batch
    if batch > n:
        raise ConfigurationError(
            f"an update takes no more images than the {n} of the encoding part of {parts.name}",
            received=f"encoder_batch={batch}",
            fix="Lower it.",
        )
    return {epoch: round(epoch * n / batch) for epoch in configuration.epochs}


def encoder_reduction(parts: Parts, configuration: EncodedConfiguration) -> list[str]:
    """What keeps the numbers of a small scale from being held against the paper's."""
    if configuration.scale == "paper":
        return []
    widths = ", ".join(map(str, configuration.widths))
    return [
        f"At scale={configuration.scale} the images of {parts.name} are {parts.shape[1]} × "
        f"{parts.shape[2]}, the residual blocks of a hyper-layer {configuration.depth} and its "
        f"filters {widths}, and the networks learn {parts.encoding.n} images for "
        f"{configuration.epochs[-1]} epochs: their nats are not the paper's, and only orders, "
        "rises and falls can be compared."
    ]
