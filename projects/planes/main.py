"""The main job: the information plane of an ensemble of networks while it learns.

Reference:
    Shwartz-Ziv & Tishby (2017), arXiv:1703.00810; Revisiting the Information Plane, 2.1, 2.3, F.
"""

from typing import ClassVar

from pydantic import Field

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import Activation, BinSize, Hidden
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.curves import keeps, loss_rises, rises_and_falls
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.reporting.ensembles import Ensembles, read_ensembles
from ib_mlflow.studies.reporting.planes import plane_table
from ib_mlflow.studies.running.perceptrons import Layers, binned_spec
from ib_mlflow.studies.study import Study
from .claims import Curves, curves_of, keeps_the_class, reproduces_accuracy
from .paper import (
    ACCURACY,
    BINNED,
    HIDDEN,
    PAPER,
    TaskName,
    entropy_table,
    load_task,
    trained_otherwise,
)

PAPER_SETTING = (
    "task", "hidden", "epochs", "batch_size", "initialisation", "test_fraction", "split_seed",
)  # fmt: skip
"""What its accuracies depend on; its initialisation is Shwartz-Ziv & Tishby's."""


class Configuration(TrainingConfiguration):
    """How the layers of an ensemble of networks move through the information plane."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 20},
        "quick": {"members": 20, "epochs": 4000},
        "paper": {"members": 20, "epochs": 8000},
    }
    task: TaskName = Field("szt", description="what is learnt; mnist: its digits 1, 3 and 8")
    hidden: Hidden = Field(HIDDEN, description="units of the hidden layers")
    activation: Activation = Field("tanh", description="of every hidden layer")
    bin_size: BinSize = Field(0.07, description="width of a bin, in activation units")

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
    trains=lambda c: [
        binned_spec(
            c.activation,
            load_task(c.task, c),
            c,
            Layers.alike(c.hidden, c.activation),
            [c.bin_size],
        )
    ],
    reads=read_ensembles,
    claims=[
        Claim(
            "The last hidden layer ({of.last_hidden}) gains I(X;T) and then loses it again",
            "Sec. 1; Fig. 4a",
            lambda of: rises_and_falls(of.plane, of.last_hidden),
            curves_of,
        ),
        Claim(
            "The first hidden layer (1) does not: only layers that get clustered compress",
            "Sec. 2.3; Fig. 4a",
            lambda of: keeps(of.plane, 1),
            curves_of,
        ),
        Claim(
            "The output ends with I(X;T) = H(Y): what is left is the class",
            "Sec. 2.3",
            keeps_the_class,
            curves_of,
        ),
        Claim(
            "Training on makes the network worse: from epoch {of.early} (one eighth of training) "
            "to {of.last} its validation cross-entropy rises",
            "App. F, Fig. 17",
            lambda of: loss_rises(of.plane),
            curves_of,
        ),
        Claim("Validation accuracy at the end", "App. F", reproduces_accuracy, comparable),
    ],
    tables=lambda readings: {
        "The layers": plane_table(readings.trained[0].trajectory),
        "The entropies (Table 1 of the paper)": entropy_table([readings.trained[0].spec.task]),
    },
    remarks=lambda readings: [BINNED, *accuracy_remarks(readings)],
    minutes={"toy": 0.3, "quick": 1.7},
)
