"""What a study trains: an ensemble of fully connected networks, and the child runs it feeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.information import Binned, LayerEstimator, NetworkEstimator
from ib_mlflow.networks import Ensemble, mlp
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.training import Schedule
from ib_mlflow.trajectory import Trajectory


@dataclass(frozen=True)
class Condition:
    """What members of one ensemble that share a seed differ in.

    Arguments:
        beta: standard deviation of the noise added to every hidden unit in training, in
            activation units; 0 for a deterministic network.
        orthonormality: strength of the pull towards orthonormal weights, per step.
    """

    beta: float = 0.0
    orthonormality: float = 0.0


@dataclass(frozen=True)
class View:
    """One child run of an ensemble: the members and the estimators that are its own.

    Arguments:
        name: of the child run.
        estimators: the first one is drawn on the plane.
        parameters: what tells the child runs apart in MLflow's comparison pages.
        members: the members that belong to it; None for all.
        layers: the layers that belong to it; None for all.
    """

    name: str
    estimators: Sequence[LayerEstimator | NetworkEstimator]
    parameters: Mapping[str, object]
    members: tuple[int, ...] | None = None
    layers: tuple[int, ...] | None = None

    def plane(self, trajectory: Trajectory, estimator: int = 0) -> Trajectory:
        """What one of its estimators measured on its members."""
        chosen = self.estimators[estimator]
        return trajectory.select(
            estimator=chosen.name,
            setting=chosen.setting,
            members=self.members,
            layers=self.layers,
        )


@dataclass(frozen=True)
class Network:
    """One ensemble of a study: what is trained, and how its layers are measured.

    Arguments:
        name: what tells it from the study's other networks.
        task: what it learns.
        hidden: units of the hidden layers.
        activations: one a hidden layer.
        initialisation: how the first weights are drawn, as `mlp` names it.
        views: its child runs, all fed by the one training.
        conditions: one for each group of members; every group has the same seeds.
        measured: about how many epochs are measured, where it is not the usual schedule.
    """

    name: str
    task: Task
    hidden: Sequence[int]
    activations: Sequence[str]
    initialisation: str
    views: Sequence[View]
    conditions: Sequence[Condition] = (Condition(),)
    measured: int | None = None

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, hidden units, classes."""
        return (self.task.train_set.m, *self.hidden, self.task.train_set.c)

    @property
    def inputs(self) -> NDArray[np.float32]:
        """What is measured: the inputs of the task's measured part, (n, m)."""
        return self.task.measured.features()

    @property
    def estimators(self) -> tuple[LayerEstimator | NetworkEstimator, ...]:
        """The estimators of all views, each once."""
        every = (estimator for view in self.views for estimator in view.estimators)
        return tuple({(one.name, one.setting): one for one in every}.values())

    def ensemble(self, chosen: LearningConfiguration) -> Ensemble:
        """Make the members as they are before training."""
        return mlp(
            self.widths,
            activation=self.activations,
            initialisation=self.initialisation,
            seeds=chosen.seeds * len(self.conditions),
            beta=[one.beta for one in self.conditions for _ in chosen.seeds],
            device=chosen.device,
        )

    def schedule(self, chosen: LearningConfiguration) -> Schedule:
        """The epochs that are measured."""
        if self.measured is None:
            return Schedule.geometric(chosen.epochs)
        steps = range(self.measured)
        return Schedule.of({round(chosen.epochs ** (k / (self.measured - 1))) for k in steps})

    def training(self, chosen: LearningConfiguration) -> dict[str, Any]:
        """The numbers of gradient descent, as `train` takes them."""
        return {
            "learning_rate": chosen.learning_rate,
            "batch_size": chosen.batch_size,
            "orthonormality": [one.orthonormality for one in self.conditions for _ in chosen.seeds],
        }


def binned_views(
    name: str, bin_sizes: Sequence[float], swept: Mapping[str, object] | None = None
) -> tuple[View, ...]:
    """One child run for each bin size, of all members.

    Arguments:
        name: of the network; where there are several sizes, each child has its own behind it.
        bin_sizes: widths of a bin, in activation units.
        swept: further parameters that tell the child runs apart.

    Returns:
        The views.

    Example:
        >>> [view.name for view in binned_views("tanh", [0.07, 0.3])]
        ['tanh, bin_size=0.07', 'tanh, bin_size=0.3']
    """
    estimators = [Binned(bin_size=size) for size in bin_sizes]
    return tuple(
        View(
            f"{name}, {estimator.setting}" if len(estimators) > 1 else name,
            (estimator,),
            {"bin_size": estimator.bin_size, **(swept or {})},
        )
        for estimator in estimators
    )
