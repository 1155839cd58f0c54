"""Invertible: networks that lose nothing of their images, and what estimators say of them.

Reference:
    Jacobsen, Smeulders & Oyallon (2018), "i-RevNet: Deep Invertible Networks", ICLR, abstract.
"""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar, Literal

from pydantic import Field

from ib_mlflow.information import KDE, Binned
from ib_mlflow.networks import mlp
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.fields import BinSize, Distinct, LearningRate, Share, Units, Variances
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.running.ensembles import DescentSpec, EnsembleSpec
from ib_mlflow.studies.running.groups import PLANE, Estimator, Group, spaced
from ib_mlflow.studies.running.tasks import divided_task
from ib_mlflow.studies.study import Study
from . import reversal_reporting as reporting
from .reversal_reporting import CLAIMS, ORDINARY, REVERSIBLE, Reversals
from .reversals import parity_of, reversible_ensemble


class Configuration(LearningConfiguration):
    """Whether networks that can be undone generalise, and what estimators say of them."""

    learning_rate_remark: ClassVar[str] = "Plain SGD with a learning rate of {of.learning_rate:g}."
    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 3, "images": 200, "blocks": 2, "hidden": 8, "measured": 3},
        "quick": {"members": 10, "epochs": 60, "images": 1000, "blocks": 6, "hidden": 64,
                  "measured": 12},
        "paper": {"members": 20, "epochs": 300, "images": 1740, "blocks": 12, "hidden": 64,
                  "measured": 30},
    }  # fmt: skip
    task: Literal["digits", "mnist"] = Field("digits", description="images that are learnt")
    labels: Literal["parity", "digit"] = Field(
        "parity", description="of an image: whether its digit is odd, or which it is"
    )
    images: int = Field(
        ge=20, le=100_000, multiple_of=10, description="first ones of the classes, alike many"
    )
    test_fraction: Share = Field(0.2, description="share of them kept for testing")
    split_seed: int = Field(42, ge=0, lt=2**32, description="seed of the division")
    blocks: int = Field(ge=1, le=100, description="coupling blocks of a network")
    hidden: Units = Field(description="units inside a block, and of the ordinary networks' layers")
    learning_rate: LearningRate = Field(0.05, description="step size of plain SGD")
    batch_size: int = Field(32, ge=1, le=10_000_000, description="rows in a minibatch")
    measured: int = Field(ge=2, le=10_000, description="epochs that are measured, about")
    bin_sizes: Distinct[BinSize] = Field((0.07, 2.0), description="widths of a bin")
    variances: Variances = Field((0.1, 1.0), description="of the noise of kernel bounds")

    @property
    def estimators(self) -> dict[str, Estimator]:
        """By what the reader calls them."""
        binned = {f"bins of {size:g}": Binned(bin_size=size) for size in self.bin_sizes}
        lower = {f"noise {v:g}, at least": KDE(variance=v, bound="lower") for v in self.variances}
        upper = {f"noise {v:g}, at most": KDE(variance=v, bound="upper") for v in self.variances}
        return {**binned, **lower, **upper}

    @property
    def specs(self) -> Iterator[EnsembleSpec]:
        """Reversible networks, and ordinary ones of two hidden layers that learn the same."""
        task = divided_task(self.task, self, images=self.images, test_fraction=self.test_fraction,
                            split_seed=self.split_seed)  # fmt: skip
        if self.labels == "parity":
            task = parity_of(task)
        shape, c = task.train_set.inputs.shape[1:], task.train_set.c
        coupled = partial(reversible_ensemble, tuple(shape), c, self.blocks, self.hidden)
        widths = (task.train_set.m, self.hidden, self.hidden, c)
        plain = partial(mlp, widths, activation="relu", initialisation="torch")
        own = [Group(name, self.seeds, {PLANE: of}) for name, of in self.estimators.items()]
        usual = [Group(ORDINARY, self.seeds, {PLANE: Binned(bin_size=min(self.bin_sizes))})]
        for name, build, groups, kinds in (
            (REVERSIBLE, coupled, own, ("coupling",) * self.blocks),
            (ORDINARY, plain, usual, ("relu",) * 2),
        ):
            descent = DescentSpec(self.learning_rate, self.batch_size)
            epochs = spaced(self.epochs, self.measured)
            yield EnsembleSpec(
                name, task, build, epochs, descent, groups, kinds, self.device,
                parameters={"scale": self.scale},
            )  # fmt: skip


STUDY: Study[Configuration, Reversals] = Study(
    title="Invertible",
    question="Do networks that lose nothing generalise, and do estimators see that it is nothing?",
    paper="i-RevNet: Deep Invertible Networks",
    configuration=Configuration,
    trains=lambda c: list(c.specs),
    reads=reporting.read_reversals,
    claims=CLAIMS,
    figures=reporting.draw,
    tables=lambda readings: {"The layers at the end": reporting.layers_table(readings)},
    remarks=lambda _: reporting.REMARKS,
    minutes={"toy": 0.3, "quick": 1.3},
)
