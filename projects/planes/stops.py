"""Networks of one architecture that stop early, and which of their layers take similar paths.

Reference:
    Revisiting the Information Plane, sections 2.4.1 and 2.5.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging.intervals import known
from ib_mlflow.studies.judging.margins import LEARNT
from ib_mlflow.studies.judging.verdicts import most
from ib_mlflow.studies.running.training import TrainedGroup
from ib_mlflow.trajectory import (
    Trajectory,
    early_stopping,
    layer_similarity,
    learning,
)
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.trajectory.milestones import halted, until

PRUNINGS, LAYERS, NETWORK, DRAW = "prunings", "layers", "network", "draw"
"""The parameters that tell child runs apart: how often layers were removed as similar, which
layers of the big network are left, whose descendant it is, and which random removal."""


@dataclass(frozen=True)
class Criteria:
    """When networks stop, and when layers are similar.

    Arguments:
        patience: epochs without improvement that are waited for.
        least_improvement: nats by which a loss must fall to be an improvement.
        error: how often layers that are alike may be called not similar.
    """

    patience: int
    least_improvement: float
    error: float


@dataclass(frozen=True, eq=False)
class Stopped:
    """Networks of one architecture, each of which stopped early.

    Arguments:
        group: the networks, trained to the last epoch.
        criteria: when they stop, and when their layers are similar.
    """

    group: TrainedGroup
    criteria: Criteria

    @property
    def name(self) -> str:
        """The child run's."""
        return self.group.name

    @property
    def rows(self) -> int:
        """How many rows their accuracies are shares of."""
        return self.group.trained.spec.task.validation_set.n

    @property
    def network(self) -> str:
        """The task and activation: that of the big network which it descends from."""
        return str(self.group.group.parameters[NETWORK])

    @property
    def prunings(self) -> int | None:
        """How often similar layers were removed; None of a network without random layers."""
        value = self.group.group.parameters.get(PRUNINGS)
        return None if value is None else int(str(value))

    @property
    def layers(self) -> tuple[int, ...]:
        """Its hidden layers, by the numbers that they have in the big network."""
        return tuple(int(layer) for layer in str(self.group.group.parameters[LAYERS]).split("-"))

    @cached_property
    def stops(self) -> pd.DataFrame:
        """Where each network stops, in the order of seeds."""
        losses = self.group.losses
        stops = early_stopping(
            losses,
            patience=self.criteria.patience,
            least_improvement=self.criteria.least_improvement,
        )
        at = stops[["member", "epoch"]].merge(losses.frame, how="left", on=["member", "epoch"])
        stops = stops.assign(accuracy=at["val_accuracy"])
        return stops.set_index("member").loc[list(self.group.members)].reset_index()

    @property
    def accuracy(self) -> Numbers:
        """The validation accuracy at the stop: (e,), in the order of seeds."""
        return self.stops["accuracy"].to_numpy(dtype=np.float64)

    @cached_property
    def plane(self) -> Trajectory:
        """The plane until the stop."""
        stays = halted(self.group.plane(), self.stops)
        last = self.stops["epoch"].max()
        return until(stays, max(epoch for epoch in stays.epochs if epoch <= last))

    @cached_property
    def learned(self) -> Numbers:
        """Whether a network had learnt anything when it stopped: (e,); NaN if it diverged."""
        labels = self.group.trained.spec.task.train_set.labels
        chance = np.bincount(labels).max() / labels.size
        curves = learning(self.plane).set_index(["epoch", "member"])["train_accuracy"]
        ends = curves.loc[self.plane.epochs[-1]].loc[list(self.group.members)]
        return known(ends > chance + LEARNT, ends)

    @cached_property
    def similarity(self) -> pd.DataFrame | None:
        """What `layer_similarity` says of the hidden layers of the networks that have learnt.

        A dead layer is like any other dead one; None where too few have learnt to tell, or where
        no two layers are left. `saturated`: whether more than half of the estimates of one of the
        two layers, over networks and epochs, tell the number of rows.
        """
        members = zip(self.group.members, self.learned == 1, strict=True)
        learnt = [member for member, holds in members if holds]
        hidden = self.group.trained.spec.hidden_layers
        if len(hidden) < 2 or len(learnt) < 1 / self.criteria.error:
            return None
        plane = self.plane.select(layers=hidden, members=learnt)
        table = layer_similarity(plane, error=self.criteria.error)
        full = plane.frame.groupby("layer")["saturated"].mean() > 0.5
        saturated = table["layer"].map(full) | table["next_layer"].map(full)
        return table.assign(saturated=saturated)

    def at_error(self, error: float) -> "Stopped":
        """The same networks, with layers called similar at another rate of error."""
        return Stopped(self.group, replace(self.criteria, error=error))

    def similar(self, layer: int) -> Numbers:
        """Whether a layer's path is similar to the next one's, of the networks that have learnt.

        Arguments:
            layer: its number in this network.

        Raises:
            InvalidInputError: too few networks have learnt, or it has no next hidden layer.
        """
        table = self.similarity
        rows = table[table["layer"] == layer] if table is not None else pd.DataFrame()
        if rows.empty:
            raise InvalidInputError(
                "similarity is of a hidden layer and the next one, in networks that have learnt",
                received=f"layer {layer} of {self.name!r}",
                fix="Ask for a layer of its similarity.",
            )
        return rows["similar"].to_numpy(dtype=np.float64, na_value=np.nan)

    def differs(self, layer: int) -> bool:
        """Whether a layer is unlike the one before it, in most networks by the interval.

        Arguments:
            layer: its number in the big network.
        """
        table, place = self.similarity, self.layers.index(layer)
        if table is None or not place:
            return False
        rows = table[table["next_layer"] == place + 1]
        if rows.empty or rows["saturated"].all():
            return False
        return most(self.similar(place)).verdict == "disagrees"

    @property
    def removable(self) -> tuple[int, ...]:
        """The layers, by their numbers in the big network, that are similar to the one before.

        In most networks, by the interval of their share; where layers follow each other alike the
        first of them stays. Layers whose estimates are saturated stay: they tell nothing.
        """
        table = self.similarity
        if table is None:
            return ()
        pairs = table[~table["saturated"]].drop_duplicates("layer")
        return tuple(
            self.layers[int(pair["next_layer"]) - 1]
            for _, pair in pairs.iterrows()
            if most(self.similar(int(pair["layer"]))).verdict == "agrees"
        )
