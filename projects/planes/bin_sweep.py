"""Bin sizes: how the width of a bin decides where the layers lie on the plane.

Reference:
    Revisiting the Information Plane, sections 2.2.1 and 2.3, appendix D; Fig. 1, 4, 5, 11, 13
    and 14; Table 1.
"""

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field, field_validator

from ib_mlflow import figures
from ib_mlflow.studies.checkpoints.occupancy import histograms, occupancy, occupancy_findings
from ib_mlflow.studies.configuration import (
    Activation,
    BinSize,
    CommaList,
    TrainingConfiguration,
    Units,
)
from ib_mlflow.studies.judging.claims import (
    NEAR,
    Numbers,
    at_epoch,
    at_layer,
    hidden_layers,
    plane_table,
    scale_of,
)
from ib_mlflow.studies.judging.intervals import known, mean
from ib_mlflow.studies.judging.verdicts import Finding, most, rises
from ib_mlflow.studies.reporting.conclusion import conclude
from ib_mlflow.studies.reporting.report import file_name
from ib_mlflow.studies.running.ensembles import Network, binned_views
from ib_mlflow.studies.running.tasks import TaskName, entropy_table, load_task
from ib_mlflow.studies.running.training import Trained, run_network
from ib_mlflow.studies.study import enter
from ib_mlflow.tracking import StudyRun
from ib_mlflow.trajectory import Trajectory, corner_distance

OCCUPANCY_BIN = 0.07
"""The bin size of the paper's bin histograms."""
ROUNDING = 1e-9
WHERE = {"szt": "Sec. 2.2.1; Fig. 1", "mnist": "App. D; Fig. 11"}
"""Where the paper shows tanh networks of a task."""


class Configuration(TrainingConfiguration):
    """How the bin size decides where the layers lie on the information plane."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {"members": 2, "epochs": 20, "tasks": ("szt",)},
        "quick": {"members": 10, "epochs": 2000, "tasks": ("szt", "mnist")},
        "paper": {"members": 10, "epochs": 8000, "tasks": ("szt", "mnist")},
    }
    tasks: CommaList[TaskName] = Field(description="of szt, digits, mnist (digits 1, 3 and 8)")
    activations: CommaList[Activation] = Field(
        ("tanh", "relu"), description="one network for each, all its hidden layers alike"
    )
    hidden: CommaList[Units] = Field((10, 7, 5, 4, 3), description="units of the hidden layers")
    bin_sizes: CommaList[BinSize] = Field(
        (0.01, 0.07, 0.15, 0.3), description="widths of a bin; one training, measured with each"
    )

    @field_validator("tasks", "activations", "bin_sizes")
    @classmethod
    def _once_each(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(values)) < len(values):
            raise ValueError("name each value once")
        return values


def run(study: StudyRun, chosen: Configuration) -> None:
    """Train a network for each task and activation, and measure it with every bin size."""
    tasks = [load_task(name, chosen) for name in chosen.tasks]
    trained = [
        run_network(
            study,
            Network(
                name=f"{task.name} {activation}",
                task=task,
                hidden=chosen.hidden,
                activations=(activation,) * len(chosen.hidden),
                initialisation=chosen.initialisation,
                views=binned_views(f"{task.name} {activation}", sorted(chosen.bin_sizes)),
            ),
            chosen,
        )
        for task in tasks
        for activation in chosen.activations
    ]
    findings: list[Finding] = []
    extra: dict[str, Figure] = {}
    for one in trained:
        counts = occupancy(one, chosen, bin_size=OCCUPANCY_BIN)
        findings += drift_findings(one, chosen)
        findings += occupancy_findings(one, counts, bin_size=OCCUPANCY_BIN)
        extra |= _figures(one, counts, chosen)
    conclude(
        study,
        trained,
        title="Bin sizes",
        findings=findings,
        tables={"Table 1 of the paper": entropy_table(tasks)}
        | {
            name: plane_table(plane, chosen.unit)
            for one in trained
            for name, plane in one.planes().items()
        },
        chosen=chosen,
        extra=extra,
    )


def _figures(one: Trained, counts: pd.DataFrame, chosen: Configuration) -> dict[str, Figure]:
    name = file_name(one.network.name)
    ends = {
        f"bin size {size:g}": corner_distance(plane)
        for size, plane in zip(sorted(chosen.bin_sizes), one.planes().values(), strict=True)
    }
    return {
        f"bin_histograms_{name}.png": figures.bin_histograms(
            histograms(one, chosen, bin_size=OCCUPANCY_BIN)
        ),
        f"occupied_bins_{name}.png": figures.occupied_bins(counts),
        f"ends_by_bin_size_{name}.png": figures.compare_settings(
            ends,
            quantity="i_x",
            label=f"I(X;T) at the end [{chosen.unit}]",
            scale=scale_of(chosen.unit),
            guide=("H(X)", one.network.task.guides.h_x * scale_of(chosen.unit)),
        ),
    }


def drift_findings(trained: Trained, chosen: Configuration) -> list[Finding]:
    """Judge where the layers end as bins shrink, from the planes in ascending bin size.

    That they drift into the corner is said of networks of all kinds, the rest of tanh networks.
    """
    planes = list(trained.planes().values())
    if len(planes) < 2:
        return []
    name, layers = trained.network.name, hidden_layers(planes[0])
    where = WHERE.get(trained.network.task.name, "Sec. 2.2.1, of other data")
    # (sizes, layers, e): the distance of each hidden layer's end from the corner (H(X), I(X;Y)).
    distance = np.array(
        [
            [at_layer(corner_distance(plane), "distance", layer) for layer in layers]
            for plane in planes
        ]
    )
    steps = np.diff(distance, axis=0)
    drift = distance[-1] - distance[0]
    nearer = (steps > -ROUNDING).all(axis=(0, 1)) & (drift > ROUNDING).any(axis=0)
    output = planes[0].layers[-1]
    moved = np.abs(_end(planes[-1], output) - _end(planes[0], output))
    sizes = f"{max(chosen.bin_sizes):g} to {min(chosen.bin_sizes):g}"
    drifts = most(
        f"{name}: as bins shrink from {sizes}, no hidden layer ends farther from the corner "
        "(H(X), I(X;Y)), and some end nearer",
        f"{where}; Sec. 2.3",
        known(nearer, drift[0]),
    )
    if set(trained.network.activations) != {"tanh"}:
        return [drifts]
    return [
        drifts,
        rises(
            f"{name}: the drift into the corner is stronger for the last hidden layer than for "
            "the first",
            where,
            drift[-1] - drift[0],
            "nats",
            note="The paper says: the higher the layer; read here as the nearer to the output.",
        ),
        most(
            f"{name}: where the output ends does not depend on the bin size",
            where,
            known(moved < NEAR, moved),
            note=f"I(X;T) of the output moved by {mean(moved).text('nats')}; "
            "counted below 0.1 bits.",
        ),
    ]


def _end(plane: Trajectory, layer: int) -> Numbers:
    return at_epoch(plane, "i_x", epoch=plane.epochs[-1], layer=layer)


if __name__ == "__main__":
    enter("bin_sweep", Configuration, run)
