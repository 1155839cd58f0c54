"""The networks of one objective, with all that is measured of their layers.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, appendix C, algorithm 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.evidence import fewer_images
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.training.decoders import Pairs, reconstruct
from .decoded import LayersConfiguration
from .encoders import Encoders, Objective, encoder_reduction, train_encoders
from .images import ImageCurves, read_images
from .labels import LabelCurves, Terms, read_labels

ON_BOUNDS = (
    "Networks learn the encoding part, decoders the decoding part, and all numbers are of the "
    "evaluation part. Intervals are of 95 %, over networks and images together: all networks see "
    "the same images.",
    "E[ln q(y|h)] + H(y) is a lower bound of I(y;h), and E[ln q(x|h)] one of I(x;h) up to H(x), "
    "which is the same for all layers and epochs and unknown. What differs between two layers or "
    "two epochs is the difference of two bounds of unknown gaps, and no bound. Differences are "
    "taken image by image, which makes their errors small.",
)
"""What a reader must know of all bounds by decoders."""


@dataclass(frozen=True, eq=False)
class ResidualLayers:
    """What is known of the layers of one objective's networks.

    Arguments:
        configuration: the study's parameters.
        parts: the images.
        objective: what the networks learn.
        labels: what their layers know of the class.
        images: what they know of the image.
        errors: (e, t) mean squared errors of autoencoders on the test images, on the scale from
            0 to 1; None of classifiers.
    """

    configuration: LayersConfiguration
    parts: Parts
    objective: Objective
    labels: LabelCurves
    images: ImageCurves
    errors: Terms | None = None

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        return Evidence(
            summary=f"{_count(self)} of {self.parts.name} "
            f"{'was' if self.configuration.encoders == 1 else 'were'} followed over "
            f"{self.labels.epochs[-1]} epochs",
            over="networks and test images",
            datasets=list(self.parts.datasets),
            metrics=dict([*self.labels.scalars, *self.images.scalars]),
            remarks=[
                *encoder_reduction(self.parts, self.configuration),
                *fewer_images(self.parts, self.configuration),
                _on_convergence(self.images),
                *self.images.chosen.remarks(self.configuration.unit),
                *ON_BOUNDS,
            ],
        )


def read_layers(objective: Objective) -> "Reading":
    """What reads a study's networks of an objective.

    Example:
        >>> read_layers("autoencoder").objective
        'autoencoder'
    """
    return Reading(objective)


@dataclass(frozen=True)
class Reading:
    """Trains networks of an objective and measures their layers.

    Arguments:
        objective: what the networks learn.
    """

    objective: Objective

    def __call__(
        self, runner: Runner, configuration: LayersConfiguration, _: Sequence[Trained]
    ) -> ResidualLayers:
        """Train the networks, or find those that are there, and measure every layer."""
        parts = configuration.parts(configuration.task)
        encoders = train_encoders(runner, configuration, parts, self.objective)
        return ResidualLayers(
            configuration=configuration,
            parts=parts,
            objective=self.objective,
            labels=read_labels(runner, configuration, parts, encoders),
            images=read_images(runner, configuration, parts, encoders),
            errors=_errors(encoders, parts) if self.objective == "autoencoder" else None,
        )


def _errors(encoders: Encoders, parts: Parts) -> Terms:
    images = parts.evaluation.inputs
    brightest = parts.levels - 1
    return np.array(
        [
            [
                np.square(reconstruct(stage, Pairs(images)) - images / brightest).mean()
                for stage in network.stages.values()
            ]
            for network in encoders.networks.values()
        ]
    )


def _on_convergence(images: ImageCurves) -> str:
    """How many decoders are at their end, and what that means for their bounds."""
    converged, total = images.converged
    if converged == total:
        return f"All {total} decoders have converged."
    diverged = [words for layer in images.layers for words in images.diverged(layer)]
    rose = (
        f" {len(diverged)} have DIVERGED, and their layers are not judged: {'; '.join(diverged)}."
        if diverged
        else ""
    )
    return (
        f"{total - converged} of {total} decoders have NOT converged within their updates: their "
        "bounds lie lower than they could, and a change between epochs may be one of how fast "
        "decoders learn: it is judged with limits that are wider by as much as a doubling of the "
        f"updates may have moved it. The paper's had not converged after 250 epochs.{rose}"
    )


def _count(layers: ResidualLayers) -> str:
    count = layers.configuration.encoders
    return f"{count} {layers.objective}{'' if count == 1 else 's'}"
