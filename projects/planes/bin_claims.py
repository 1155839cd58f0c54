"""How the claims about bin sizes are judged, from one training measured with each size.

Reference:
    Revisiting the Information Plane, sections 2.2.1 and 2.3, appendix D; Fig. 1, 5, 11, 13, 14.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ib_mlflow.studies.checkpoints.occupancy import occupied_cells, unit_histograms
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.judging.curves import NEAR
from ib_mlflow.studies.judging.intervals import known, mean
from ib_mlflow.studies.judging.verdicts import Judgement, most, rises
from ib_mlflow.studies.reporting.ensembles import Ensembles, log_groups
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.trajectory import Trajectory, corner_distance
from ib_mlflow.trajectory.members import Numbers, at_end, at_layer, hidden_layers, nearest_epoch

OCCUPANCY_BIN = 0.07
"""The bin size of the paper's bin histograms."""
ROUNDING = 1e-9
WHERE = {"szt": "Sec. 2.2.1; Fig. 1", "mnist": "App. D; Fig. 11"}
"""Where the paper shows tanh networks of a task."""


@dataclass(frozen=True, eq=False)
class Swept:
    """One ensemble, measured with every bin size.

    Arguments:
        trained: the ensemble.
        cells: what `occupied_cells` counts with the paper's bin size.
        histograms: what `unit_histograms` counts with it.
    """

    trained: Trained
    cells: pd.DataFrame
    histograms: pd.DataFrame

    @property
    def name(self) -> str:
        """The ensemble's name."""
        return self.trained.name

    @property
    def where(self) -> str:
        """Where the paper shows networks of its task."""
        return WHERE.get(self.trained.spec.task.name, "Sec. 2.2.1, of other data")

    @cached_property
    def by_size(self) -> dict[float, Trajectory]:
        """The plane of each bin size, ascending."""
        planes = {
            float(str(group.group.parameters["bin_size"])): group for group in self.trained.groups
        }
        return {size: planes[size].plane() for size in sorted(planes)}

    @property
    def smallest(self) -> float:
        """The smallest bin size."""
        return min(self.by_size)

    @property
    def largest(self) -> float:
        """The largest bin size."""
        return max(self.by_size)

    @property
    def last_hidden(self) -> int:
        """The last hidden layer."""
        return self.trained.spec.hidden_layers[-1]

    @cached_property
    def distances(self) -> Numbers:
        """How far each hidden layer ends from the corner (H(X), I(X;Y)): (sizes, layers, e)."""
        layers = hidden_layers(self.by_size[self.smallest])
        return np.array(
            [
                [at_layer(corner_distance(plane), "distance", layer) for layer in layers]
                for plane in self.by_size.values()
            ]
        )


@dataclass(frozen=True)
class BinSweep:
    """What the study of bin sizes has read.

    Arguments:
        ensembles: the trained ensembles.
        swept: each with its occupied cells.
    """

    ensembles: Ensembles[TrainingConfiguration]
    swept: Sequence[Swept]

    @property
    def configuration(self) -> TrainingConfiguration:
        """The study's parameters."""
        return self.ensembles.configuration

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        return self.ensembles.evidence

    @property
    def tasks(self) -> list[Task]:
        """The tasks, each once."""
        return list({swept.trained.spec.task.name: swept.trained.spec.task for swept in self.swept}
                    .values())  # fmt: skip

    def all_of(self, activation: str) -> list[Swept]:
        """The ensembles whose hidden layers all have an activation."""
        return [
            swept for swept in self.swept if set(swept.trained.spec.activations) == {activation}
        ]


def read_bins(
    _: Runner, configuration: TrainingConfiguration, trained: Sequence[Trained]
) -> BinSweep:
    """Count the cells that each ensemble occupies."""
    log_groups(trained)
    swept = [
        Swept(
            ensemble,
            occupied_cells(ensemble, stages(ensemble.trajectory), bin_size=OCCUPANCY_BIN),
            unit_histograms(ensemble, stages(ensemble.trajectory), bin_size=OCCUPANCY_BIN),
        )
        for ensemble in trained
    ]
    return BinSweep(Ensembles(configuration, trained), swept)


def stages(trajectory: Trajectory) -> tuple[int, int, int]:
    """The measured epochs nearest to those of the paper's histograms: 1, the half, the last."""
    last = trajectory.epochs[-1]
    return nearest_epoch(trajectory, 1), nearest_epoch(trajectory, last / 2), last


def several_sizes(readings: BinSweep) -> list[Swept]:
    """The ensembles, where they were measured with more than one bin size."""
    return [swept for swept in readings.swept if len(swept.by_size) > 1]


def several_sizes_of_tanh(readings: BinSweep) -> list[Swept]:
    """Those of tanh networks, of which alone the paper says more than of all."""
    tanh = readings.all_of("tanh")
    return [swept for swept in several_sizes(readings) if swept in tanh]


def drifts(swept: Swept) -> Judgement:
    """Judge whether smaller bins drive the hidden layers towards the corner."""
    steps = np.diff(swept.distances, axis=0)
    drift = swept.distances[-1] - swept.distances[0]
    nearer = (steps > -ROUNDING).all(axis=(0, 1)) & (drift > ROUNDING).any(axis=0)
    return most(known(nearer, drift[0]))


def drifts_more_at_the_output(swept: Swept) -> Judgement:
    """Judge whether the last hidden layer drifts farther than the first."""
    drift = swept.distances[-1] - swept.distances[0]
    note = "The paper says: the higher the layer; read here as the nearer to the output."
    return rises(drift[-1] - drift[0], note=note)


def output_stays(swept: Swept) -> Judgement:
    """Judge whether the output ends within 0.1 bits of the same place with every bin size."""
    small, large = swept.by_size[swept.smallest], swept.by_size[swept.largest]
    output = small.layers[-1]
    moved = np.abs(at_end(large, "i_x", output) - at_end(small, "i_x", output))
    distance = mean(moved).quantity("nats")
    note = ("I(X;T) of the output moved by ", distance, "; counted below 0.1 bits.")
    return most(known(moved < NEAR, moved), note=note)


def fills(swept: Swept) -> Judgement:
    """Judge whether the last hidden layer comes to occupy more cells."""
    return _gains_cells(swept, 1)


def empties(swept: Swept) -> Judgement:
    """Judge whether the last hidden layer comes to occupy fewer cells."""
    return _gains_cells(swept, -1)


def _gains_cells(swept: Swept, sign: int) -> Judgement:
    rows = swept.cells[swept.cells["layer"] == swept.last_hidden]
    cells = rows.pivot(index="epoch", columns="member", values="occupied")
    early, _, last = stages(swept.trained.trajectory)
    gained = (cells.loc[last] - cells.loc[early]).to_numpy(dtype=np.float64)
    ends = f"{mean(cells.loc[early]).text(digits=0)} to {mean(cells.loc[last]).text(digits=0)}"
    note = f"Occupied cells of width {OCCUPANCY_BIN:g}, from epoch {early} to {last}: {ends}."
    return rises(sign * gained, "cells", note=note)
