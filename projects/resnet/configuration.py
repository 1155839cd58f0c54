"""What the studies of residual networks set at each scale, and how their networks learn."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from ib_mlflow.data import head
from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.configuration import Members
from ib_mlflow.studies.decoding.configuration import DecodingConfiguration, PlannedConfiguration
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.fields import CommaList, DecoderRate, Distinct, Dropped, Hidden
from ib_mlflow.studies.parsing import Values
from ib_mlflow.training.fitting import Plan
from .paper import DECODER_EPOCHS

LEVELS = (2, 256)
"""Values of a sub-pixel that decoders know: they would draw others."""
FEW = 200
"""Held-out images of a short run's decoders, whose losses are paired from update to update."""
DECAY = 0.999995
"""Of the rate at every update of a long run: that of the code of PixelCNN++."""
WARM_UP = 30
"""Updates of a short run's decoders over which their large rate is reached."""
ResidualTask = Literal["digits", "cifar10", "cinic10", "svhn"]
Epoch = Annotated[int, Field(ge=0, le=10**6)]
Filters = Annotated[int, Field(ge=1, le=1024)]

IMAGES: dict[str, dict[str, Any]] = {
    "toy": {
        "task": "digits",
        "binary": True,
        "shrunk": 1,
        "evaluated": 60,
        "decoder_updates": 2,
        "decoder_batch": 16,
        "decoder_rate": 0.003,
        "blocks": 1,
        "sizes": (2, 4),
        "dropout": 0.0,
        "least_fall_nats": 1.0,
    },
    "quick": {
        "task": "cifar10",
        "shrunk": 4,
        "evaluated": 2000,
        "decoder_updates": 480,
        "decoder_batch": 16,
        "decoder_rate": 0.01,
        "blocks": 1,
        "sizes": (8, 16),
        "dropout": 0.0,
        "least_fall_nats": 1.0,
    },
    "paper": {
        "task": "cinic10",
        "shrunk": 1,
        "evaluated": 90_000,
        "decoder_updates": 1_400_000,
        "decoder_batch": 16,
        "decoder_rate": 0.001,
        "blocks": 6,
        "sizes": (80, 160),
        "dropout": 0.5,
        "least_fall_nats": 1.0,
    },
}
"""Images and decoders of every study; 250 epochs of 90,000 images are 1.4 million updates of 16."""
NETWORKS: dict[str, dict[str, Any]] = {
    "toy": {"encoders": 2, "widths": (4, 4, 6), "depth": 1, "epochs": (0, 1, 2)},
    "quick": {"encoders": 5, "widths": (8, 16, 32), "depth": 1, "epochs": (0, 3, 30)},
    "paper": {
        "encoders": 5,
        "widths": (16, 32, 64),
        "depth": 3,
        "epochs": (0, 1, 3, 5, 10, 30, 100, 200),
    },
}
"""The networks under study, which are the same in every study of a scale: they are trained once."""
READERS: dict[str, dict[str, Any]] = {
    "toy": {"layers": ("h2", "h3", "h4"), "head_epochs": 1, "probe_updates": 4},
    "quick": {"layers": ("h2", "h3", "h4"), "head_epochs": 8, "probe_updates": 300},
    "paper": {"layers": ("h2", "h3", "h4"), "head_epochs": 200, "probe_updates": 70_000},
}
"""What reads the class from their layers."""
DATA_AT_HAND: Values = {"task": "digits", "binary": True, "shrunk": 1, "evaluated": 300}
"""What takes the place of images whose files are missing."""


def presets(
    *common: Mapping[str, Mapping[str, Any]], **own: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """What a study sets at each scale: what several of them set, and its own in its place.

    Example:
        >>> presets(NETWORKS, toy={"depth": 2})["toy"]["depth"]
        2
    """
    scales = ("toy", "quick", "paper")
    merged: dict[str, dict[str, Any]] = {scale: {} for scale in scales}
    for scale in scales:
        for of in common:
            merged[scale] |= of[scale]
        merged[scale] |= own.get(scale, {})
    return merged


class DensityConfiguration(PlannedConfiguration):
    """Parameters of images, and of densities of them."""

    embedded: ClassVar[Values] = DATA_AT_HAND
    task: ResidualTask = Field(description="what is classified, or modelled")
    binary: bool = Field(False, description="true: pixels of two levels, by a threshold")
    decoder_rate: DecoderRate = Field(description="learning rate of a decoder")
    blocks: int = Field(ge=1, le=20, description="gated blocks of a decoder at each level and way")
    sizes: Distinct[Filters] = Field(
        description="filters of the decoders; a verdict needs two sizes that agree in sign"
    )
    dropout: Dropped = Field(description="dropout in the decoders' blocks")
    least_fall_nats: float = Field(
        ge=1e-9,
        le=10**6,
        description="a decoder has converged where its held-out loss fell by less, in nats an "
        "image, over the last tenth of its updates; decoder_updates is the cap",
    )

    def parts(self, task: str) -> Parts:
        """The images of a task, divided and reduced.

        Raises:
            ConfigurationError: decoders do not know all of their levels, or too many.
        """
        parts = super().parts(task)
        if parts.levels not in LEVELS:
            raise ConfigurationError(
                "images that are decoded have 2 levels or 256",
                received=f"{parts.levels} of {task}",
                fix="Give binary=true.",
            )
        return parts

    def decoding(self, size: int, seed: int) -> DecodingConfiguration:
        """The decoders of a size, for the network of a seed."""
        own = DecodingConfiguration.model_fields.keys() & self.model_dump().keys()
        return DecodingConfiguration(
            **self.model_dump(include=set(own) - {"seed"}),
            seed=seed,
            filters=size,
            colour_filters=size,
        )

    def density_plan(self) -> Plan:
        """How a decoder learns: until it has converged, at a rate that does not end by itself."""
        short, updates = self.short, self.decoder_updates
        return Plan(
            updates=updates,
            batch_size=self.decoder_batch,
            learning_rate=self.decoder_rate,
            decay=1.0 if short else DECAY,
            average=0.99 if short else 0.9995,
            warm_up=min(WARM_UP, updates) if short else 0,
            evaluate=short_evaluations(updates) if short else updates // DECODER_EPOCHS,
            least_fall=self.least_fall_nats,
        )

    def held_out(self, parts: Parts) -> Parts:
        """The same images, of which fewer say in a short run whether decoders have converged."""
        n = parts.validation.n
        return replace(parts, validation=head(parts.validation, min(n, FEW) if self.short else n))


class EncodedConfiguration(DensityConfiguration):
    """Parameters of residual networks that are kept at some epochs of their training."""

    encoders: Members = Field(ge=1, le=1000, description="networks, each with a seed of its own")
    widths: Hidden = Field(description="filters of the networks' hyper-layers")
    depth: int = Field(ge=1, le=100, description="residual blocks of a hyper-layer")
    epochs: CommaList[Epoch] = Field(
        description="epochs at which networks are measured; 0 is before training, the last its end"
    )
    encoder_batch: int = Field(128, ge=2, le=4096, description="images of a network's update")

    @field_validator("epochs")
    @classmethod
    def _ascending(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if list(values) != sorted(set(values)) or len(values) < 2 or values[0] != 0:
            raise ValueError("name 0 and one epoch or more after it, each once, in order")
        return values

    @property
    def seeds(self) -> tuple[int, ...]:
        """The networks' seeds: consecutive from `seed`."""
        return tuple(range(self.seed, self.seed + self.encoders))

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The hyper-layers, and the pooled one behind them."""
        return layer_names(self.widths)


def short_evaluations(updates: int) -> tuple[int, ...]:
    """When decoders of a short run are evaluated: seldom at first, and three times in the end.

    What a decoder still gains is taken over its last tenth, or the last three evaluations where
    these reach further back: here they do not.

    Example:
        >>> short_evaluations(300)
        (30, 60, 90, 120, 150, 180, 210, 240, 270, 280, 290, 300)
    """
    thirtieths = (*range(3, 30, 3), 28, 29, 30)
    return tuple(sorted({max(1, updates * each // 30) for each in thirtieths}))


def layer_names(widths: tuple[int, ...]) -> tuple[str, ...]:
    """The names of the layers of a network of so many hyper-layers.

    Example:
        >>> layer_names((16, 32, 64))
        ('h1', 'h2', 'h3', 'h4')
    """
    return tuple(f"h{number}" for number in range(1, len(widths) + 2))
