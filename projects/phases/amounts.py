"""What is read of networks that learnt more and less of the data.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Effect of Amount of Data" and
    "Effect of Training Data".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ib_mlflow.studies.checkpoints.planes import measured_on
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.judging.epochs import Window
from ib_mlflow.studies.reporting.ensembles import Ensembles, log_groups
from ib_mlflow.studies.reporting.evidence import Evidence, trajectory_table
from ib_mlflow.studies.reporting.networks import Networks
from ib_mlflow.studies.running.groups import PLANE
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.trajectory import Trajectory, perfect_stopping
from ib_mlflow.trajectory.members import Numbers

SHARE = "data_share"
"""The parameter that tells the child runs apart."""


@dataclass(frozen=True, eq=False)
class Path:
    """The way of one share's networks through the plane, on some inputs.

    Arguments:
        name: of the share and the inputs, in words.
        plane: the curves.
        layer: the last hidden layer.
    """

    name: str
    plane: Trajectory
    layer: int


@dataclass(frozen=True, eq=False)
class Amount(Networks):
    """Networks that learnt a share of the data.

    Arguments:
        group: the networks, measured on all inputs.
        learnt: the same networks on the inputs that they learnt.
    """

    learnt: Trajectory

    @property
    def share(self) -> float:
        """The share of the data."""
        return float(str(self.group.group.parameters[SHARE]))

    @property
    def samples(self) -> int:
        """How many samples they learnt."""
        return self.group.trained.spec.task.train_set.n

    @property
    def paths(self) -> tuple[Path, Path]:
        """On all inputs, and on those that they learnt."""
        return (
            Path(f"{self.name}, on all inputs", self.plane, self.layer),
            Path(f"{self.name}, on the training inputs", self.learnt, self.layer),
        )

    @property
    def gap(self) -> Numbers:
        """Training less validation accuracy at the end, of every member: (e,)."""
        return self.score("train_accuracy") - self.score("val_accuracy")

    @cached_property
    def stops(self) -> Window:
        """When every member's validation loss is lowest; from the last epoch on if it is there."""
        table = perfect_stopping(self.plane).sort_values("member")
        epochs = table["epoch"].to_numpy(dtype=np.float64, na_value=np.nan)
        return _seen(epochs, table["stopped"].to_numpy(dtype=bool))

    @cached_property
    def highest(self) -> Window:
        """When I(T;Y) of the last hidden layer is highest; from then on if it has not fallen."""
        curves = self._curves
        epochs = np.where(curves.notna().any(), curves.fillna(-np.inf).idxmax(), np.nan)
        later = curves.index.to_numpy()[:, None] > epochs
        return _seen(epochs, ((curves < curves.max()) & later).any().to_numpy())

    @property
    def before(self) -> Numbers:
        """How far I(T;Y) lies below its highest at every stop that was seen: (e,) nats."""
        curves = self._curves
        places = curves.index.get_indexer(pd.Index(self.stops.latest))
        stopped = curves.to_numpy(dtype=np.float64)[places, np.arange(len(places))]
        below: Numbers = np.where(places >= 0, curves.max().to_numpy(np.float64) - stopped, np.nan)
        return below

    @property
    def _curves(self) -> pd.DataFrame:
        """I(T;Y) of the last hidden layer, a row per epoch and a column per member."""
        rows = self.plane.frame[self.plane.frame["layer"] == self.layer]
        return rows.pivot(index="epoch", columns="member", values="i_y")


def _seen(epochs: Numbers, seen: NDArray[np.bool_]) -> Window:
    return Window(epochs, np.where(seen | np.isnan(epochs), epochs, np.inf))


@dataclass(frozen=True, eq=False)
class DataAmounts:
    """What the study has read.

    Arguments:
        ensembles: the trained ensembles, one a share.
        amounts: the same, from the smallest share to the largest.
    """

    ensembles: Ensembles[TrainingConfiguration]
    amounts: Sequence[Amount]

    @property
    def configuration(self) -> TrainingConfiguration:
        """The study's parameters."""
        return self.ensembles.configuration

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        evidence = self.ensembles.evidence
        learnt = trajectory_table({of.name: of.learnt for of in self.amounts})
        tables = {**evidence.tables, "trajectory_training_inputs.parquet": learnt}
        return replace(evidence, tables=tables)

    @property
    def least(self) -> Amount:
        """The networks that learnt least."""
        return self.amounts[0]

    @property
    def most(self) -> Amount:
        """Those that learnt most."""
        return self.amounts[-1]


def read_amounts(
    _: Runner, configuration: TrainingConfiguration, trained: Sequence[Trained]
) -> DataAmounts:
    """Measure every ensemble on the inputs that it learnt, too."""
    log_groups(trained)
    amounts = [
        Amount(
            group,
            measured_on(ensemble, ensemble.spec.task.train_set, group.group.estimator(PLANE)),
        )
        for ensemble in trained
        for group in ensemble.groups
    ]
    ordered = sorted(amounts, key=lambda amount: amount.share)
    return DataAmounts(Ensembles(configuration, trained), ordered)
