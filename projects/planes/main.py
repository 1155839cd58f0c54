"""The main job: the information plane of an ensemble of networks while it learns.

Reference:
    Shwartz-Ziv & Tishby (2017), arXiv:1703.00810; Revisiting the Information Plane, sections 2.1
    and 2.3 and appendix F.
"""

from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from ib_mlflow.studies.configuration import Activation, CommaList, TrainingConfiguration, Units
from ib_mlflow.studies.judging.claims import (
    NEAR,
    at_epoch,
    generalisation,
    in_unit,
    keeps,
    plane_table,
    rises_and_falls,
    scale_of,
    validation_accuracy,
)
from ib_mlflow.studies.judging.intervals import known, mean
from ib_mlflow.studies.judging.verdicts import Finding, most, reproduces
from ib_mlflow.studies.reporting.conclusion import BINNED, conclude
from ib_mlflow.studies.running.ensembles import Network, binned_views
from ib_mlflow.studies.running.tasks import TaskName, entropy_table, load_task
from ib_mlflow.studies.running.training import Trained, run_network
from ib_mlflow.studies.study import enter
from ib_mlflow.tracking import StudyRun

SHARE = 0.05
"""A layer compresses if it loses more than this share of H(X) after its peak."""
PAPER_ACCURACY = {"tanh": 0.946, "relu": 0.937}
PAPER_SETTING = (
    "task", "hidden", "epochs", "batch_size", "initialisation", "test_fraction", "split_seed",
)  # fmt: skip
"""What must be as in the paper for its accuracies to be held against ours. It takes over the
initialisation of Shwartz-Ziv & Tishby, and states no learning rate."""


class Configuration(TrainingConfiguration):
    """How the layers of an ensemble of networks move through the information plane."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {"members": 2, "epochs": 20},
        "quick": {"members": 20, "epochs": 4000},
        "paper": {"members": 20, "epochs": 8000},
    }
    task: TaskName = Field("szt", description="szt, digits, or mnist (its digits 1, 3 and 8)")
    hidden: CommaList[Units] = Field((10, 7, 5, 4, 3), description="units of the hidden layers")
    activation: Activation = Field("tanh", description="of every hidden layer")
    bin_size: float = Field(0.07, gt=0, le=100, description="width of a bin, in activation units")

    @property
    def as_in_paper(self) -> bool:
        """Whether the networks are those whose accuracy the paper gives."""
        paper = type(self).parse(["--scale", "paper"])
        return self.activation in PAPER_ACCURACY and all(
            getattr(self, name) == getattr(paper, name) for name in PAPER_SETTING
        )


def run(study: StudyRun, chosen: Configuration) -> None:
    """Train the ensemble, measure its plane, and write down what became of the claims."""
    network = Network(
        name=chosen.activation,
        task=load_task(chosen.task, chosen),
        hidden=chosen.hidden,
        activations=(chosen.activation,) * len(chosen.hidden),
        initialisation=chosen.initialisation,
        views=binned_views(chosen.activation, [chosen.bin_size]),
    )
    trained = run_network(study, network, chosen)
    conclude(
        study,
        [trained],
        title="The information plane of an ensemble",
        findings=_findings(trained, chosen),
        tables={
            "The layers": plane_table(trained.trajectory, chosen.unit),
            "The entropies (Table 1 of the paper)": entropy_table([network.task]),
        },
        chosen=chosen,
        remarks=_remarks(chosen),
    )


def _findings(trained: Trained, chosen: Configuration) -> list[Finding]:
    trajectory, task = trained.trajectory, trained.network.task
    first, last_hidden, output = 1, trajectory.layers[-2], trajectory.layers[-1]
    least = SHARE * task.guides.h_x
    ends = at_epoch(trajectory, "i_x", epoch=trajectory.epochs[-1], layer=output)
    h_y = f"{task.guides.h_y * scale_of(chosen.unit):.3f} {chosen.unit}"
    found = [
        rises_and_falls(
            trajectory,
            last_hidden,
            claim=f"The last hidden layer ({last_hidden}) gains I(X;T) and then loses it again",
            where="Sec. 1; Fig. 4a",
            least=least,
            unit=chosen.unit,
        ),
        keeps(
            trajectory,
            first,
            claim=f"The first hidden layer ({first}) does not: only layers that get clustered "
            "compress",
            where="Sec. 2.3; Fig. 4a",
            least=least,
            unit=chosen.unit,
        ),
        most(
            "The output ends with I(X;T) = H(Y): what is left is the class",
            "Sec. 2.3",
            known(np.abs(ends - task.guides.h_y) < NEAR, ends),
            note=f"I(X;T) of the output: {in_unit(mean(ends), chosen.unit)}; "
            f"counted within 0.1 bits of H(Y) = {h_y}.",
        ),
        generalisation(trajectory),
    ]
    if chosen.as_in_paper:
        found.append(
            reproduces(
                "Validation accuracy at the end",
                "App. F",
                validation_accuracy(trajectory, trajectory.epochs[-1]),
                PAPER_ACCURACY[chosen.activation],
                digits=4,
            )
        )
    return found


def _remarks(chosen: Configuration) -> list[str]:
    if chosen.as_in_paper or chosen.activation not in PAPER_ACCURACY:
        return [BINNED]
    paper = PAPER_ACCURACY[chosen.activation]
    return [
        BINNED,
        f"The paper's {chosen.activation} network reaches a validation accuracy of {paper}, on SZT "
        "with the hidden layers 10-7-5-4-3 after 8000 epochs; these networks were trained "
        "otherwise, so that theirs is not judged by it.",
    ]


if __name__ == "__main__":
    enter("main", Configuration, run)
