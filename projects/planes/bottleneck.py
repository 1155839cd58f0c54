"""A bottleneck: the narrow layer that seems to know less than the wide one behind it.

Reference:
    Revisiting the Information Plane, section 2.4 and Fig. 6.
"""

from typing import Any, ClassVar

from pydantic import Field

from ib_mlflow.studies.configuration import Activation, BinSize, CommaList, TrainingConfiguration
from ib_mlflow.studies.judging.claims import in_unit, plane_table
from ib_mlflow.studies.judging.intervals import known, mean, share
from ib_mlflow.studies.judging.verdicts import Finding, most
from ib_mlflow.studies.reporting.conclusion import conclude
from ib_mlflow.studies.reporting.report import table_of
from ib_mlflow.studies.running.ensembles import Network, binned_views
from ib_mlflow.studies.running.tasks import load_task
from ib_mlflow.studies.running.training import run_network
from ib_mlflow.studies.study import enter
from ib_mlflow.tracking import StudyRun
from ib_mlflow.trajectory import Trajectory, order_violations

HIDDEN = (3, 2, 12, 2)
"""The paper's 12-3-2-12-2-2 without its 12 inputs and 2 outputs."""
NARROW = 2
"""The layer of 2 units in front of the 12: the paper's third, which counts the input too."""


class Configuration(TrainingConfiguration):
    """Whether a narrow layer shows less information than the wider one behind it."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {"members": 2, "epochs": 20},
        "quick": {"members": 50, "epochs": 2000},
        "paper": {"members": 50, "epochs": 8000},
    }
    activations: CommaList[Activation] = Field(
        ("tanh", "relu"), description="one network for each; the paper does not name its own"
    )
    bin_size: BinSize = Field(0.07, description="width of a bin, in activation units")


def run(study: StudyRun, chosen: Configuration) -> None:
    """Train the network, and count the members that break the data processing inequality."""
    task = load_task("szt", chosen)
    trained = [
        run_network(
            study,
            Network(
                name=activation,
                task=task,
                hidden=HIDDEN,
                activations=(activation,) * len(HIDDEN),
                initialisation=chosen.initialisation,
                views=binned_views(activation, [chosen.bin_size]),
            ),
            chosen,
        )
        for activation in chosen.activations
    ]
    conclude(
        study,
        trained,
        title="A bottleneck",
        findings=[_finding(one.network.name, one.trajectory, chosen.unit) for one in trained],
        tables={
            f"{one.network.name}: each layer against the next": _pairs(one.trajectory, chosen.unit)
            for one in trained
        }
        | {one.network.name: plane_table(one.trajectory, chosen.unit) for one in trained},
        chosen=chosen,
    )


def _finding(name: str, trajectory: Trajectory, unit: str) -> Finding:
    pairs = order_violations(trajectory)
    pair = pairs[pairs["layer"] == NARROW]
    last = pair[pair["epoch"] == trajectory.epochs[-1]]
    left = pair[pair["member"].isin(last[last["gap"].notna()]["member"])]
    of_epochs = mean(left.groupby("member")["violated"].mean())
    return most(
        f"{name}: at the end the bottleneck (layer {NARROW}, 2 units) shows less I(X; Bin T) than "
        f"layer {NARROW + 1} (12 units), which data processing forbids for true information",
        "Sec. 2.4; Fig. 6",
        known(last["violated"], last["gap"]),
        note=f"Layer {NARROW + 1} shows {in_unit(mean(last['gap']), unit)} more. The order is "
        f"broken at a share of {of_epochs.text(digits=2)} of a network's measured epochs.",
    )


def _pairs(trajectory: Trajectory, unit: str) -> str:
    """Write each layer's end beside the next one's."""
    pairs = order_violations(trajectory)
    last = pairs[pairs["epoch"] == trajectory.epochs[-1]]
    rows = [
        (
            f"{layer} → {layer + 1}",
            in_unit(mean(rows["gap"]), unit),
            f"{int(rows['violated'].sum())} of {int(rows['gap'].notna().sum())}",
            share(known(rows["violated"], rows["gap"])).text(digits=2),
        )
        for layer in trajectory.layers[:-1]
        for rows in [last[last["layer"] == layer]]
    ]
    return table_of(["layers", "I(X;T) rises by", "networks where it rises", "share"], rows)


if __name__ == "__main__":
    enter("bottleneck", Configuration, run)
