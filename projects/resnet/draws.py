"""Samples of one layer of one network at one epoch, and the network that names their class.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, section 6.2.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.networks.images.classifiers import classifier
from ib_mlflow.networks.images.layered import Classifier
from ib_mlflow.studies.decoding.diversity import sample_terms
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import ClassifierFit
from ib_mlflow.studies.decoding.inverse import InverseCurve
from ib_mlflow.studies.running.fits import Arrays, FittedNetwork, digest_of, run_computation
from ib_mlflow.tracking import ChildSpec, StudyRun
from ib_mlflow.training.classification import class_log_probabilities
from ib_mlflow.training.fitting import Plan
from .decoded import SamplesConfiguration

NUMBERS = {
    "distance": "mean absolute difference of two samples",
    "colour_distance": "distance of their mean colours",
    "agreement": "samples of the image's class",
}
"""What is counted of samples, in words."""
JUDGE_RATE = 1e-3
"""Learning rate of the classifier that judges samples."""


@dataclass(frozen=True, eq=False)
class LayerDraw:
    """What is to be drawn from one layer of one network at one epoch.

    Arguments:
        curve: with the decoders.
        parts: the images, of which the first of the evaluation part are drawn from.
        epoch: of the network.
        images: how many are drawn from.
        count: samples for each.
        judge: names the class of samples.
    """

    curve: InverseCurve
    parts: Parts
    epoch: int
    images: int
    count: int
    judge: Classifier


def draw_samples(study: StudyRun, draw: LayerDraw) -> Arrays:
    """Draw from a layer's decoder in a child run, and count what the eye would see.

    Arguments:
        study: the study's run.
        draw: what is drawn.
    """
    curve, parts = draw.curve, draw.parts
    images, labels = parts.evaluation.inputs[: draw.images], parts.evaluation.labels[: draw.images]
    seed = curve.inversion.configuration.seed

    def compute() -> Arrays:
        samples = curve.samples(draw.epoch, images, draw.count, seed=seed)
        classify = partial(_classes, draw.judge)
        terms = sample_terms(samples, labels, classify, levels=parts.levels)
        return {"samples": samples} | {name: getattr(terms, name) for name in NUMBERS}

    decoder = curve.decoders[draw.epoch].network
    identity = {
        "decoder": digest_of(decoder),
        "context": curve.contexts[draw.epoch].identity,
        "judge": digest_of(draw.judge),
        "evaluation": parts.evaluation.digest,
        "images": draw.images,
        "count": draw.count,
        "seed": seed,
        "device": next(decoder.parameters()).device.type,
    }
    name = f"{curve.inversion.name}, epoch {draw.epoch}, samples"
    parameters = {"task": parts.name, "context": curve.inversion.layer, "epoch": draw.epoch}
    return run_computation(study, ChildSpec(name, parameters, identity), compute)


def _classes(judge: Classifier, images: NDArray[np.uint8]) -> NDArray[np.int64]:
    classes: NDArray[np.int64] = class_log_probabilities(judge, images).argmax(axis=1)
    return classes


def judge_fit(configuration: SamplesConfiguration, parts: Parts) -> ClassifierFit:
    """Another network, which names the class of samples."""
    seed = (configuration.seed + configuration.encoders) % 2**32
    side = min(parts.shape[1:])
    return ClassifierFit(
        name=f"{parts.name} judge of samples",
        parts=parts,
        template=classifier(
            parts.shape,
            classes=parts.encoding.c,
            filters=(32, 64),
            kernel=5 if side > 16 else 3 if side > 8 else 2,
            dropout=0.25,
            levels=parts.levels,
            seed=seed,
        ),
        plan=Plan(
            updates=configuration.judge_updates,
            learning_rate=JUDGE_RATE,
            decay="cosine",
            evaluate=max(1, configuration.judge_updates // 4),
        ),
        configuration=configuration.decoding(max(configuration.sizes), seed),
        shown={"judges": "samples"},
    )


def judged_rightly(judge: FittedNetwork[Classifier], parts: Parts) -> float:
    """The share of the test images that the judge names rightly."""
    guesses = _classes(judge.network, parts.evaluation.inputs)
    return float(np.mean(guesses == parts.evaluation.labels))
