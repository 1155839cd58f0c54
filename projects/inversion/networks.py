"""The classifiers of Nash et al., and the decoders that invert them.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.3 and appendix A.
"""

from dataclasses import replace

from ib_mlflow.data import Dataset
from ib_mlflow.networks.images.classifiers import Architecture, classifier
from ib_mlflow.networks.images.layered import Classifier
from ib_mlflow.studies.decoding.configuration import DecodingConfiguration, Dropout
from ib_mlflow.studies.decoding.contexts import Context
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import ClassifierFit, DecoderFit
from ib_mlflow.studies.decoding.stages import StagedFit
from ib_mlflow.training.fitting import Plan
from .configuration import ClassifyingConfiguration
from .paper import (
    CLASSIFIER_DROPOUT,
    CLASSIFIER_RATE,
    COLOUR_CONV1_DROPOUT,
    CONTEXT_DROPOUT,
    FEW,
    KERNELS,
)

NORMAL, OVERFITTED = "normal", "overfitted"


def new_classifier(
    parts: Parts,
    architecture: Architecture = "convolutional",
    *,
    dropout: float = CLASSIFIER_DROPOUT,
    seed: int,
) -> Classifier:
    """Make a task's classifier as the paper has it, with smaller kernels for small images.

    Arguments:
        parts: the task.
        architecture: of its layers.
        dropout: share of the units dropped in training.
        seed: of the weights.
    """
    side = min(parts.shape[1:])
    fitting = [kernel for kernel in KERNELS if ((side - kernel + 1) // 2 - kernel + 1) // 2 > 1]
    return classifier(
        parts.shape,
        classes=parts.encoding.c,
        architecture=architecture,
        filters=(64, 128) if parts.colour else (32, 32),
        kernel=next(iter(fitting), KERNELS[-1]),
        dropout=dropout,
        levels=parts.levels,
        seed=seed,
    )


def classifier_fit(
    parts: Parts,
    configuration: ClassifyingConfiguration,
    architecture: Architecture = "convolutional",
) -> ClassifierFit:
    """A task's classifier, to be trained until it is at its best; arguments as they are called."""
    plain = architecture == "convolutional"
    return ClassifierFit(
        name=f"{parts.name} classifier" + ("" if plain else f", {architecture}"),
        parts=parts,
        template=new_classifier(parts, architecture, seed=configuration.seed),
        plan=configuration.classifier_plan(),
        configuration=configuration,
        shown={"architecture": architecture},
    )


def staged_fit(
    parts: Parts, network: str, stages: tuple[int, ...], configuration: DecodingConfiguration
) -> StagedFit[Classifier]:
    """A task's classifier, to be kept as it is after some numbers of updates.

    Arguments:
        parts: the task.
        network: "normal", or "overfitted" on 100 images without dropout.
        stages: numbers of updates, 0 for before training.
        configuration: the study's parameters.
    """
    normal = network == NORMAL
    dropout = CLASSIFIER_DROPOUT if normal else 0.0
    after = tuple(updates for updates in stages if updates)
    return StagedFit(
        name=f"{parts.name} classifier, {network}",
        parts=parts,
        learnt=parts.encoding if normal else first_few(parts.encoding),
        template=new_classifier(parts, dropout=dropout, seed=configuration.seed),
        plan=Plan(updates=max(after), learning_rate=CLASSIFIER_RATE, evaluate=after),
        configuration=configuration,
        shown={"network": network},
    )


def decoder_fit(
    name: str, parts: Parts, context: Context, configuration: DecodingConfiguration
) -> DecoderFit:
    """A decoder to fit, as the paper has it.

    Arguments:
        name: of what it inverts.
        parts: the task.
        context: what it is conditioned on.
        configuration: the study's parameters.
    """
    return DecoderFit(
        name=f"{name} decoder",
        parts=parts,
        context=context,
        configuration=configuration,
        plan=configuration.decoder_plan(),
        dropout=decoder_dropout(parts, context, configuration),
    )


def decoder_dropout(
    parts: Parts, context: Context, configuration: DecodingConfiguration
) -> Dropout:
    """What a decoder of a context drops; arguments as for `decoder_fit`."""
    colour_conv1 = parts.colour and context.name == "CONV1"
    return Dropout(
        blocks=COLOUR_CONV1_DROPOUT if colour_conv1 else configuration.dropout,
        context=CONTEXT_DROPOUT.get((parts.name, context.name), 0.0),
    )


def first_few(part: Dataset) -> Dataset:
    """The first 100 images, which the overfitted classifier sees."""
    return replace(
        part,
        inputs=part.inputs[:FEW],
        labels=part.labels[:FEW],
        source=f"{part.source}; the first {FEW}",
    )
