"""What the studies of inverted image classifiers have in common: parameters, images, networks."""

from collections.abc import Mapping
from typing import Any, Literal

import torch
from pydantic import Field

from ib_mlflow.networks.images.classifiers import Architecture, classifier
from ib_mlflow.networks.images.layered import Classifier
from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.decoding.contexts import Told
from ib_mlflow.studies.decoding.division import Parts, load_parts
from ib_mlflow.training.fitting import Plan

NASH = "Inverting Supervised Representations with Autoregressive Neural Density Models"
ImageTask = Literal["digits", "mnist", "fashion_mnist", "cifar10", "svhn"]
KERNELS = (5, 4, 3, 2)
"""Sides of a convolution, the paper's first: the first one that leaves CONV2 two pixels a side."""
COARSEST = 4
"""Pixels that a decoder's coarsest level has at least, a side."""
DROPOUT = 0.25
"""The paper states no rate for its classifiers."""
COLOUR_CONV1_DROPOUT = 0.1
"""Appendix A: the decoders of CONV1 in colour drop a tenth only."""
CONTEXT_DROPOUT = {("cifar10", "FC3"): 0.2}
"""Appendix A: by task and layer, what is dropped of the projected context; elsewhere nothing."""

SCALES: dict[str, dict[str, Any]] = {
    "toy": {
        "shrunk": 1,
        "binary": True,
        "decoder_updates": 2,
        "decoder_batch": 16,
        "decoder_rate": 0.003,
        "blocks": 1,
        "filters": 4,
        "colour_filters": 4,
        "dropout": 0.0,
        "evaluated": 50,
    },
    "quick": {
        "shrunk": 2,
        "binary": True,
        "decoder_updates": 1000,
        "decoder_batch": 16,
        "decoder_rate": 0.003,
        "blocks": 1,
        "filters": 16,
        "colour_filters": 16,
        "dropout": 0.0,
        "evaluated": 2000,
    },
    "paper": {
        "shrunk": 1,
        "binary": False,
        "decoder_updates": 250_000,
        "decoder_batch": 64,
        "decoder_rate": 0.001,
        "blocks": 3,
        "filters": 64,
        "colour_filters": 196,
        "dropout": 0.5,
        "evaluated": 10_000,
    },
}
"""What every study of inversion sets at a scale, unless it says otherwise."""


def presets(
    toy: Mapping[str, Any], quick: Mapping[str, Any], paper: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """What a study sets at each scale, beside and in place of what all of them set.

    Example:
        >>> presets({"task": "digits"}, {}, {})["toy"]["task"]
        'digits'
    """
    own = {"toy": toy, "quick": quick, "paper": paper}
    return {scale: {**common, **own[scale]} for scale, common in SCALES.items()}


class InversionConfiguration(StudyConfiguration):
    """Parameters of images, of the decoders that invert layers, and of what is estimated."""

    shrunk: int = Field(ge=1, le=8, description="side of the blocks of pixels that become one")
    binary: bool = Field(description="true: pixels of two levels, by a threshold at one half")
    decoder_updates: int = Field(ge=1, le=10**7, description="the most updates of a decoder")
    decoder_batch: int = Field(ge=1, le=4096, description="images of a decoder's update")
    decoder_rate: float = Field(gt=0, le=1, description="learning rate of a decoder")
    blocks: int = Field(ge=1, le=20, description="gated blocks of a decoder at each level and way")
    filters: int = Field(ge=1, le=1024, description="filters of the decoders of grey images")
    colour_filters: int = Field(ge=1, le=1024, description="filters of the decoders in colour")
    dropout: float = Field(ge=0, lt=1, description="dropout in the decoders' blocks")
    evaluated: int = Field(ge=10, le=10**6, description="test images that the bounds rest on")

    def parts(self, task: str) -> Parts:
        """The images of a task, divided and reduced."""
        return load_parts(
            task,
            root=self.root,
            shrunk=self.shrunk,
            binary=self.binary,
            evaluated=self.evaluated,
            seed=self.seed,
        )

    def decoder_plan(self) -> Plan:
        """How a decoder learns: the rate decays by 0.9999 an update, or to zero in a short run."""
        short = self.decoder_updates < 50_000
        return Plan(
            updates=self.decoder_updates,
            batch_size=self.decoder_batch,
            learning_rate=self.decoder_rate,
            decay="cosine" if short else 0.9999,
            average=0.99 if short else 0.9995,
            evaluate=max(1, self.decoder_updates // (4 if short else 100)),
            patience=None if short else 10,
        )

    def helper_plan(self) -> Plan:
        """How heads and reconstructions learn, which are small beside a decoder."""
        updates, short = min(self.decoder_updates, 50_000), self.decoder_updates < 50_000
        return Plan(
            updates=updates,
            learning_rate=3e-3 if short else 1e-3,
            decay="cosine",
            evaluate=max(1, updates // 4),
            patience=2,
        )


class ClassifyingConfiguration(InversionConfiguration):
    """Parameters of studies that train their classifiers until these are at their best."""

    classifier_updates: int = Field(ge=1, le=10**7, description="the most updates of a classifier")

    def classifier_plan(self) -> Plan:
        """How a classifier learns: appendix A of the paper."""
        return Plan(
            updates=self.classifier_updates,
            learning_rate=3e-4,
            evaluate=min(1000, max(1, self.classifier_updates // 4)),
            patience=10,
        )


def new_classifier(
    parts: Parts,
    architecture: Architecture = "convolutional",
    *,
    dropout: float = DROPOUT,
    seed: int,
) -> Classifier:
    """Make a task's classifier as the paper has it, with smaller kernels for small images."""
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


def new_decoder(parts: Parts, told: Told, chosen: InversionConfiguration) -> PixelCNN:
    """Make a decoder: of bits, of 256 grey levels, or of colours by a mixture, as the paper has it.

    Reference:
        Nash, Kushman & Williams (2018), appendix A.

    Arguments:
        parts: the task.
        told: what it is told.
        chosen: the study's parameters; no decoder drops a larger share than they say.
    """
    halvings = 0
    while halvings < 2 and all(_halves(side // 2**halvings) for side in parts.shape[1:]):
        halvings += 1
    head = "logistic" if parts.colour else "softmax"
    dropout = COLOUR_CONV1_DROPOUT if parts.colour and told.name == "CONV1" else chosen.dropout
    context_dropout = CONTEXT_DROPOUT.get((parts.name, told.name), 0.0)
    return PixelCNN(
        parts.shape,
        head="bernoulli" if parts.levels == 2 else head,
        blocks=chosen.blocks,
        filters=chosen.colour_filters if parts.colour else chosen.filters,
        levels=1 + halvings,
        context=told.shape,
        dropout=min(chosen.dropout, dropout),
        context_dropout=min(chosen.dropout, context_dropout),
        seed=chosen.seed,
    )


def parameters_of(module: torch.nn.Module) -> int:
    """How many numbers a network learns."""
    return sum(parameter.numel() for parameter in module.parameters())


def _halves(side: int) -> bool:
    return side % 2 == 0 and side // 2 >= COARSEST
