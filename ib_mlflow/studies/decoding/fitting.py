"""What is fitted in the studies of inversion: the classifier, and what is read from its layers."""

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ib_mlflow.networks.images.classifiers import Architecture
from ib_mlflow.networks.images.layered import Classifier
from ib_mlflow.networks.images.reconstruction import Reconstruction
from ib_mlflow.networks.members import checked_device
from ib_mlflow.studies.decoding.configuration import (
    ClassifyingConfiguration,
    InversionConfiguration,
    new_classifier,
    new_decoder,
)
from ib_mlflow.studies.decoding.contexts import Layer, Told
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.running.fits import Done, Work, carry_out, digest_of
from ib_mlflow.tracking import StudyRun
from ib_mlflow.training.classification import class_log_probabilities, train_classifier
from ib_mlflow.training.decoders import Pairs, reconstruct, train_decoder, train_reconstruction
from ib_mlflow.training.fitting import Plan


def fit_classifier(
    study: StudyRun,
    parts: Parts,
    chosen: ClassifyingConfiguration,
    architecture: Architecture = "convolutional",
) -> Done:
    """Train a task's classifier; its result is the log-probabilities of the test images."""
    device = checked_device(chosen.device)
    network = new_classifier(parts, architecture, seed=chosen.seed).to(device)
    plan = chosen.classifier_plan()
    plain = architecture == "convolutional"
    return carry_out(
        study,
        Work(
            name=f"{parts.name} classifier" + ("" if plain else f", {architecture}"),
            parameters={"task": parts.name, "architecture": architecture, "seed": chosen.seed},
            identity=identity_of(parts, "encoding", chosen),
            network=network,
            plan=plan,
            fits=lambda resume: train_classifier(
                network,
                parts.encoding,
                validation=parts.validation,
                plan=plan,
                seed=chosen.seed,
                resume=resume,
            ),
            measure=lambda fitted: {
                "class_log_probabilities": class_log_probabilities(fitted, parts.evaluation.inputs)
            },
        ),
    )


def fit_decoder(
    study: StudyRun,
    parts: Parts,
    told: Told,
    chosen: InversionConfiguration,
    *,
    name: str,
    plan: Plan | None = None,
    start: Done | None = None,
) -> Done:
    """Train a decoder; its result is the log-probabilities of the test images.

    Arguments:
        study: the study's run.
        parts: the task.
        told: what the decoder is told.
        chosen: the study's parameters.
        name: of the child run.
        plan: how it is fitted; the configured way by default.
        start: a decoder of an earlier epoch, whose weights are where this one starts.
    """
    plan = plan or chosen.decoder_plan()
    decoder = new_decoder(parts, told, chosen).to(checked_device(chosen.device))
    if start is not None:
        decoder.load_state_dict(start.network.state_dict())
    return carry_out(
        study,
        Work(
            name=name,
            parameters={
                "task": parts.name,
                "told": told.name,
                "filters": decoder.settings.filters,
                "blocks": decoder.settings.blocks,
                "seed": chosen.seed,
            },
            identity=identity_of(parts, "decoding", chosen)
            | {"told": told.identity, "decoder": asdict(decoder.settings)}
            | {"start": None if start is None else digest_of(start.network)},
            network=decoder,
            plan=plan,
            fits=lambda resume: train_decoder(
                decoder,
                told.pairs(parts.decoding),
                validation=told.pairs(parts.validation),
                encode=told.encode,
                plan=plan,
                seed=chosen.seed,
                warm=start is not None,
                resume=resume,
            ),
            measure=lambda fitted: {"log_probabilities": told.evaluate(fitted, parts.evaluation)},
        ),
    )


def fit_reconstruction(
    study: StudyRun,
    parts: Parts,
    layer: Layer,
    chosen: InversionConfiguration,
    *,
    plan: Plan | None = None,
) -> Done:
    """Train the reconstruction of a layer, which maps contexts to images, as planned or usual."""
    filters = chosen.colour_filters if parts.colour else chosen.filters
    network = Reconstruction(layer.shape, parts.shape, filters=filters, seed=chosen.seed)
    network.to(checked_device(chosen.device))
    plan = plan or chosen.helper_plan()
    return carry_out(
        study,
        Work(
            name=f"{layer.subject} {layer.name} reconstruction",
            parameters={"task": parts.name, "told": layer.name, "seed": chosen.seed},
            identity=identity_of(parts, "decoding", chosen) | {"told": layer.identity},
            network=network,
            plan=plan,
            fits=lambda resume: train_reconstruction(
                network,
                layer.pairs(parts.decoding),
                validation=layer.pairs(parts.validation),
                encode=layer.encode,
                levels=parts.levels,
                plan=plan,
                seed=chosen.seed,
                resume=resume,
            ),
            unit="mse",
        ),
    )


def fit_head(
    study: StudyRun,
    parts: Parts,
    classifier: Classifier,
    layer: Layer,
    chosen: InversionConfiguration,
) -> Done:
    """Train a head that reads the class from a layer; its result is ln q(y'|h)."""
    network = classifier.head(layer.name, seed=chosen.seed).to(checked_device(chosen.device))
    plan = chosen.helper_plan()
    return carry_out(
        study,
        Work(
            name=f"{layer.subject} {layer.name} head",
            parameters={"task": parts.name, "told": layer.name, "seed": chosen.seed},
            identity=identity_of(parts, "decoding", chosen) | {"told": layer.identity},
            network=network,
            plan=plan,
            fits=lambda resume: train_classifier(
                network,
                parts.decoding,
                validation=parts.validation,
                encode=layer.encode,
                plan=plan,
                seed=chosen.seed,
                resume=resume,
            ),
            measure=lambda fitted: {
                "class_log_probabilities": class_log_probabilities(
                    fitted, parts.evaluation.inputs, encode=layer.encode
                )
            },
        ),
    )


def reconstructed(done: Done, layer: Layer, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What a layer's reconstruction makes of images: (n, channels, h, w) from 0 to 1."""
    return reconstruct(done.network, Pairs(images), encode=layer.encode)


@torch.no_grad()
def drawn(
    done: Done, layer: Layer, images: NDArray[np.uint8], count: int, *, seed: int, batch: int = 256
) -> NDArray[np.uint8]:
    """Draw images given what a layer holds of others.

    Arguments:
        done: the layer's decoder.
        layer: the layer.
        images: (n, channels, h, w).
        count: how many to draw for each.
        seed: of the draws.
        batch: images that are drawn together.

    Returns:
        (n, count, channels, h, w).
    """
    decoder: Any = done.network
    contexts = layer.encode(torch.tensor(images, device=decoder.device))
    contexts = contexts.repeat_interleave(count, dim=0)
    found = [
        decoder.sample(contexts[first : first + batch], seed=(seed + first) % 2**32).cpu().numpy()
        for first in range(0, len(contexts), batch)
    ]
    return np.concatenate(found).reshape(len(images), count, *images.shape[1:])


def identity_of(parts: Parts, learnt: str, chosen: InversionConfiguration) -> dict[str, object]:
    """The data, the seed and the device that a network's numbers follow from."""
    used = (learnt, "validation", "evaluation")
    return {
        "data": {part: getattr(parts, part).digest for part in used},
        "seed": chosen.seed,
        "device": checked_device(chosen.device).type,
    }
