"""The parameters of the study of pruning.

Reference:
    Revisiting the Information Plane, section 2.5.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import (
    BIN_ORIGIN,
    Activation,
    BinOrigin,
    BinSize,
    Distinct,
    Fall,
    Hidden,
)
from ib_mlflow.studies.parsing import Presets
from .paper import HIDDEN
from .stops import Criteria

WIDE = (32, 24, 16, 12, 8)
"""Units of the hidden layers of the wider networks, which learn images."""


def _check_layers(added: int, info: ValidationInfo) -> int:
    for name in ("hidden", "wide"):
        if len(info.data.get(name, (0, 0))) + added < 2:
            raise ValueError(f"one layer ({name}) leaves nothing to prune, take two or more")
    return added


def _check_members(error: float, info: ValidationInfo) -> float:
    members = info.data.get("members", 1 / error)
    if members < 1 / error - 1e-9:
        raise ValueError(f"{members} members cannot tell an error rate below 1 / {members}")
    return error


class PruningConfiguration(TrainingConfiguration):
    """Whether layers that take similar paths through the plane can be removed."""

    presets: ClassVar[Presets] = {
        "toy": {
            "members": 4, "epochs": 20, "tasks": ("szt", "digits"), "activations": ("tanh",),
            "images": 500, "wide_epochs": 4, "patience": 10, "error": 0.3, "controls": 1,
        },
        "quick": {
            "members": 20, "epochs": 1500, "tasks": ("szt",), "activations": ("tanh", "relu"),
            "images": 2500, "wide_epochs": 300, "patience": 100, "error": 0.2, "controls": 2,
        },
        "paper": {
            "members": 50, "epochs": 2000, "tasks": ("szt", "mnist"),
            "activations": ("tanh", "relu"), "images": 2500, "wide_epochs": 300, "patience": 100,
            "error": 0.2, "controls": 3,
        },
    }  # fmt: skip
    tasks: Distinct[Literal["szt", "digits", "mnist"]] = Field(
        description="what is learnt; images of ten digits: scikit-learn's, or MNIST's"
    )
    activations: Distinct[Activation] = Field(description="one network for each, layers alike")
    hidden: Hidden = Field(HIDDEN, description="units of the hidden layers on SZT")
    wide: Hidden = Field(WIDE, description="units of the hidden layers on images")
    added: Annotated[int, AfterValidator(_check_layers)] = Field(
        len(HIDDEN), ge=0, le=100, description="layers added behind these, as wide as the last"
    )
    images: int = Field(
        ge=10, le=100_000, multiple_of=10, description="images, those for testing included"
    )
    wide_epochs: int = Field(ge=1, le=10_000_000, description="passes over the images")
    wide_batch: int = Field(64, ge=1, le=10_000_000, description="images in a minibatch")
    bin_size: BinSize = Field(0.07, description="width of a bin, in activation units")
    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)
    patience: int = Field(
        ge=1,
        le=10_000_000,
        description="epochs without a lower validation loss, after which a network stops",
    )
    least_improvement: Fall = Field(0.0, description="nats by which the loss must fall to be lower")
    error: Annotated[float, AfterValidator(_check_members)] = Field(
        ge=1e-6, lt=1, description="how often layers that are alike may be called not similar"
    )
    controls: int = Field(ge=0, le=100, description="networks without random layers, of each")

    @property
    def criteria(self) -> Criteria:
        """When networks stop, and when layers are similar."""
        return Criteria(self.patience, self.least_improvement, self.error)
