"""The main job: the information plane of an ensemble of networks while it learns.

Reference:
    Shwartz-Ziv & Tishby (2017), arXiv:1703.00810; Revisiting the Information Plane, sections 2.1
    and 2.3 and appendix F.
"""

from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from ib_mlflow.tracking import StudyRun
from projects.configuration import Activation, CommaList, TrainingConfiguration, Units
from projects.ensembles import Network, binned_views
from projects.entry import enter
from projects.findings import (
    NEAR,
    at_epoch,
    compresses,
    compressions,
    generalisation,
    in_unit,
    plane_table,
)
from projects.judging import Finding, mean, most
from projects.networks import Trained, run_network
from projects.outcome import conclude
from projects.tasks import TaskName, entropy_table, load_task

SHARE = 0.05
"""A layer compresses if it loses more than this share of H(X) after its peak."""
PAPER_ACCURACY = {("szt", "tanh"): 0.946, ("szt", "relu"): 0.937}


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
    )


def _findings(trained: Trained, chosen: Configuration) -> list[Finding]:
    trajectory, task = trained.trajectory, trained.network.task
    first, last_hidden, output = 1, trajectory.layers[-2], trajectory.layers[-1]
    least = SHARE * task.guides.h_x
    ends = at_epoch(trajectory, "i_x", epoch=trajectory.epochs[-1], layer=output)
    return [
        compresses(
            trajectory,
            last_hidden,
            claim=f"The last hidden layer ({last_hidden}) gains I(X;T) and then loses it again",
            where="Sec. 1; Fig. 4a",
            least=least,
            unit=chosen.unit,
        ),
        most(
            f"The first hidden layer ({first}) does not: only layers that get clustered compress",
            "Sec. 2.3; Fig. 4a",
            compressions(trajectory, first) <= least,
            note=f"It lost {in_unit(mean(compressions(trajectory, first)), chosen.unit)}.",
        ),
        most(
            "The output ends with I(X;T) = H(Y): one bit is left, the class",
            "Sec. 2.3",
            np.abs(ends - task.guides.h_y) < NEAR,
            note=f"I(X;T) of the output: {in_unit(mean(ends), chosen.unit)}; "
            "counted within 0.1 bits of H(Y).",
        ),
        *generalisation(trajectory, PAPER_ACCURACY.get((chosen.task, chosen.activation))),
    ]


if __name__ == "__main__":
    enter("main", Configuration, run)
