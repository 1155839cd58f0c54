"""The parameters of studies that invert image classifiers, and the decoders that they ask for."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.decoding.contexts import Context
from ib_mlflow.studies.decoding.division import Parts, load_parts
from ib_mlflow.studies.fields import DecoderRate, Dropped
from ib_mlflow.training.fitting import Plan

ImageTask = Literal["digits", "mnist", "fashion_mnist", "cifar10", "svhn"]
AffineTask = Literal["affine_mnist", "affine_digits"]
USUAL = "usual"
"""The decoders that a study's own parameters describe, none that were tuned."""
COARSEST = 4
"""Pixels that a decoder's coarsest level has at least, a side."""
SHORT = 50_000
"""Updates below which the rate falls to zero, since it would hardly decay at a geometric rate."""


class ImageConfiguration(StudyConfiguration):
    """Parameters of images, and of how long decoders of them learn."""

    shrunk: int = Field(ge=1, le=8, description="side of the blocks of pixels that become one")
    binary: bool = Field(description="true: pixels of two levels, by a threshold at one half")
    evaluated: int = Field(
        ge=10,
        le=10**6,
        description="test images that the bounds rest on; all, where there are fewer",
    )
    decoder_updates: int = Field(ge=1, le=10**7, description="the most updates of a decoder")
    decoder_batch: int = Field(ge=1, le=4096, description="images of a decoder's update")

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

    @property
    def short(self) -> bool:
        """Whether decoders learn so shortly that nothing is gained by stopping early."""
        return self.decoder_updates < SHORT


class PlannedConfiguration(ImageConfiguration):
    """Parameters of images, of studies that can say what their decoders would take."""

    plan: bool = Field(
        False, description="true: say from a few measured updates what it would take, and stop"
    )


class DecodingConfiguration(PlannedConfiguration):
    """Parameters of images, of the decoders that invert layers, and of what is estimated."""

    decoder_rate: DecoderRate = Field(description="learning rate of a decoder")
    blocks: int = Field(ge=1, le=20, description="gated blocks of a decoder at each level and way")
    filters: int = Field(ge=1, le=1024, description="filters of the decoders of grey images")
    colour_filters: int = Field(ge=1, le=1024, description="filters of the decoders in colour")
    dropout: Dropped = Field(description="dropout in the decoders' blocks")
    decoder: str = Field(
        USUAL,
        min_length=1,
        description="whose settings the decoders of all layers have: usual; tuned, the latest "
        "result of tune_decoder for the task; runs:/ID, one of its runs; or its file decoder.json",
    )

    @field_validator("decoder")
    @classmethod
    def _measurable(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("plan") and value != USUAL:
            raise ValueError(
                "leave it out beside plan=true, which measures the decoders of the study's own "
                "parameters; tuned ones take about as much where their size is about that"
            )
        return value

    def filters_of(self, parts: Parts) -> int:
        """Filters of the decoders of these images."""
        return self.colour_filters if parts.colour else self.filters

    def decoder_plan(self) -> Plan:
        """How a decoder learns: the rate decays by 0.9999 an update, or to zero in a short run."""
        short = self.short
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
        updates, short = min(self.decoder_updates, SHORT), self.short
        return Plan(
            updates=updates,
            learning_rate=3e-3 if short else 1e-3,
            decay="cosine",
            evaluate=max(1, updates // 4),
            patience=2,
        )


@dataclass(frozen=True)
class Dropout:
    """What a decoder drops in training.

    Arguments:
        blocks: share of the activations in its blocks.
        context: share of what the context adds.
    """

    blocks: float
    context: float = 0.0


def new_decoder(
    parts: Parts,
    context: Context,
    configuration: DecodingConfiguration,
    dropout: Dropout | None = None,
    conditioning: str = "resize",
) -> PixelCNN:
    """Make a decoder: of bits, of grey levels, or of colours by a mixture.

    Arguments:
        parts: the task.
        context: what it is conditioned on.
        configuration: the study's parameters.
        dropout: what it drops; the configuration's share, of its blocks alone, by default. No
            decoder drops a larger share than that.
        conditioning: of maps, "resize" or "convolution".
    """
    dropout, most = dropout or Dropout(configuration.dropout), configuration.dropout
    return PixelCNN(
        parts.shape,
        head=usual_head(parts),
        blocks=configuration.blocks,
        filters=configuration.filters_of(parts),
        levels=levels_of(parts),
        context=context.shape,
        conditioning=conditioning,
        dropout=min(most, dropout.blocks),
        context_dropout=min(most, dropout.context),
        seed=configuration.seed,
    )


def usual_head(parts: Parts) -> str:
    """The distribution of a pixel that suits the images: of bits, of colours, or of grey levels."""
    if parts.levels == 2:
        return "bernoulli"
    return "logistic" if parts.colour else "softmax"


def levels_of(parts: Parts) -> int:
    """Resolutions of a decoder: as often as the images halve, three at most."""
    halvings = 0
    while halvings < 2 and all(_halves(side // 2**halvings) for side in parts.shape[1:]):
        halvings += 1
    return 1 + halvings


def _halves(side: int) -> bool:
    return side % 2 == 0 and side // 2 >= COARSEST
