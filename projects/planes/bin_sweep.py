"""Bin sizes: how the width of a bin decides where the layers lie on the plane.

Reference:
    Revisiting the Information Plane, sections 2.2.1 and 2.3, appendix D; Fig. 1, 4, 5, 11, 13
    and 14; Table 1.
"""

from dataclasses import replace
from functools import partial
from typing import ClassVar

from pydantic import Field

from ib_mlflow.studies.fields import Activation, BinSize, Distinct, Hidden
from ib_mlflow.studies.parsing import Presets, Values
from ib_mlflow.studies.reporting.planes import plane_tables
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import binned_groups
from ib_mlflow.studies.running.perceptrons import Layers, binned_spec
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.studies.study import Study
from . import bin_claims
from .bin_origins import NAMES, origins_table
from .bin_readings import OTHER, BinSweep, SweepConfiguration, draw, read_bins
from .paper import HIDDEN, OURS, PAPER, PERCEPTRONS, TaskName, binned, entropy_table, load_task


class Configuration(SweepConfiguration):
    """How the bin size decides where the layers lie on the information plane."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 8, "tasks": ("szt",)},
        "quick": {"members": 10, "epochs": 2000, "tasks": ("szt", "mnist")},
        "paper": {"members": 10, "epochs": 8000, "tasks": ("szt", "mnist")},
    }
    embedded: ClassVar[Values] = {"tasks": ("szt", "digits")}
    tasks: Distinct[TaskName] = Field(description="what is learnt; mnist: its digits 1, 3 and 8")
    activations: Distinct[Activation] = Field(
        ("tanh", "relu"), description="one network for each, all its hidden layers alike"
    )
    hidden: Hidden = Field(HIDDEN, description="units of the hidden layers")
    bin_sizes: Distinct[BinSize] = Field(
        (0.01, 0.07, 0.15, 0.3), description="widths of a bin; one training, measured with each"
    )


def swept_spec(task: Task, c: Configuration, activation: str) -> EnsembleSpec:
    """Networks of one activation; tanh layers are measured with borders at both places."""
    name, layers = f"{task.name} {activation}", Layers.alike(c.hidden, activation)
    spec = binned_spec(name, task, c, layers, c.bin_sizes, c.bin_origin)
    if activation != "tanh":
        return spec
    groups = binned_groups(
        f"{name}, {NAMES[c.other_origin]}",
        sorted(c.bin_sizes),
        c.seeds,
        {OTHER: c.other_origin},
        partial(layers.roles, origin=c.other_origin),
    )
    return replace(spec, groups=(*spec.groups, *groups))


STUDY: Study[Configuration, BinSweep] = Study(
    title="Bin sizes",
    question="How does the width of a bin decide where the layers lie on the plane?",
    paper=PAPER,
    configuration=Configuration,
    setting=PERCEPTRONS,
    trains=lambda c: [
        swept_spec(task, c, activation)
        for task in (load_task(name, c) for name in c.tasks)
        for activation in c.activations
    ],
    reads=read_bins,
    claims=bin_claims.CLAIMS,
    figures=draw,
    tables=lambda readings: (
        {"Table 1 of the paper": entropy_table(readings.tasks, readings.configuration)}
        | {"Where the borders of bins lie": origins_table(readings)}
        | plane_tables(readings.ensembles.planes)
    ),
    remarks=lambda readings: [binned(readings.configuration), OURS],
    minutes={"toy": 0.5, "quick": 4.0},
)
