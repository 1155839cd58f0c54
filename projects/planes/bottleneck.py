"""A bottleneck: the narrow layer that seems to know less than the wide one behind it.

Reference:
    Revisiting the Information Plane, section 2.4 and Fig. 6.
"""

from typing import ClassVar

from pydantic import Field

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import BIN_ORIGIN, Activation, BinOrigin, BinSize, Distinct
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.lengths import at_its_end
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.reporting.ensembles import Ensembles, read_ensembles
from ib_mlflow.studies.running.perceptrons import Layers, binned_spec
from ib_mlflow.studies.study import Study
from .claims import groups_of, order_broken, order_tables
from .paper import BIN_SIZE, OURS, PAPER, PLAIN, binned, course, load_task

HIDDEN = (3, 2, 12, 2)
"""The paper's 12-3-2-12-2-2 without its two ends; the paper counts the input as layer 1."""


class Configuration(TrainingConfiguration):
    """Whether a narrow layer shows less information than the wider one behind it."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 8},
        "quick": {"members": 50, "epochs": 2000},
        "paper": {"members": 50, "epochs": 8000},
    }
    activations: Distinct[Activation] = Field(("tanh", "relu"), description="one network for each")
    bin_size: BinSize = Field(BIN_SIZE, description="width of a bin, in activation units")
    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)


STUDY: Study[Configuration, Ensembles[Configuration]] = Study(
    title="A bottleneck",
    question="Does a narrow layer show less information than the wider one behind it?",
    paper=PAPER,
    configuration=Configuration,
    setting={**PLAIN, "bin_size": (BIN_SIZE,)},
    trains=lambda c: [
        binned_spec(
            name,
            load_task("szt", c),
            c,
            Layers.alike(HIDDEN, name),
            [c.bin_size],
            c.bin_origin,
        )
        for name in c.activations
    ],
    reads=read_ensembles,
    claims=[
        Claim(
            "{of.name}: at the end the bottleneck (layer 2, 2 units) shows less I(X; Bin T) than "
            "layer 3 (12 units), which data processing forbids for true information",
            "Sec. 2.4; Fig. 6",
            at_its_end(order_broken(2), lambda of: course(of.plane(), 3)),
            groups_of,
        )
    ],
    tables=order_tables,
    remarks=lambda readings: [binned(readings.configuration), OURS],
    minutes={"toy": 0.2, "quick": 2.6, "paper": 2.7},
)
