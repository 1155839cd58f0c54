"""Mixed activations: what a layer's neighbours do to its path through the plane.

Reference:
    Revisiting the Information Plane, sections 2.1, 2.2.2 and 3, App. B and D; Fig. 2, 9 and 12.
"""

from functools import partial
from typing import ClassVar

from pydantic import Field

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import BIN_ORIGIN, BinOrigin, BinSize, Distinct
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.reporting.ensembles import Ensembles, read_ensembles
from ib_mlflow.studies.reporting.planes import plane_tables
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import binned_groups
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.study import Study
from .mixed_beginnings import BEGINNINGS
from .mixed_claims import CLAIMS, NETWORKS
from .mixed_pathways import PATHWAYS
from .paper import BIN_SIZE, HIDDEN, OURS, PAPER, PLAIN, TaskName, binned, load_task


class Configuration(TrainingConfiguration):
    """What the activations before a layer do to its path through the information plane."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 8, "tasks": ("szt",)},
        "quick": {"members": 20, "epochs": 2000, "tasks": ("szt",)},
        "paper": {"members": 20, "epochs": 8000, "tasks": ("szt", "mnist")},
    }
    tasks: Distinct[TaskName] = Field(description="what is learnt; mnist: its digits 1, 3 and 8")
    bin_size: BinSize = Field(BIN_SIZE, description="width of a bin, in activation units")
    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)


def ensembles(c: Configuration) -> list[EnsembleSpec]:
    """The four networks of each task, from the same seeds."""
    return [
        mlp_spec(
            f"{task.name} {name}",
            task,
            c,
            layers,
            binned_groups(
                f"{task.name} {name}",
                [c.bin_size],
                c.seeds,
                {"network": name},
                partial(layers.roles, origin=c.bin_origin),
            ),
        )
        for task in (load_task(name, c) for name in c.tasks)
        for name, layers in (
            (name, Layers(HIDDEN, activations)) for name, activations in NETWORKS.items()
        )
    ]


STUDY: Study[Configuration, Ensembles[Configuration]] = Study(
    title="Mixed activations",
    question="What do the activations before a layer do to its path through the plane?",
    paper=PAPER,
    configuration=Configuration,
    trains=ensembles,
    reads=read_ensembles,
    setting={**PLAIN, "bin_size": (BIN_SIZE,)},
    claims=[*PATHWAYS, *CLAIMS, *BEGINNINGS],
    tables=lambda readings: plane_tables(readings.planes),
    remarks=lambda readings: [binned(readings.configuration), OURS],
    minutes={"toy": 0.3, "quick": 2.2},
)
