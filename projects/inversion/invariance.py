"""Invariance: what three architectures keep of a digit that was moved, turned and sheared.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.2 and appendix A; Fig. 4.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field

from ib_mlflow.studies.decoding.configuration import AffineTask
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.parsing import Values
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.study import Study
from . import invariance_claims
from .affine_parts import mapped_parts, on_maps
from .architectures import Architectures, read_architectures
from .configuration import ClassifyingConfiguration, presets
from .other_architectures import with_other_architectures
from .paper import AFFINE_SETTING, DIFFERENCES, PAPER
from .remarks import networks_remark
from .works import architectures_works


class Configuration(ClassifyingConfiguration):
    """What three architectures keep of digits under random affine maps."""

    presets: ClassVar[dict[str, dict[str, Any]]] = presets(
        toy={"task": "affine_digits", "compared": 8, "classifier_updates": 20},
        quick={
            "task": "affine_mnist",
            "compared": 64,
            "classifier_updates": 4000,
            "decoder_updates": 800,
            "evaluated": 1500,
        },
        paper={"task": "affine_mnist", "compared": 500, "classifier_updates": 250_000},
    )
    embedded: ClassVar[Values] = {"task": "affine_digits", "shrunk": 1, "evaluated": 300}
    task: AffineTask = Field(description="what is classified; affine_digits needs no files")
    compared: int = Field(ge=2, le=10_000, description="test images whose samples are measured")
    maps: int = Field(
        1,
        ge=1,
        le=100,
        description="affine maps of a training digit, after the division; affNIST: 32 of 50,000",
    )

    def parts(self, task: str) -> Parts:
        """The images of a task, divided and reduced; with several maps of each training digit."""
        if self.maps == 1:
            return super().parts(task)
        return mapped_parts(task, self, self.maps)


def read(runner: Runner, configuration: Configuration, _: Sequence[Trained]) -> Architectures:
    """Invert the FC3 of the three architectures, and of those from other seeds."""
    parts = configuration.parts(configuration.task)
    first = read_architectures(runner, configuration, parts, compared=configuration.compared)
    return with_other_architectures(runner, first)


STUDY: Study[Configuration, Architectures] = Study(
    title="Invariance of three architectures",
    question="What do three architectures keep of a digit that was moved, turned and sheared?",
    paper=PAPER,
    configuration=Configuration,
    reads=read,
    setting=AFFINE_SETTING,
    claims=[
        Claim(
            "Global pooling classifies more digits rightly than no pooling",
            "Sec. 5.2",
            invariance_claims.pooling_is_right_more_often,
        ),
        Claim(
            "Convolutions classify more digits rightly than fully connected layers",
            "Sec. 5.2",
            invariance_claims.convolutions_are_right_more_often,
        ),
        Claim(
            "FC3 keeps more of the image without global pooling than with it",
            "Sec. 5.2",
            invariance_claims.keeps_more_unpooled,
        ),
        Claim(
            "FC3 keeps more of the image in either convolutional network than in the fully "
            "connected one",
            "Sec. 5.2",
            invariance_claims.keeps_least_dense,
        ),
        Claim(
            "With global pooling samples have lost the place of the digit",
            "Sec. 5.2; Fig. 4",
            invariance_claims.loses_the_place,
        ),
        Claim(
            "As without pooling, the fully connected network keeps the place, and its samples have "
            "moved less than those with global pooling",
            "Sec. 5.2; Fig. 4",
            invariance_claims.keeps_the_place,
        ),
    ],
    figures=invariance_claims.draw,
    tables=invariance_claims.tables,
    remarks=lambda architectures: [
        *networks_remark(architectures.configuration, ["how far samples have moved"]),
        on_maps(architectures.parts, architectures.configuration),
        "How far a sample has moved is the distance of its centre of ink from the input's, in "
        "pixels: what the paper shows in Fig. 4 as a number.",
        *DIFFERENCES,
    ],
    minutes={"toy": 0.4, "quick": 44.0},
    works=lambda c: list(architectures_works(c, c.parts(c.task), compared=c.compared)),
)
