"""The parameters of studies that decode what layers of residual networks know."""

import difflib
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from ib_mlflow.studies.fields import CommaList, Distinct
from .configuration import EncodedConfiguration, Epoch, layer_names


class DecodedConfiguration(EncodedConfiguration):
    """Parameters of studies that decode images from layers of such networks."""

    decoders: Literal["auto", "amortised", "warm", "scratch"] = Field(
        "auto",
        description="how a layer is decoded over epochs: a decoder an epoch from scratch, each "
        "warm from the one before, or amortised, one for all of them; auto: the cheapest whose "
        "bias is measured to be below a tenth of the largest change",
    )
    layers: Distinct[str] = Field(description="layers whose images are decoded, of h1, h2, …")

    @field_validator("layers")
    @classmethod
    def _known(cls, values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        widths = info.data.get("widths", ())
        known = known_layers(values, widths)
        # Claims are about a layer and the next one: in their depth, however they were typed.
        return tuple(sorted(known, key=layer_names(widths).index)) if widths else known


class LayersConfiguration(DecodedConfiguration):
    """Parameters of studies that measure what layers know, forwards and inversely."""

    head_epochs: int = Field(ge=1, le=10**6, description="epochs of what reads the class")
    probe_updates: int = Field(ge=1, le=10**8, description="updates of a linear probe")


class SamplesConfiguration(DecodedConfiguration):
    """Parameters of a study that draws from layers."""

    sampled: CommaList[Epoch] = Field(description="epochs that are drawn at, among those measured")
    shown: int = Field(8, ge=2, le=100, description="images of a grid")
    samples: int = Field(8, ge=2, le=100, description="samples of each image")
    compared: int = Field(ge=2, le=10_000, description="images whose samples are counted")
    judge_updates: int = Field(
        ge=1, le=10**7, description="updates of the classifier that names the class of samples"
    )

    @field_validator("sampled")
    @classmethod
    def _measured(cls, values: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        measured = info.data.get("epochs", ())
        if list(values) != sorted(set(values)) or len(values) < 2:
            raise ValueError("name two epochs or more, each once, in order")
        for value in values:
            if measured and value not in measured:
                near = min(measured, key=lambda epoch: abs(epoch - value))
                raise ValueError(f"epoch {value} is not measured; did you mean {near}?")
        return values

    @field_validator("compared")
    @classmethod
    def _all_shown(cls, value: int, info: ValidationInfo) -> int:
        shown = info.data.get("shown", 0)
        if value < shown:
            raise ValueError(f"the {shown} images of a grid are among those compared")
        return value


def known_layers(values: tuple[str, ...], widths: tuple[int, ...]) -> tuple[str, ...]:
    """Refuse a layer that the networks do not have.

    Raises:
        ValueError: there is none of that name, or it is empty.

    Example:
        >>> known_layers(("h33",), (16, 32, 64))
        Traceback (most recent call last):
        ValueError: no layer is called h33; did you mean h3?
    """
    names = layer_names(widths)
    for value in values:
        if not value:
            raise ValueError(f"name layers of {', '.join(names) or 'h1, h2, …'}, one at least")
        if widths and value not in names:
            (near,) = difflib.get_close_matches(value.lower(), names, n=1, cutoff=0.0)
            raise ValueError(f"no layer is called {value}; did you mean {near}?")
    return values
