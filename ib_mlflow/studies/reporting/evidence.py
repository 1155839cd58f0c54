"""What a study's conclusion rests on, whatever it computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

from ib_mlflow.data import Dataset
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.trajectory import Trajectory


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a study leaves on its run beside its own figures and tables.

    Arguments:
        summary: what was computed, as the beginning of a sentence: "20 networks were trained".
        over: what the claims are judged over.
        opening: what a reader must see before all else, as a sentence of its own.
        closing: what else the summary says, as a sentence of its own.
        planes: by name, drawn on the information plane, as picture and as page.
        learning: by name, of which losses and accuracies are drawn.
        tables: by file name, saved as parquet; informations in nats.
        files: names of others that the run keeps, which the report leads to.
        datasets: what was used, and for what.
        metrics: end-of-run scalars for MLflow's comparison pages.
        remarks: what a reader must know of the numbers.
        facts: what all networks have in common, such as task and activation, for its figures.
    """

    summary: str
    over: str = "networks"
    opening: str = ""
    closing: str = ""
    planes: Mapping[str, Trajectory] = field(default_factory=dict)
    learning: Mapping[str, Trajectory] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    files: Sequence[str] = ()
    datasets: Sequence[tuple[str, Dataset]] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    remarks: Sequence[str] = ()
    facts: Sequence[str] = ()


class Readings(Protocol):
    """What a study has read from its runs: what its claims, figures and tables are made of."""

    @property
    def configuration(self) -> StudyConfiguration:
        """The study's parameters."""

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""


def trajectory_table(trajectories: Mapping[str, Trajectory]) -> pd.DataFrame:
    """All rows of several trajectories, behind the name of each.

    Arguments:
        trajectories: by the name of the run.

    Returns:
        One tidy table: "run", and a trajectory's columns, in nats.
    """
    parts = [trajectory.frame.assign(run=name) for name, trajectory in trajectories.items()]
    table = pd.concat(parts, ignore_index=True)
    return table[["run", *table.columns.drop("run")]]
