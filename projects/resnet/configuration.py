"""What the studies of residual networks set at each scale, and how their networks learn."""

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from ib_mlflow.studies.configuration import Members
from ib_mlflow.studies.decoding.configuration import ImageConfiguration
from ib_mlflow.studies.fields import CommaList, Distinct, Hidden
from ib_mlflow.studies.parsing import Values

ResidualTask = Literal["digits", "cifar10", "cinic10", "svhn"]
Epoch = Annotated[int, Field(ge=0, le=10**6)]
Filters = Annotated[int, Field(ge=1, le=1024)]

IMAGES: dict[str, dict[str, Any]] = {
    "toy": {
        "task": "digits",
        "shrunk": 1,
        "evaluated": 60,
        "decoder_updates": 4,
        "decoder_batch": 16,
        "decoder_rate": 0.003,
        "blocks": 1,
        "sizes": (2, 4),
        "dropout": 0.0,
    },
    "quick": {
        "task": "cifar10",
        "shrunk": 2,
        "evaluated": 3000,
        "decoder_updates": 600,
        "decoder_batch": 16,
        "decoder_rate": 0.003,
        "blocks": 1,
        "sizes": (4, 8),
        "dropout": 0.0,
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
DATA_AT_HAND: Values = {"task": "digits", "shrunk": 1, "evaluated": 300}
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


class DensityConfiguration(ImageConfiguration):
    """Parameters of images, and of densities of them."""

    embedded: ClassVar[Values] = DATA_AT_HAND
    task: ResidualTask = Field(description="what is classified, or modelled")
    binary: bool = Field(False, description="true: pixels of two levels, by a threshold")
    decoder_rate: float = Field(gt=0, le=1, description="learning rate of a decoder")
    blocks: int = Field(ge=1, le=20, description="gated blocks of a decoder at each level and way")
    sizes: Distinct[Filters] = Field(
        description="filters of the decoders; a verdict needs two sizes that agree in sign"
    )
    dropout: float = Field(ge=0, lt=1, description="dropout in the decoders' blocks")


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


class LayersConfiguration(EncodedConfiguration):
    """Parameters of studies that measure what layers know, forwards and inversely."""

    head_epochs: int = Field(ge=1, le=10**6, description="epochs of what reads the class")
    probe_updates: int = Field(ge=1, le=10**8, description="updates of a linear probe")
    layers: Distinct[str] = Field(description="layers whose images are decoded, of h1, h2, …")

    @field_validator("layers")
    @classmethod
    def _known(cls, values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        return known_layers(values, info.data.get("widths", ()))


def layer_names(widths: tuple[int, ...]) -> tuple[str, ...]:
    """The names of the layers of a network of so many hyper-layers.

    Example:
        >>> layer_names((16, 32, 64))
        ('h1', 'h2', 'h3', 'h4')
    """
    return tuple(f"h{number}" for number in range(1, len(widths) + 2))


def known_layers(values: tuple[str, ...], widths: tuple[int, ...]) -> tuple[str, ...]:
    """Refuse a layer that the networks do not have.

    Raises:
        ValueError: there is none of that name.

    Example:
        >>> known_layers(("h33",), (16, 32, 64))
        Traceback (most recent call last):
        ValueError: no layer is called h33; did you mean h3?
    """
    names = layer_names(widths)
    for value in values:
        if widths and value not in names:
            (near,) = difflib.get_close_matches(value.lower(), names, n=1, cutoff=0.0)
            raise ValueError(f"no layer is called {value}; did you mean {near}?")
    return values
