"""Stopping: where early and perfect stopping end the path through the information plane.

Reference:
    Revisiting the Information Plane, sections 2.4.1 and 3, appendices C, D and F; Fig. 7, 10, 15.
"""

from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from ib_mlflow.studies.fields import BIN_ORIGIN, Activation, BinOrigin, BinSize, Distinct, Hidden
from ib_mlflow.studies.parsing import Presets, Values
from ib_mlflow.studies.reporting.ensembles import Ensembles, read_ensembles
from ib_mlflow.studies.running.perceptrons import Layers, binned_spec
from ib_mlflow.studies.study import Study
from .paper import BIN_SIZE, HIDDEN, PAPER, PERCEPTRONS, TaskName, binned, load_task
from .stopping_claims import CLAIMS
from .stopping_readings import StoppingConfiguration, stops_of
from .stopping_reports import REMARKS, stopping_figures, stopping_tables


class Configuration(StoppingConfiguration):
    """Where early and perfect stopping end the path through the information plane."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 8, "tasks": ("szt",)},
        "quick": {"members": 20, "epochs": 2000, "tasks": ("szt", "mnist")},
        "paper": {"members": 50, "epochs": 8000, "tasks": ("szt", "mnist")},
    }
    embedded: ClassVar[Values] = {"tasks": ("szt", "digits")}
    tasks: Distinct[TaskName] = Field(description="what is learnt; mnist: its digits 1, 3 and 8")
    activations: Distinct[Activation] = Field(
        ("tanh", "relu"), description="one network for each, all its hidden layers alike"
    )
    hidden: Hidden = Field(HIDDEN, description="units of the hidden layers")
    bin_size: BinSize = Field(BIN_SIZE, description="width of a bin, in activation units")
    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)


STUDY: Study[Configuration, Ensembles[Configuration]] = Study(
    title="Early and perfect stopping",
    question="Does training stop where the layers turn to compression, and is it better to stop?",
    paper=PAPER,
    configuration=Configuration,
    setting={**PERCEPTRONS, "bin_size": (BIN_SIZE,)},
    trains=lambda c: [
        replace(
            binned_spec(
                f"{task.name} {activation}",
                task,
                c,
                Layers.alike(c.hidden, activation),
                [c.bin_size],
                c.bin_origin,
            ),
            every_epoch=True,
        )
        for task in (load_task(name, c) for name in c.tasks)
        for activation in c.activations
    ],
    reads=read_ensembles,
    claims=CLAIMS,
    figures=lambda readings: stopping_figures(stops_of(readings), readings.configuration.unit),
    tables=lambda readings: stopping_tables(stops_of(readings)),
    remarks=lambda readings: [binned(readings.configuration), *REMARKS],
    minutes={"toy": 0.4, "quick": 5.3},
)
