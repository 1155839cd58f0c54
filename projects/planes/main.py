"""The main job: the information plane of an ensemble of networks while it learns.

Reference:
    Shwartz-Ziv & Tishby (2017), arXiv:1703.00810; Revisiting the Information Plane, 2.1, 2.3, F.
"""

from typing import ClassVar

from pydantic import Field

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import BIN_ORIGIN, Activation, BinOrigin, BinSize, Hidden
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.reporting.ensembles import Ensembles, read_ensembles
from ib_mlflow.studies.reporting.planes import plane_table
from ib_mlflow.studies.running.perceptrons import Layers, binned_spec
from ib_mlflow.studies.study import Study
from .claims import Curves, curves_of, reproduces_accuracy
from .main_claims import CLAIMS
from .paper import (
    ACCURACY,
    BIN_SIZE,
    HIDDEN,
    OURS,
    PAPER,
    PERCEPTRONS,
    PLAIN,
    TaskName,
    binned,
    entropy_table,
    load_task,
    trained_otherwise,
)

PAPER_SETTING = (
    "task", "hidden", "epochs", "learning_rate", "initialisation", "test_fraction", "split_seed",
    *PLAIN,
)  # fmt: skip
"""What its accuracies depend on; that it starts as Shwartz-Ziv & Tishby do is our reading of
"the same setup"."""


class Configuration(TrainingConfiguration):
    """How the layers of an ensemble of networks move through the information plane."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 8},
        "quick": {"members": 20, "epochs": 4000},
        "paper": {"members": 20, "epochs": 8000},
    }
    task: TaskName = Field("szt", description="what is learnt; mnist: its digits 1, 3 and 8")
    hidden: Hidden = Field(HIDDEN, description="units of the hidden layers")
    activation: Activation = Field("tanh", description="of every hidden layer")
    bin_size: BinSize = Field(BIN_SIZE, description="width of a bin, in activation units")
    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)

    @property
    def as_in_paper(self) -> bool:
        """Whether the networks are those whose accuracy the paper gives."""
        paper = type(self).parse(["--scale", "paper"])
        return all(getattr(self, name) == getattr(paper, name) for name in PAPER_SETTING)


def comparable(readings: Ensembles[Configuration]) -> list[Curves]:
    """The networks, where the paper gives the accuracy of such as these."""
    judged = readings.configuration.as_in_paper
    return [curves for curves in curves_of(readings) if judged and curves.name in ACCURACY]


def accuracy_remarks(readings: Ensembles[Configuration]) -> list[str]:
    """What keeps the paper's accuracy from being judged, where something does."""
    c = readings.configuration
    judged = c.as_in_paper or c.activation not in ACCURACY
    return [] if judged else [trained_otherwise(c.activation)]


STUDY: Study[Configuration, Ensembles[Configuration]] = Study(
    title="The information plane of an ensemble",
    question="How do the layers of networks move through the information plane while they learn?",
    paper=PAPER,
    configuration=Configuration,
    setting={
        "task": ("szt",),
        "activation": tuple(ACCURACY),
        "bin_size": (BIN_SIZE,),
        **PERCEPTRONS,
    },
    trains=lambda c: [
        binned_spec(
            c.activation,
            load_task(c.task, c),
            c,
            Layers.alike(c.hidden, c.activation),
            [c.bin_size],
            c.bin_origin,
        )
    ],
    reads=read_ensembles,
    claims=[
        *CLAIMS,
        Claim("Validation accuracy at the end", "App. F", reproduces_accuracy, comparable),
    ],
    tables=lambda readings: {
        "The layers": plane_table(readings.trained[0].trajectory),
        "The entropies (Table 1 of the paper)": entropy_table(
            [readings.trained[0].spec.task], readings.configuration
        ),
    },
    remarks=lambda readings: [binned(readings.configuration), OURS, *accuracy_remarks(readings)],
    minutes={"toy": 0.3, "quick": 1.7, "paper": 1.3},
)
