"""Leaky ReLU against ReLU: generalisation without the bin at zero.

Reference:
    Revisiting the Information Plane, section 4; Xu et al. (2015), arXiv:1505.00853.
"""

from typing import ClassVar

from pydantic import Field

from ib_mlflow import figures
from ib_mlflow.information import Binned
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import BinSize, Distinct, Hidden
from ib_mlflow.studies.parsing import Presets, Values
from ib_mlflow.studies.reporting.ensembles import Ensembles, read_ensembles
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import PLANE, Group
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.studies.study import Study
from .leaky_claims import CLAIMS
from .leaky_readings import BINS, COARSE, FINE, leaky_tables, pairs_of
from .paper import BIN_SIZE, BINNED, HIDDEN, OURS, PAPER, PERCEPTRONS, TaskName, load_task

ACTIVATIONS = ("relu", "leaky_relu")


class Configuration(TrainingConfiguration):
    """Whether leaky ReLU networks generalise better, and compress less, than ReLU networks."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 8, "tasks": ("szt",)},
        "quick": {"members": 12, "epochs": 2000, "tasks": ("szt", "mnist")},
        "paper": {"members": 50, "epochs": 8000, "tasks": ("szt", "mnist")},
    }
    embedded: ClassVar[Values] = {"tasks": ("szt", "digits")}
    tasks: Distinct[TaskName] = Field(description="what is learnt; mnist: its digits 1, 3 and 8")
    hidden: Hidden = Field(HIDDEN, description="units of the hidden layers")
    bin_size: BinSize = Field(BIN_SIZE, description="width of a bin, in activation units")
    fine: BinSize = Field(1e-6, description="width of bins that tell apart all that differs")


def ensemble(c: Configuration, task: Task, activation: str) -> EnsembleSpec:
    """Networks of one task and activation, in both bins."""
    name = f"{task.name} {activation}"
    groups = [
        Group(
            name if bins == COARSE else f"{name}, {bins} bins",
            c.seeds,
            {PLANE: Binned(bin_size=size)},
            parameters={BINS: bins, "bin_size": size},
        )
        for bins, size in ((COARSE, c.bin_size), (FINE, c.fine))
    ]
    return mlp_spec(name, task, c, Layers.alike(c.hidden, activation), groups)


STUDY: Study[Configuration, Ensembles[Configuration]] = Study(
    title="Leaky ReLU",
    question="Do leaky ReLU networks generalise better than ReLU networks, and compress less?",
    paper=PAPER,
    configuration=Configuration,
    setting={**PERCEPTRONS, "bin_size": (BIN_SIZE,)},
    trains=lambda c: [
        ensemble(c, task, activation)
        for task in (load_task(name, c) for name in c.tasks)
        for activation in ACTIVATIONS
    ],
    reads=read_ensembles,
    claims=CLAIMS,
    figures=lambda readings: {
        "fine_bins.png": figures.setting_curves(
            {of.name: of.fine for pair in pairs_of(readings) for of in (pair.relu, pair.leaky)},
            label="I(X; Bin T), fine bins",
            unit=readings.configuration.unit,
        )
    },
    tables=leaky_tables,
    remarks=lambda _: [
        BINNED,
        OURS,
        "The slope of leaky ReLU below zero is 0.01: in bins of the paper's size most of what it "
        "keeps there falls into the bin next to zero, and only fine bins show it.",
    ],
    minutes={"toy": 0.4, "quick": 2.4, "paper": 16.0},
)
