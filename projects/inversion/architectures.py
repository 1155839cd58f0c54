"""Three architectures of classifiers, with their FC3 inverted.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.2 and appendix A; Fig. 4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ib_mlflow import figures
from ib_mlflow.information import DecoderInformation, decoder_information
from ib_mlflow.networks.images.classifiers import Architecture
from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.decoding.contexts import LayerContext, NoContext
from ib_mlflow.studies.decoding.decoded import DecodedLayer
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.evidence import decoding_evidence
from ib_mlflow.studies.decoding.fitting import CLASS_LOG_PROBABILITIES, LOG_PROBABILITIES
from ib_mlflow.studies.decoding.layer_fits import ReconstructionFit
from ib_mlflow.studies.decoding.samples import (
    LayerSamples,
    LayerSampling,
    sample_grid,
    sample_layer,
)
from ib_mlflow.studies.decoding.tuned import TunedDecoder
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.fits import FittedNetwork, run_fit
from ib_mlflow.studies.running.runner import Runner
from .configuration import ClassifyingConfiguration
from .decoders import decoder_job, tuned_decoders
from .networks import classifier_fit
from .paper import ALTERNATIVES
from .remarks import judged_over

LAYER = "FC3"
NOTHING = NoContext.name
DENSE, PLAIN, POOLED = "fully connected", "convolutional", "global pooling"
ARCHITECTURES: dict[Architecture, str] = {
    "fully_connected": DENSE,
    "convolutional": PLAIN,
    "global_max": POOLED,
}
"""What the architectures are called in the report."""


@dataclass(frozen=True, eq=False)
class InvertedArchitecture:
    """What is known of one architecture.

    Arguments:
        right: (n,) whether each test image was classified rightly.
        samples: drawn from FC3.
    """

    right: NDArray[np.bool_]
    samples: LayerSamples


@dataclass(frozen=True, eq=False)
class OtherArchitectures:
    """What is known of the three architectures from another seed.

    Arguments:
        right: (n,) whether each test image was classified rightly, by what they are called.
        information: of the decoders of FC3, by the same.
    """

    right: Mapping[str, NDArray[np.bool_]]
    information: DecoderInformation


@dataclass(frozen=True, eq=False)
class Architectures:
    """What is known of the three architectures.

    Arguments:
        configuration: the study's parameters.
        parts: the images.
        inverted: by what each is called.
        information: of the decoders of FC3, by the same, beside one without context.
        unconditional: (n,) ln q(x) of that one, in nats.
        decoders: by task, those that were tuned; empty of the usual ones.
        fitted: the decoders of FC3, by what their architectures are called.
        others: the same from other seeds.
    """

    configuration: ClassifyingConfiguration
    parts: Parts
    inverted: Mapping[str, InvertedArchitecture]
    information: DecoderInformation
    unconditional: NDArray[np.float64]
    decoders: Mapping[str, TunedDecoder] = field(default_factory=dict)
    fitted: Mapping[str, FittedNetwork[PixelCNN]] = field(default_factory=dict)
    others: Sequence[OtherArchitectures] = ()

    @property
    def informations(self) -> list[DecoderInformation]:
        """Of every network's decoders, the first network's first."""
        return [self.information, *(other.information for other in self.others)]

    def right(self, name: str) -> list[NDArray[np.float64]]:
        """(n,) 1 where an architecture classified a test image rightly; of each network."""
        every = [self.inverted[name].right, *(other.right[name] for other in self.others)]
        return [right.astype(np.float64) for right in every]

    @property
    def scalars(self) -> dict[str, float]:
        """End-of-run scalars for MLflow's comparison pages."""
        scalars: dict[str, float] = {}
        for architecture, name in ARCHITECTURES.items():
            inverted, bound = self.inverted[name], self.information.negative_cross_entropy[name]
            scalars |= {
                f"summary/test_accuracy.{architecture}": float(inverted.right.mean()),
                f"summary/negative_cross_entropy_nats.{architecture}": bound.value,
                f"summary/negative_cross_entropy_se_nats.{architecture}": bound.standard_error,
                f"summary/moved_pixels.{architecture}": float(inverted.samples.moved.mean()),
            }
        return scalars

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        return decoding_evidence(
            [self.parts],
            self.configuration,
            summary=f"{LAYER} of three classifiers of {self.parts.name} was inverted",
            metrics=self.scalars,
            decoders=self.decoders,
            over=judged_over(self.configuration),
        )


def read_architectures(
    runner: Runner, configuration: ClassifyingConfiguration, parts: Parts, *, compared: int
) -> Architectures:
    """Train the three classifiers, and invert their FC3.

    Arguments:
        runner: where it is computed.
        configuration: the study's parameters.
        parts: the images.
        compared: test images that are compared with what is drawn for them.
    """
    tuned = tuned_decoders(runner, configuration, {parts.name: parts})
    classifiers = runner.spread_by_name(
        run_fit,
        {
            name: classifier_fit(parts, configuration, architecture)
            for architecture, name in ARCHITECTURES.items()
        },
    )
    layers = {
        name: LayerContext(classifier.network, LAYER, f"{parts.name} {name}")
        for name, classifier in classifiers.items()
    }
    fits = {
        name: decoder_job(f"{layer.subject} {LAYER}", parts, layer, configuration, tuned)
        for name, layer in layers.items()
    }
    nothing = NoContext()
    fits[NOTHING] = decoder_job(f"{parts.name} {NOTHING}", parts, nothing, configuration, tuned)
    decoders = runner.spread_by_name(run_fit, fits)
    plan = configuration.helper_plan()
    reconstructions = runner.spread_by_name(
        run_fit,
        {
            name: ReconstructionFit(parts, layer, configuration, plan)
            for name, layer in layers.items()
        },
    )
    samples = runner.spread_by_name(
        sample_layer,
        {
            name: LayerSampling(
                DecodedLayer(parts, layer, decoders[name], configuration),
                reconstructions[name],
                compared,
                ALTERNATIVES,
            )
            for name, layer in layers.items()
        },
    )
    grid = figures.pixels(sample_grid(parts, samples, frame=True))
    runner.study.log_image(grid, "samples", configuration.classifier_updates)
    guesses = {
        name: classifier.results[CLASS_LOG_PROBABILITIES].argmax(axis=1)
        for name, classifier in classifiers.items()
    }
    unconditional = decoders[NOTHING].results[LOG_PROBABILITIES]
    return Architectures(
        configuration=configuration,
        parts=parts,
        inverted={
            name: InvertedArchitecture(guesses[name] == parts.evaluation.labels, samples[name])
            for name in layers
        },
        information=decoder_information(
            {name: decoders[name].results[LOG_PROBABILITIES] for name in layers},
            dimensions=parts.dimensions,
            unconditional=unconditional,
        ),
        unconditional=unconditional,
        decoders=tuned,
        fitted={name: decoders[name] for name in layers},
    )
