"""The parameters of the study of the MNIST CNN."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.fields import Beta, BinSize, Distinct, LearningRate, Share
from ib_mlflow.studies.judging.settings import AtLeast, Setting, differences
from ib_mlflow.studies.parsing import Presets, Values

DECISIVE = (
    "task", "images", "held_out", "epochs", "learning_rate", "final_learning_rate", "batch_size",
    "dropout", "augmented",
)  # fmt: skip
"""What the number of errors depends on."""
LEARNT: Setting = {
    "images": AtLeast(60_000),
    "epochs": AtLeast(128),
    "learning_rate": (0.005,),
    "final_learning_rate": (5e-4,),
    "batch_size": (32,),
    "dropout": (0.2,),
    "augmented": (True,),
}
"""Supplement 9.3: how much the paper's networks learnt, and how."""
SETTING: Setting = {"task": ("mnist",), "held_out": AtLeast(10_000), **LEARNT}
"""Of the paper's table and figures."""


class Configuration(LearningConfiguration):
    """Noise, dropout and clusters in a convolutional network on images."""

    presets: ClassVar[Presets] = {
        "toy": {
            "members": 2, "epochs": 3, "task": "digits", "images": 200, "held_out": 100,
            "betas": (0.5,), "learning_rate": 0.05, "final_learning_rate": 0.005, "measured": 4,
        },
        "quick": {
            "members": 6, "epochs": 16, "task": "mnist", "images": 2000, "held_out": 1000,
            "betas": (0.05, 0.1, 0.2, 0.5), "learning_rate": 0.05, "final_learning_rate": 0.005,
            "measured": 16,
        },
        "paper": {
            "members": 8, "epochs": 128, "task": "mnist", "images": 60_000, "held_out": 10_000,
            "betas": (0.05, 0.1, 0.2, 0.5), "learning_rate": 0.005, "final_learning_rate": 5e-4,
            "measured": 32,
        },
    }  # fmt: skip
    learning_rate_remark: ClassVar[str] = (
        "The paper's learning rate falls geometrically from 0.005 to 0.0005; here it falls from "
        "{of.learning_rate:g} to {of.final_learning_rate:g}."
    )
    embedded: ClassVar[Values] = {"task": "digits", "images": 1200, "held_out": 500}
    task: Literal["mnist", "fashion_mnist", "digits"] = Field(
        description="what is learnt; digits, enlarged to 28 × 28 pixels, needs no files"
    )
    epochs: int = Field(
        ge=3, le=10_000_000, description="passes over the training set; a slope is fitted to three"
    )
    images: int = Field(ge=20, le=60_000, multiple_of=10, description="images to learn from")
    held_out: int = Field(ge=20, le=10_000, multiple_of=10, description="images to measure on")
    betas: Distinct[Beta] = Field(description="standard deviations of the noise; a child for each")
    dropout: Share = Field(0.2, description="probability of dropping a unit")
    learning_rate: LearningRate = Field(description="step size of the first epoch")
    final_learning_rate: LearningRate = Field(description="step size of the last epoch")
    batch_size: int = Field(32, ge=1, le=10_000_000, description="images in a minibatch")
    augmented: bool = Field(True, description="learn from moved, turned and sheared images")
    measured: int = Field(ge=3, le=1000, description="epochs that are measured, about")
    bin_sizes: Distinct[BinSize] = Field(
        (1e-4, 1e-3, 1e-2, 1e-1), description="widths of a bin for single units of layer 3"
    )

    @model_validator(mode="after")
    def _falls(self) -> "Configuration":
        if self.final_learning_rate > self.learning_rate:
            raise ValueError("final_learning_rate: must not exceed learning_rate")
        return self

    @property
    def even_epochs(self) -> tuple[int, ...]:
        """Epochs at equal distances up to the last, as many as are measured or some more."""
        step = max(1, self.epochs // self.measured)
        return tuple(sorted(range(self.epochs, 0, -step)))

    @property
    def learnt_otherwise(self) -> tuple[str, ...]:
        """In how much was learnt, and how, training differs from the paper's."""
        return tuple(differences(LEARNT, self))

    @property
    def as_in_the_paper(self) -> bool:
        """Whether numbers of errors can be compared with those of Table 1."""
        paper = Configuration.model_validate({"scale": "paper"})
        return all(getattr(self, name) == getattr(paper, name) for name in DECISIVE)
