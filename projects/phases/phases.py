"""Phases: does learning drift and then diffuse, and do gradients and information agree on when?

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Dynamics of Learning – Info
    Path" to "Diffusion Improves Generalisation", "MNIST (or CIFAR-10 ?) CNN + ReLU" and "CIFAR-10".
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from ib_mlflow.information import KDE
from ib_mlflow.studies.configuration import Members, TrainingConfiguration
from ib_mlflow.studies.fields import BIN_ORIGIN, Activation, BinOrigin, BinSize, Hidden, Variances
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import PLANE, Group, binned_groups
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.running.tasks import Task, image_task, split_task
from ib_mlflow.studies.study import Study
from . import phase_reporting as reporting
from .guarded_phases import CLAIMS
from .paper import HIDDEN, PAPER, SETTING
from .phase_readings import Phases, convolutional, read_phases


class Configuration(TrainingConfiguration):
    """Whether learning drifts and then diffuses."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 8, "images": 200, "held_out": 100, "image_members": 2,
                "image_epochs": 4},
        "quick": {"members": 20, "epochs": 3000, "images": 2000, "held_out": 500,
                  "image_members": 6, "image_epochs": 30},
        "paper": {"members": 50, "epochs": 10_000, "images": 10_000, "held_out": 1000,
                  "image_members": 10, "image_epochs": 100},
    }  # fmt: skip
    network: Literal["mlp", "cnn"] = Field(
        "mlp", description="fully connected, or convolutional with ReLU, which learns images"
    )
    task: Literal["szt", "mnist", "cifar10"] = Field("szt", description="what is learnt")
    batch_size: int = Field(64, ge=1, le=10_000_000, description="rows in a minibatch")
    hidden: Hidden = Field(HIDDEN, description="units of the hidden layers of an mlp")
    activation: Activation = Field("tanh", description="of every hidden layer of an mlp")
    bin_size: BinSize = Field(0.07, description="width of a bin, in activation units, on szt")
    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)
    images: int = Field(ge=20, le=50_000, multiple_of=10, description="images to learn from")
    held_out: int = Field(ge=20, le=10_000, multiple_of=10, description="images to measure on")
    variances: Variances = Field((0.1, 10.0), description="noise of KDE bounds, on images")
    image_members: Members = Field(
        ge=1, le=10_000, description="networks, each with a seed of its own, of images"
    )
    image_epochs: int = Field(ge=1, le=10_000_000, description="passes over the images")

    @model_validator(mode="after")
    def _learns_images(self) -> "Configuration":
        if self.network == "cnn" and self.task == "szt":
            raise ValueError("network: cnn learns images; give task=mnist or task=cifar10")
        return self

    @property
    def of_task(self) -> "Configuration":
        """The same with the members and epochs of its task."""
        of_images = {"members": self.image_members, "epochs": self.image_epochs}
        return self if self.task == "szt" else self.model_copy(update=of_images)

    def load(self) -> Task:
        """The task."""
        if self.task == "szt":
            return split_task(self.task, self)
        return image_task(self.task, self, images=self.images, held_out=self.held_out)

    def groups(self) -> Iterator[Group]:
        """How its networks are measured: in bins, or images by kernels from both sides."""
        if self.task == "szt":
            bins = partial(Layers.alike(self.hidden, self.activation).roles, origin=self.bin_origin)
            yield from binned_groups(self.name, [self.bin_size], self.seeds, bins=bins)
            return
        for variance in self.variances:
            for bound in ("lower", "upper"):
                name = f"{self.name}, {bound} bound, noise of {variance:g}"
                swept = {"variance": variance, "bound": bound}
                estimator = KDE(variance=variance, bound=bound)
                yield Group(name, self.seeds, {PLANE: estimator}, parameters=swept)

    @property
    def name(self) -> str:
        """Of its networks."""
        return f"{self.network} on {self.task}"


def learning(configuration: Configuration) -> list[EnsembleSpec]:
    """One ensemble, with its gradients recorded."""
    c, task = configuration.of_task, configuration.load()
    spec = mlp_spec(c.name, task, c, Layers.alike(c.hidden, c.activation), tuple(c.groups()))
    if c.network == "cnn":
        build = partial(convolutional, task.train_set.inputs.shape[1:], task.train_set.c)
        spec = replace(spec, build=build, activations=("relu",) * 3)
    return [replace(spec, gradients=True)]


STUDY: Study[Configuration, Phases[Configuration]] = Study(
    title="The phases of learning",
    question="Does learning drift and then diffuse, and do gradients and information agree when?",
    paper=PAPER,
    configuration=Configuration,
    trains=learning,
    reads=read_phases,
    setting={**SETTING, "network": ("mlp",), "task": ("szt",)},
    claims=CLAIMS,
    figures=reporting.draw,
    tables=reporting.tables,
    remarks=reporting.remarks,
    minutes={"toy": 0.3, "quick": 0.8, "paper": 3.2},
)
