"""Mixed activations: what a layer's neighbours do to its path through the plane.

Reference:
    Revisiting the Information Plane, sections 2.1 and 2.2.2, appendices B and D; Fig. 2, 9
    and 12.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from ib_mlflow.studies.configuration import BinSize, CommaList, TrainingConfiguration
from ib_mlflow.studies.judging.claims import NEAR, Numbers, compressions, plane_table
from ib_mlflow.studies.judging.intervals import known, mean
from ib_mlflow.studies.judging.verdicts import Finding, most, rises, sometimes
from ib_mlflow.studies.reporting.conclusion import conclude
from ib_mlflow.studies.running.ensembles import Network, binned_views
from ib_mlflow.studies.running.tasks import TaskName, load_task
from ib_mlflow.studies.running.training import Trained, run_network
from ib_mlflow.studies.study import enter
from ib_mlflow.tracking import StudyRun

HIDDEN = (10, 7, 5, 4, 3)
NETWORKS = {
    "tanh": ("tanh",) * 5,
    "relu": ("relu",) * 5,
    "tanh-relu": ("tanh", "tanh", "relu", "relu", "relu"),
    "relu-tanh": ("relu", "relu", "tanh", "tanh", "tanh"),
}
"""The four networks of section 2.1, all with the hidden layers 10-7-5-4-3."""
FOLLOWING = (3, 4, 5)
"""The layers behind the change of activation in the two mixed networks."""


class Configuration(TrainingConfiguration):
    """What the activations before a layer do to its path through the information plane."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {"members": 2, "epochs": 20, "tasks": ("szt",)},
        "quick": {"members": 20, "epochs": 2000, "tasks": ("szt",)},
        "paper": {"members": 20, "epochs": 8000, "tasks": ("szt", "mnist")},
    }
    tasks: CommaList[TaskName] = Field(description="of szt, digits, mnist (digits 1, 3 and 8)")
    bin_size: BinSize = Field(0.07, description="width of a bin, in activation units")


def run(study: StudyRun, chosen: Configuration) -> None:
    """Train the four networks from the same seeds, and compare their layers member by member."""
    findings: list[Finding] = []
    everything: list[Trained] = []
    for task in [load_task(name, chosen) for name in chosen.tasks]:
        trained = {
            name: run_network(
                study,
                Network(
                    name=f"{task.name} {name}",
                    task=task,
                    hidden=HIDDEN,
                    activations=activations,
                    initialisation=chosen.initialisation,
                    views=binned_views(f"{task.name} {name}", [chosen.bin_size], {"network": name}),
                ),
                chosen,
            )
            for name, activations in NETWORKS.items()
        }
        findings += findings_of(task.name, trained)
        everything += trained.values()
    conclude(
        study,
        everything,
        title="Mixed activations",
        findings=findings,
        tables={
            name: plane_table(plane, chosen.unit)
            for one in everything
            for name, plane in one.planes().items()
        },
        chosen=chosen,
    )


def findings_of(task: str, trained: Mapping[str, Trained]) -> list[Finding]:
    """Judge the effect of the first two layers on the last three, paired by seed."""
    lost = {
        name: np.array([compressions(one.trajectory, layer) for layer in FOLLOWING])
        for name, one in trained.items()
    }
    calmed = lost["tanh"] - lost["relu-tanh"]
    stirred = lost["tanh-relu"] - lost["relu"]
    if task == "mnist":
        return _mnist_findings(calmed.mean(axis=0), stirred.mean(axis=0))
    return [
        *_effect(
            f"{task}: tanh layers behind ReLU layers compress less than the same layers behind "
            "tanh layers",
            "Sec. 2.2.2; Fig. 2a",
            calmed,
        ),
        *_effect(
            f"{task}: ReLU layers behind tanh layers compress more than the same layers behind "
            "ReLU layers, as tanh layers do",
            "Sec. 2.2.2; Fig. 2b",
            stirred,
        ),
    ]


def _mnist_findings(calmed: Numbers, stirred: Numbers) -> list[Finding]:
    """Judge what the paper says of MNIST, from both effects by member: (e,) nats each."""
    return [
        most(
            "mnist: ReLU layers in front have no noticeable influence on the tanh layers behind "
            "them",
            "App. D; Fig. 12a",
            known(np.abs(calmed) < NEAR, calmed),
            note=f"They lose {mean(calmed).text('nats')} less after the peak, mean of layers 3–5; "
            "counted below 0.1 bits.",
        ),
        rises(
            "mnist: tanh layers in front still influence the ReLU layers behind them, which "
            "compress more",
            "App. D; Fig. 12b",
            stirred,
            "nats",
            note="I(X;T) lost after the peak, mean of layers 3–5. The paper sees the influence in "
            "early epochs and does not measure it.",
        ),
    ]


def _effect(claim: str, where: str, difference: Numbers) -> list[Finding]:
    """Judge one effect: whether it is there, in how many networks, and whether it fades.

    Arguments:
        claim: the claim, in words.
        where: where the paper makes it.
        difference: (3, e) nats, by layer behind the change and by member.
    """
    average = difference.mean(axis=0)
    counted = "Counted from 0.1 bits."
    return [
        rises(
            claim, where, average, "nats", note="I(X;T) lost after the peak, mean of layers 3–5."
        ),
        rises(
            "… and the effect is weaker at layer 5 than at layer 3",
            "Sec. 2.2.2",
            difference[0] - difference[-1],
            "nats",
        ),
        most(
            "… and it is there with most seeds",
            "Sec. 2.2.2",
            known(average > NEAR, average),
            note=counted,
        ),
        sometimes(
            "… and with some it is not",
            "Sec. 2.2.2; App. B, Fig. 9",
            known(average <= NEAR, average),
            note=counted,
        ),
    ]


if __name__ == "__main__":
    enter("mixed_activations", Configuration, run)
