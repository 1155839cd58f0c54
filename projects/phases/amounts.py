"""What is read of networks that learnt more and less of the data, and how it is drawn.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Effect of Amount of Data" and
    "Effect of Training Data".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.checkpoints.planes import measured_on
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.judging.drops import drops
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.reporting.ensembles import Ensembles, log_groups
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.reporting.planes import plane_table
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.running.groups import PLANE
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained, TrainedGroup
from ib_mlflow.trajectory import Trajectory, learning, perfect_stopping
from ib_mlflow.trajectory.members import Numbers, at_end, at_epoch
from ib_mlflow.units import scale_of

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
class Amount:
    """Networks that learnt a share of the data.

    Arguments:
        group: the networks, measured on all inputs.
        learnt: the same networks on the inputs that they learnt.
    """

    group: TrainedGroup
    learnt: Trajectory

    @property
    def share(self) -> float:
        """The share of the data."""
        return float(str(self.group.group.parameters[SHARE]))

    @property
    def name(self) -> str:
        """The share in words."""
        return self.group.name

    @property
    def samples(self) -> int:
        """How many samples they learnt."""
        return self.group.trained.spec.task.train_set.n

    @property
    def layer(self) -> int:
        """The last hidden layer."""
        return self.group.last_hidden

    @cached_property
    def plane(self) -> Trajectory:
        """On all inputs."""
        return self.group.plane()

    @property
    def paths(self) -> tuple[Path, Path]:
        """On all inputs, and on those that they learnt."""
        return (
            Path(f"{self.name}, on all inputs", self.plane, self.layer),
            Path(f"{self.name}, on the training inputs", self.learnt, self.layer),
        )

    @cached_property
    def accuracies(self) -> pd.DataFrame:
        """The losses and accuracies at the end, a row per member in their order."""
        curves = learning(self.plane)
        return curves[curves["epoch"] == self.plane.epochs[-1]].sort_values("member")

    @property
    def gap(self) -> Numbers:
        """Training less validation accuracy at the end, of every member: (e,)."""
        ends = self.accuracies
        gaps: Numbers = (ends["train_accuracy"] - ends["val_accuracy"]).to_numpy(np.float64)
        return gaps

    def end(self, column: str, layer: int | None = None) -> Numbers:
        """An information at the end on all inputs: (e,) nats.

        Arguments:
            column: "i_x" or "i_y".
            layer: the layer; None for the last hidden one.
        """
        return at_end(self.plane, column, self.layer if layer is None else layer)

    @cached_property
    def stops(self) -> Numbers:
        """The measured epoch of every member's lowest validation loss: (e,)."""
        table = perfect_stopping(self.plane).sort_values("member")
        return table["epoch"].to_numpy(dtype=np.float64, na_value=np.nan)

    @cached_property
    def highest(self) -> Numbers:
        """The measured epoch of the highest I(T;Y) of the last hidden layer: (e,)."""
        rows = self.plane.frame[self.plane.frame["layer"] == self.layer]
        curves = rows.pivot(index="epoch", columns="member", values="i_y")
        finite = curves.notna().any()
        return np.where(finite, curves.fillna(-np.inf).idxmax(), np.nan)

    @property
    def before(self) -> Numbers:
        """How far I(T;Y) at every member's stop lies below its highest: (e,) nats."""
        highest = self.plane.frame[self.plane.frame["layer"] == self.layer]
        peaks = highest.groupby("member")["i_y"].max().to_numpy(dtype=np.float64)
        stopped = np.array(
            [
                np.nan
                if np.isnan(stop)
                else at_epoch(self.plane, "i_y", epoch=int(stop), layer=self.layer)[place]
                for place, stop in enumerate(self.stops)
            ]
        )
        return np.asarray(peaks - stopped)


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
        return self.ensembles.evidence

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


def amount_table(readings: DataAmounts) -> Table:
    """Each share: what its networks learnt, and where the last hidden layer ends."""
    rows = [
        (
            amount.name,
            amount.samples,
            mean(amount.accuracies["val_accuracy"]).quantity(),
            mean(amount.gap).quantity(),
            mean(amount.end("i_x")).quantity("nats"),
            mean(amount.end("i_y")).quantity("nats"),
            mean(drops(amount.plane, amount.layer, "i_y")).quantity("nats"),
            mean(at_end(amount.learnt, "i_x", amount.layer)).quantity("nats"),
            mean(at_end(amount.learnt, "i_y", amount.layer)).quantity("nats"),
        )
        for amount in readings.amounts
    ]
    headings = [
        "learnt", "samples", "validation accuracy", "gap of accuracies", "I(X;T)", "I(T;Y)",
        "I(T;Y) fallen from its highest", "I(X;T), training inputs", "I(T;Y), training inputs",
    ]  # fmt: skip
    return Table(headings, rows)


def amount_tables(readings: DataAmounts) -> dict[str, Table]:
    """The last hidden layer by share, and all layers of each."""
    tables = {"The last hidden layer at the end": amount_table(readings)}
    return tables | {f"{of.name}, on all inputs": plane_table(of.plane) for of in readings.amounts}


def amount_figures(readings: DataAmounts) -> dict[str, Figure]:
    """The plane on the training inputs, and the last hidden layer by sample size and gap."""
    unit = readings.configuration.unit
    table = pd.concat(
        [
            pd.DataFrame(
                {
                    "group": amount.name,
                    "samples": amount.samples,
                    "gap": amount.gap,
                    "i_x": amount.end("i_x") * scale_of(unit),
                    "i_y": amount.end("i_y") * scale_of(unit),
                }
            )
            for amount in readings.amounts
        ]
    )
    learnt = {f"{of.name}, training inputs": of.learnt for of in readings.amounts}
    return {
        "information_plane_training_inputs.png": figures.information_plane(learnt, unit=unit),
        "last_hidden_layer.png": figures.relations(
            table,
            across={"samples": "samples learnt", "gap": "training less validation accuracy"},
            up={"i_x": f"I(X;T) at the end [{unit}]", "i_y": f"I(T;Y) at the end [{unit}]"},
            logarithmic=("samples",),
        ),
    }
