"""Samples of one layer of one network at one epoch, and the network that names their class.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, section 6.2.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.data import three_way
from ib_mlflow.errors import ConfigurationError
from ib_mlflow.information import Estimate
from ib_mlflow.networks.images.classifiers import classifier
from ib_mlflow.networks.images.layered import Classifier
from ib_mlflow.studies.decoding.diversity import sample_terms
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import CLASS_LOG_PROBABILITIES, ClassifierFit
from ib_mlflow.studies.decoding.inverse import InverseCurve
from ib_mlflow.studies.decoding.terms import mean_of
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
FEWEST_LEARNT = 100
"""Images that it has at least."""
HELD_OUT = 0.1
"""Share of its images by which it is chosen, and of those by which it is judged itself."""


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
        parts=judge_parts(configuration, parts),
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


def judge_parts(configuration: SamplesConfiguration, parts: Parts) -> Parts:
    """The images of the judge: those of the test part that nothing is drawn for.

    No network under study and no decoder has learnt one of them, so that the judge errs where it
    errs for reasons of its own.

    Arguments:
        configuration: the study's parameters.
        parts: of the study.

    Returns:
        Parts of which `encoding` is learnt, and `evaluation` says how often the judge is right.

    Raises:
        ConfigurationError: hardly any images are left.
    """
    drawn = min(configuration.compared, parts.evaluation.n)
    left = [each for each in (parts.spare,) if each is not None]
    inputs = np.concatenate([parts.evaluation.inputs[drawn:], *(each.inputs for each in left)])
    labels = np.concatenate([parts.evaluation.labels[drawn:], *(each.labels for each in left)])
    if len(labels) < FEWEST_LEARNT:
        raise ConfigurationError(
            f"the judge of samples needs {FEWEST_LEARNT} test images that nothing is drawn for",
            received=f"compared={configuration.compared} of {drawn + len(labels)}",
            fix="Lower it.",
        )
    whole = replace(
        parts.evaluation,
        inputs=inputs,
        labels=labels,
        source=f"{parts.evaluation.source}; with what is left of the test part but its first "
        f"{drawn}",
    )
    held_out = round(HELD_OUT * whole.n)
    learnt, validation, evaluation = three_way(
        whole,
        encoding=whole.n - 2 * held_out,
        decoding=held_out,
        evaluation=held_out,
        seed=configuration.seed,
    )
    return replace(parts, encoding=learnt, validation=validation, evaluation=evaluation, spare=None)


def judge_accuracy(judge: FittedNetwork[Classifier], judged: Parts) -> Estimate:
    """The share of its test images that the judge names rightly, with its error over these."""
    guesses = judge.results[CLASS_LOG_PROBABILITIES].argmax(axis=1)
    right = (guesses == judged.evaluation.labels).astype(np.float64)
    return mean_of(right)
