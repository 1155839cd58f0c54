"""A group of trained networks as studies read it: its plane, its ends, what its layers lost."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ib_mlflow.studies.judging.drops import drops
from ib_mlflow.studies.running.training import TrainedGroup
from ib_mlflow.trajectory import Trajectory, learning
from ib_mlflow.trajectory.members import Numbers, at_end


@dataclass(frozen=True, eq=False)
class Networks:
    """Networks of one group; a study adds what it alone reads of them.

    Numbers are (e,), one a member in the order of seeds, NaN of one that diverged.

    Arguments:
        group: the networks.
    """

    group: TrainedGroup

    @property
    def name(self) -> str:
        """What the group is called, in words."""
        return self.group.name

    @property
    def task(self) -> str:
        """What was learnt."""
        return self.group.trained.spec.task.name

    @property
    def layer(self) -> int:
        """The last hidden layer."""
        return self.group.last_hidden

    @cached_property
    def plane(self) -> Trajectory:
        """The curves that the group was measured for."""
        return self.group.plane()

    @cached_property
    def lost(self) -> Numbers:
        """How far I(X;T) of the last hidden layer falls from its highest: (e,) nats."""
        return drops(self.plane, self.layer)

    def end(self, column: str, layer: int | None = None) -> Numbers:
        """An information at the end: (e,) nats.

        Arguments:
            column: "i_x" or "i_y".
            layer: the layer; None for the last hidden one.
        """
        return at_end(self.plane, column, self.layer if layer is None else layer)

    def score(self, column: str) -> Numbers:
        """A loss [nats] or an accuracy at the end: (e,).

        Arguments:
            column: "train_loss", "val_loss", "train_accuracy" or "val_accuracy".
        """
        curves = learning(self.plane)
        ends = curves[curves["epoch"] == self.plane.epochs[-1]].sort_values("member")
        return ends[column].to_numpy(dtype=np.float64)
