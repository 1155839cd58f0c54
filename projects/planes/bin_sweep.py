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
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.parsing import Presets, Values
from ib_mlflow.studies.reporting.planes import plane_table
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import binned_groups
from ib_mlflow.studies.running.perceptrons import Layers, binned_spec
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.studies.study import Study
from . import bin_claims
from .bin_origins import NAMES, origins_table
from .bin_readings import OTHER, BinSweep, SweepConfiguration, draw, read_bins
from .paper import HIDDEN, OURS, PAPER, TaskName, binned, entropy_table, load_task


class Configuration(SweepConfiguration):
    """How the bin size decides where the layers lie on the information plane."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 20, "tasks": ("szt",)},
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
    trains=lambda c: [
        swept_spec(task, c, activation)
        for task in (load_task(name, c) for name in c.tasks)
        for activation in c.activations
    ],
    reads=read_bins,
    claims=[
        Claim(
            "{of.name}: as bins shrink from {of.largest:g} to {of.smallest:g}, no hidden layer "
            "ends farther from the corner (H(X), I(X;Y)), and some end nearer",
            "{of.where}",
            bin_claims.drifts,
            bin_claims.several_sizes,
        ),
        Claim(
            "{of.name}: the drift into the corner is stronger the higher the layer: for the first "
            "hidden layer than for the last",
            "{of.where}",
            bin_claims.drifts_more_at_the_input,
            bin_claims.several_sizes_of_tanh,
        ),
        Claim(
            "{of.name}: where the output ends does not depend on the bin size",
            "{of.where}",
            bin_claims.output_stays,
            bin_claims.several_sizes_of_tanh,
        ),
        Claim(
            "{of.name}: while it learns, the last hidden layer ({of.last_hidden}) empties its "
            "bins, as tanh layers do",
            "{of.histograms_at}",
            bin_claims.empties,
            lambda readings: readings.all_of("tanh"),
        ),
        Claim(
            "{of.name}: while it learns, the last hidden layer ({of.last_hidden}) fills more bins, "
            "as ReLU layers do",
            "{of.histograms_at}",
            bin_claims.fills,
            lambda readings: readings.all_of("relu"),
        ),
        Claim(
            "{of.name}: the more training proceeds, the more of the last hidden layer "
            "({of.last_hidden}) lies in the extreme bins",
            "{of.histograms_at}",
            bin_claims.goes_to_the_extremes,
            bin_claims.with_extremes,
        ),
        Claim(
            "{of.name}: the deeper the layer, the more of it lies in the extreme bins: of the last "
            "hidden layer ({of.last_hidden}) more than of any before",
            "{of.histograms_at}",
            bin_claims.deeper_is_more_extreme,
            bin_claims.with_extremes,
        ),
        Claim(
            "{of.name}: the output fills more bins at first, and fewer in the end",
            "{of.histograms_at}",
            bin_claims.output_fills_and_empties,
            lambda readings: [*readings.all_of("tanh"), *readings.all_of("relu")],
        ),
    ],
    figures=draw,
    tables=lambda readings: (
        {"Table 1 of the paper": entropy_table(readings.tasks)}
        | {"Where the borders of bins lie": origins_table(readings)}
        | {name: plane_table(plane) for name, plane in readings.ensembles.planes.items()}
    ),
    remarks=lambda readings: [binned(readings.configuration), OURS],
    minutes={"toy": 0.5, "quick": 4.0},
)
