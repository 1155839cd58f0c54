"""The classifiers of some tasks, with all their layers inverted.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ib_mlflow import figures
from ib_mlflow.information import (
    DecoderInformation,
    Estimate,
    decoder_information,
)
from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.decoding.contexts import LayerContext
from ib_mlflow.studies.decoding.decoded import DecodedLayer
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.evidence import decoding_evidence
from ib_mlflow.studies.decoding.fitting import LOG_PROBABILITIES
from ib_mlflow.studies.decoding.layer_fits import HeadFit, ReconstructionFit
from ib_mlflow.studies.decoding.samples import (
    LayerSamples,
    LayerSampling,
    NearestSampling,
    nearest_samples,
    sample_grid,
    sample_layer,
)
from ib_mlflow.studies.decoding.terms import relative_mean
from ib_mlflow.studies.decoding.tuned import TunedDecoder
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.fits import FittedNetwork, run_fit
from ib_mlflow.studies.running.runner import Runner
from .configuration import ClassifyingConfiguration
from .decoders import LABEL, NOTHING, fit_decoders, tuned_decoders
from .networks import classifier_fit
from .other_network import OtherNetwork, label_information
from .paper import ALTERNATIVES, INPUTS, NEAREST, place
from .remarks import judged_over

READ = "FC3"
"""The layer whose samples are compared with training images."""


@dataclass(frozen=True, eq=False)
class InvertedTask:
    """What is known of the layers of one task's classifier.

    Arguments:
        parts: the images.
        layers: the layers' names, in order.
        classifier: I(Y;logits) from below in nats, with the accuracy among its diagnostics.
        information: of the layers' decoders and of the label's, beside one without context.
        labels: I(Y;h) from below in nats, by layer.
        samples: what was drawn, by layer.
        nearest: what was drawn nearest of many, beside training images, by title.
        others: the same task from other seeds of split, classifier and decoders.
    """

    parts: Parts
    layers: Sequence[str]
    classifier: Estimate
    information: DecoderInformation
    labels: Mapping[str, Estimate]
    samples: Mapping[str, LayerSamples]
    nearest: Mapping[str, NDArray[np.uint8]]
    others: Sequence[OtherNetwork] = ()

    @property
    def informations(self) -> list[DecoderInformation]:
        """Of every network's decoders, the first network's first."""
        return [self.information, *(other.information for other in self.others)]

    @property
    def classifiers(self) -> list[Estimate]:
        """I(Y;logits) of every network, the first network's first."""
        return [self.classifier, *(other.classifier for other in self.others)]

    @property
    def name(self) -> str:
        """The task."""
        return self.parts.name

    @property
    def place(self) -> str:
        """Where the paper speaks of it."""
        return place(self.name)

    @property
    def last(self) -> str:
        """The last layer."""
        return self.layers[-1]

    @property
    def label_bound(self) -> Estimate:
        """I(X;Y) from below in nats, by the label's decoder; H(Y) is in its diagnostics."""
        return self.information.information[LABEL]

    @property
    def label_bounds(self) -> list[Estimate]:
        """The same of every network's decoder of the label, the first network's first."""
        return [each.information[LABEL] for each in self.informations]

    def relative_bound(self, name: str) -> Estimate:
        """The negative cross-entropy of a decoder over the magnitude of the first layer's."""
        terms = self.information.terms
        return relative_mean(terms[name], terms[self.layers[0]])

    @property
    def scalars(self) -> dict[str, float]:
        """End-of-run scalars for MLflow's comparison pages."""
        accuracy = self.classifier.diagnostics["accuracy"]
        scalars = {f"summary/test_accuracy.{self.name}": accuracy}
        for context, estimate in self.information.negative_cross_entropy.items():
            where = f"{self.name}/{context}"
            scalars[f"summary/negative_cross_entropy_nats.{where}"] = estimate.value
            scalars[f"summary/negative_cross_entropy_se_nats.{where}"] = estimate.standard_error
        for layer, estimate in self.labels.items():
            scalars[f"summary/i_y_nats.{self.name}/{layer}"] = estimate.value
        scalars[f"summary/i_x_nats.{self.name}/{LABEL}"] = self.label_bound.value
        return scalars


@dataclass(frozen=True)
class Inversion:
    """What the study of inversion has read.

    Arguments:
        configuration: the study's parameters.
        tasks: each with its layers inverted.
        decoders: by task, those that were tuned; the usual ones of the others.
        fitted: the first network's decoders, by task and context.
    """

    configuration: ClassifyingConfiguration
    tasks: Sequence[InvertedTask]
    decoders: Mapping[str, TunedDecoder] = field(default_factory=dict)
    fitted: Mapping[tuple[str, str], FittedNetwork[PixelCNN]] = field(default_factory=dict)

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        names = ", ".join(task.name for task in self.tasks)
        return decoding_evidence(
            [task.parts for task in self.tasks],
            self.configuration,
            summary=f"Every layer of a classifier was inverted, of {names}",
            metrics={name: value for task in self.tasks for name, value in task.scalars.items()},
            decoders=self.decoders,
            over=judged_over(self.configuration),
        )


def invert(
    runner: Runner,
    configuration: ClassifyingConfiguration,
    tasks: Sequence[Parts],
    *,
    compared: int,
    pool: int,
) -> Inversion:
    """Invert the layers of each task's classifier.

    Arguments:
        runner: where it is computed.
        configuration: the study's parameters.
        tasks: the images.
        compared: test images that are compared with what is drawn for them.
        pool: samples of which the nearest are shown.
    """
    images = {parts.name: parts for parts in tasks}
    tuned = tuned_decoders(runner, configuration, images)
    classifiers = runner.spread_by_name(
        run_fit, {task: classifier_fit(parts, configuration) for task, parts in images.items()}
    )
    layers = {
        (task, layer): LayerContext(classifier.network, layer, task)
        for task, classifier in classifiers.items()
        for layer in classifier.network.layer_names
    }
    decoders = fit_decoders(runner, configuration, images, layers, tuned)
    plan = configuration.helper_plan()
    heads = runner.spread_by_name(
        run_fit,
        {
            (task, name): HeadFit(images[task], layer, configuration, plan)
            for (task, name), layer in layers.items()
        },
    )
    reconstructions = runner.spread_by_name(
        run_fit,
        {
            (task, name): ReconstructionFit(images[task], layer, configuration, plan)
            for (task, name), layer in layers.items()
        },
    )
    decoded = {
        (task, name): DecodedLayer(images[task], layer, decoders[task, name], configuration)
        for (task, name), layer in layers.items()
    }
    samples = runner.spread_by_name(
        sample_layer,
        {
            place: LayerSampling(layer, reconstructions[place], compared, ALTERNATIVES)
            for place, layer in decoded.items()
        },
    )
    nearest = runner.spread_by_name(
        nearest_samples,
        {task: NearestSampling(decoded[task, READ], INPUTS, pool, NEAREST) for task in images},
    )
    inverted = []
    for task, parts in images.items():
        names = classifiers[task].network.layer_names
        inverted.append(
            InvertedTask(
                parts=parts,
                layers=names,
                classifier=label_information(classifiers[task], parts),
                information=_information(
                    {name: decoders[task, name] for name in (*names, LABEL, NOTHING)}, parts
                ),
                labels={name: label_information(heads[task, name], parts) for name in names},
                samples={name: samples[task, name] for name in names},
                nearest=nearest[task],
            )
        )
        grid = figures.pixels(sample_grid(parts, inverted[-1].samples, frame=True))
        runner.study.log_image(grid, f"samples {task}", classifiers[task].best_update)
    return Inversion(configuration, inverted, tuned, decoders)


def _information(
    decoders: Mapping[str, FittedNetwork[PixelCNN]], parts: Parts
) -> DecoderInformation:
    terms = {name: decoder.results[LOG_PROBABILITIES] for name, decoder in decoders.items()}
    return decoder_information(
        terms,
        dimensions=parts.dimensions,
        values=parts.evaluation.labels,
        unconditional=terms[NOTHING],
    )
