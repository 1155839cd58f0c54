"""A bottleneck: the narrow layer that seems to know less than the wide one behind it.

Reference:
    Revisiting the Information Plane, section 2.4 and Fig. 6.
"""

from typing import Any, ClassVar

from pydantic import Field

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import Activation, BinSize, Distinct
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.reporting.ensembles import Ensembles, read_ensembles
from ib_mlflow.studies.reporting.planes import plane_table
from ib_mlflow.studies.running.ensembles import EnsembleSpec, mlp_spec
from ib_mlflow.studies.running.groups import binned_groups
from ib_mlflow.studies.study import Study
from projects.planes.claims import order_broken, order_table
from projects.planes.paper import BINNED, PAPER, load_task

HIDDEN = (3, 2, 12, 2)
"""The paper's 12-3-2-12-2-2 without its 12 inputs and 2 outputs; its layer 3 counts the input."""


class Configuration(TrainingConfiguration):
    """Whether a narrow layer shows less information than the wider one behind it."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {"members": 2, "epochs": 20},
        "quick": {"members": 50, "epochs": 2000},
        "paper": {"members": 50, "epochs": 8000},
    }
    activations: Distinct[Activation] = Field(
        ("tanh", "relu"), description="one network for each; the paper does not name its own"
    )
    bin_size: BinSize = Field(0.07, description="width of a bin, in activation units")


def ensembles(configuration: Configuration) -> list[EnsembleSpec]:
    """An ensemble for each activation."""
    task = load_task("szt", configuration)
    return [
        mlp_spec(
            activation,
            task,
            configuration,
            hidden=HIDDEN,
            activations=[activation] * len(HIDDEN),
            groups=binned_groups(activation, [configuration.bin_size], configuration.seeds),
        )
        for activation in configuration.activations
    ]


STUDY: Study[Configuration, Ensembles[Configuration]] = Study(
    title="A bottleneck",
    question="Does a narrow layer show less information than the wider one behind it?",
    paper=PAPER,
    configuration=Configuration,
    trains=ensembles,
    reads=read_ensembles,
    claims=[
        Claim(
            "{of.name}: at the end the bottleneck (layer 2, 2 units) shows less I(X; Bin T) than "
            "layer 3 (12 units), which data processing forbids for true information",
            "Sec. 2.4; Fig. 6",
            order_broken(2),
            lambda readings: readings.groups,
        )
    ],
    tables=lambda readings: (
        {
            f"{name}: each layer against the next": order_table(plane)
            for name, plane in readings.planes.items()
        }
        | {name: plane_table(plane) for name, plane in readings.planes.items()}
    ),
    remarks=lambda _: [BINNED],
    minutes={"toy": 0.2, "quick": 2.6},
)
