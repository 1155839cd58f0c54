"""Where the training of networks would have stopped, and where their layers turn.

Reference:
    Revisiting the Information Plane, sections 2.4.1 and 3, appendices C, D and F; Fig. 7, 10, 15.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from pydantic import Field

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import Fall
from ib_mlflow.studies.judging.coincidences import Coincidence
from ib_mlflow.studies.judging.intervals import known
from ib_mlflow.studies.judging.margins import SAME_EPOCH
from ib_mlflow.studies.judging.settings import BEYOND
from ib_mlflow.studies.reporting.ensembles import Ensembles
from ib_mlflow.studies.reporting.networks import Networks
from ib_mlflow.studies.running.training import TrainedGroup
from ib_mlflow.trajectory import (
    Trajectory,
    at_the_turn,
    early_stopping,
    near_the_turn,
    perfect_stopping,
    scores_at,
    turn,
)
from ib_mlflow.trajectory.members import Numbers, at_end, at_layer
from ib_mlflow.trajectory.milestones import halted

FIGURES = {
    "szt": {"tanh": "Fig. 7", "relu": "App. C, Fig. 10"},
    "mnist": dict.fromkeys(("tanh", "relu"), "App. D, Fig. 15"),
}
"""Where the paper shows networks of a task, by activation."""


class StoppingConfiguration(TrainingConfiguration):
    """When training stops early; the paper gives neither number."""

    patience: int = Field(
        30, ge=1, le=10_000_000, description="epochs without improvement before an early stop"
    )
    least_improvement: Fall = Field(
        0.0, description="nats by which the validation loss must fall to improve"
    )


@dataclass(frozen=True, eq=False)
class Stop:
    """Where the training of networks would have stopped by one rule.

    Arguments:
        name: of the rule.
        group: the networks, trained to the end.
        table: a row a member, with its `epoch` and what else the rule tells.
    """

    name: str
    group: TrainedGroup
    table: pd.DataFrame

    @cached_property
    def plane(self) -> Trajectory:
        """The curves of training to the end."""
        return self.group.plane()

    @cached_property
    def up_to(self) -> Trajectory:
        """The curves up to the stop, after which each network stays where it is."""
        return halted(self.plane, self.table)

    @cached_property
    def turns(self) -> pd.DataFrame:
        """Where each layer turns."""
        return turn(self.plane)

    @cached_property
    def _scores(self) -> pd.DataFrame:
        return scores_at(self.group.losses, self.table)

    def score(self, column: str) -> Numbers:
        """A column of `scores_at`: (e,), in the order of members; NaN where one diverged."""
        values = self._scores[column].to_numpy(dtype=np.float64)
        return np.where(np.isfinite(self._scores["end_loss"]), values, np.nan)

    @property
    def epochs(self) -> Numbers:
        """Where each network stops: (e,); infinite without a stop, NaN where it diverged."""
        stops = self.table.sort_values("member")
        epochs = stops["epoch"].to_numpy(dtype=np.float64, na_value=np.nan)
        if "stopped" in stops:
            epochs = np.where(stops["stopped"].to_numpy(dtype=bool), epochs, np.inf)
        return np.where(np.isfinite(self._scores["end_loss"]), epochs, np.nan)

    def near(self, layer: int, *, untold: float = np.nan) -> Numbers:
        """Whether each network stops at the turn of a layer.

        Arguments:
            layer: the layer.
            untold: what stands for networks whose training ended too early to tell.

        Returns:
            (e,) 1 and 0; NaN where a network diverged.
        """
        table = near_the_turn(self.table, self.turns, factor=SAME_EPOCH)
        table["near"] = table["near"].mask(table["untold"], untold)
        flags = at_layer(table, "near", layer)
        return known(flags, flags, at_end(self.plane, "i_x", layer))

    def coincidence(self, layer: int) -> Coincidence:
        """In what share of the networks that is so, beside the turns of other networks."""
        sound = self.group.sound
        stops, turns = (each[each["member"].isin(sound)] for each in (self.table, self.turns))
        rows = at_the_turn(stops, turns, factor=SAME_EPOCH)
        return Coincidence.of(rows[rows["layer"] == layer].iloc[0])


@dataclass(frozen=True, eq=False)
class Stops(Networks):
    """Networks of one task and activation, and where their training would have stopped.

    Arguments:
        group: the networks, trained to the end.
        rule: of early stopping.
    """

    rule: StoppingConfiguration

    @property
    def where(self) -> str:
        """Where the paper shows such networks."""
        places = FIGURES.get(self.task, {})
        place = places.get(self.group.trained.spec.activations[0])
        return f"Sec. 2.4.1; {place}" if place else f"{BEYOND}: Sec. 2.4.1, of other networks"

    @property
    def output(self) -> int:
        """The output layer."""
        return self.plane.layers[-1]

    @cached_property
    def early(self) -> Stop:
        """Early stopping by the study's rule."""
        return self.waiting(self.rule.patience)

    @cached_property
    def perfect(self) -> Stop:
        """Stopping at the lowest validation loss."""
        return Stop("perfect", self.group, perfect_stopping(self.group.losses))

    def waiting(self, patience: int) -> Stop:
        """Early stopping with a patience."""
        least = self.rule.least_improvement
        stops = early_stopping(self.group.losses, patience=patience, least_improvement=least)
        return Stop("early", self.group, stops)

    @property
    def above_the_minimum(self) -> Numbers:
        """How far the best loss before the early stop lies above the lowest: (e,) nats."""
        best, lowest = (
            stop.table.sort_values("member")["val_loss"].to_numpy(dtype=np.float64)
            for stop in (self.early, self.perfect)
        )
        return np.where(np.isfinite(self.early.score("end_loss")), best - lowest, np.nan)


def stops_of(readings: Ensembles[StoppingConfiguration]) -> list[Stops]:
    """The networks of every task and activation."""
    return [Stops(group, readings.configuration) for group in readings.groups]
