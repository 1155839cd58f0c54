"""What is read of ensembles that were measured with several bin sizes, and how it is drawn.

Reference:
    Revisiting the Information Plane, sections 2.2.1 and 2.3, appendix D; Fig. 1, 5, 11, 13, 14.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ib_mlflow import figures
from ib_mlflow.studies.checkpoints.extremes import extreme_shares
from ib_mlflow.studies.checkpoints.occupancy import filled_bins, occupied_cells, unit_histograms
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import BIN_ORIGIN, BinOrigin
from ib_mlflow.studies.reporting.ensembles import Ensembles, log_groups
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.reporting.headings import FIRST
from ib_mlflow.studies.reporting.report import file_name
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.trajectory import Trajectory, corner_distance
from ib_mlflow.trajectory.members import Numbers, at_layer, hidden_layers, nearest_epoch
from ib_mlflow.units import scale_of

OTHER = "other_origin"
"""The parameter of groups whose bins have their borders where those of the plane have none."""
OCCUPANCY_BIN = 0.07
"""The bin size of Fig. 13; Fig. 14 has 0.2, and Fig. 5 names none."""
WHERE = {"szt": "Sec. 2.2.1, 2.3; Fig. 1", "mnist": "App. D; Fig. 11"}
"""Where the paper shows tanh networks of a task."""
HISTOGRAMS = {
    "szt": "Sec. 2.3; Fig. 5",
    "mnist tanh": "Sec. 2.3, App. D; Fig. 13",
    "mnist relu": "Sec. 2.3, App. D; Fig. 14",
}
"""Where it shows their histograms, by task or by task and activation."""


class SweepConfiguration(TrainingConfiguration):
    """What the readings of several bin sizes ask of their configuration."""

    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)

    @property
    def other_origin(self) -> BinOrigin:
        """The other place for the borders of bins."""
        return "zero" if self.bin_origin == "bounds" else "bounds"


@dataclass(frozen=True, eq=False)
class Swept:
    """One ensemble, measured with every bin size.

    Arguments:
        trained: the ensemble.
        cells: what `occupied_cells` counts with the paper's bin size.
        histograms: what `unit_histograms` counts with it.
        filled: what `filled_bins` counts with it, of the last two hidden layers.
        other: whether its planes are those of bins with borders at the other place.
        extremes: what `extreme_shares` counts with that bin size, of tanh networks.
    """

    trained: Trained
    cells: pd.DataFrame
    histograms: pd.DataFrame
    filled: pd.DataFrame
    other: bool = False
    extremes: pd.DataFrame | None = None

    @property
    def name(self) -> str:
        """The ensemble's name."""
        return self.trained.name

    @property
    def where(self) -> str:
        """Where the paper shows networks of its task and activation, or speaks of such."""
        if set(self.trained.spec.activations) != {"tanh"}:
            return "Sec. 2.3, of layers in general"
        return WHERE.get(self.trained.spec.task.name, "Sec. 2.2.1, of other data")

    @property
    def histograms_at(self) -> str:
        """Where the paper shows histograms of such networks."""
        task, activation = self.trained.spec.task.name, self.trained.spec.activations[0]
        place = HISTOGRAMS.get(task) or HISTOGRAMS.get(f"{task} {activation}")
        return place or "Sec. 2.3, of other data"

    @cached_property
    def by_size(self) -> dict[float, Trajectory]:
        """The plane of each bin size, ascending."""
        planes = {
            float(str(group.group.parameters["bin_size"])): group
            for group in self.trained.groups
            if (OTHER in group.group.parameters) == self.other
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

    ensembles: Ensembles[SweepConfiguration]
    swept: Sequence[Swept]

    @property
    def configuration(self) -> SweepConfiguration:
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


def read_bins(_: Runner, configuration: SweepConfiguration, trained: Sequence[Trained]) -> BinSweep:
    """Count the cells that each ensemble occupies."""
    log_groups(trained)
    swept = [
        Swept(
            ensemble,
            occupied_cells(ensemble, stages(ensemble.trajectory), bin_size=OCCUPANCY_BIN),
            unit_histograms(ensemble, stages(ensemble.trajectory), bin_size=OCCUPANCY_BIN),
            filled_bins(
                ensemble,
                stages(ensemble.trajectory),
                bin_size=OCCUPANCY_BIN,
                layers=ensemble.spec.hidden_layers[-2:],
            ),
            extremes=_extremes(ensemble),
        )
        for ensemble in trained
    ]
    return BinSweep(Ensembles(configuration, trained), swept)


def _extremes(ensemble: Trained) -> pd.DataFrame | None:
    if set(ensemble.spec.activations) != {"tanh"}:
        return None
    return extreme_shares(ensemble, stages(ensemble.trajectory), bin_size=OCCUPANCY_BIN)


def stages(trajectory: Trajectory) -> tuple[int, int, int]:
    """The measured epochs nearest to those of the paper's histograms: 1, the half, the last."""
    last = trajectory.epochs[-1]
    return nearest_epoch(trajectory, 1), nearest_epoch(trajectory, last / 2), last


def draw(readings: BinSweep) -> dict[str, Figure]:
    """Histograms, occupied cells, and where the layers end by bin size, of each ensemble."""
    unit = readings.configuration.unit
    pictures: dict[str, Figure] = {}
    for swept in readings.swept:
        name, spec = file_name(swept.name), swept.trained.spec
        words = f"{spec.task.name} · {spec.activations[0]} · bin size {OCCUPANCY_BIN:g}"
        pictures |= {
            f"bin_histograms_{name}.png": figures.entitle(
                figures.bin_histograms(swept.histograms), f"{words} · {FIRST}"
            ),
            f"occupied_bins_{name}.png": figures.entitle(figures.occupied_bins(swept.cells), words),
            f"ends_by_bin_size_{name}.png": ends(swept, unit),
        }
    return pictures


def ends(swept: Swept, unit: str) -> Figure:
    """Where each layer ends, by bin size."""
    spec = swept.trained.spec
    figure = figures.compare_settings(
        {f"bin size {size:g}": corner_distance(plane) for size, plane in swept.by_size.items()},
        quantity="i_x",
        label=f"I(X; Bin T) at the end [{unit}]",
        scale=scale_of(unit),
        guide=("H(X)", spec.task.guides.h_x * scale_of(unit)),
    )
    return figures.entitle(figure, f"{spec.task.name} · {spec.activations[0]} · binned")
