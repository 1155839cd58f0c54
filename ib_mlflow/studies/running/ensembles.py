"""What a study trains: ensembles, made up of groups of members that have a child run each."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.data import random_labels
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import Ensemble
from ib_mlflow.networks.members import checked_device
from ib_mlflow.studies.running.groups import PLANE, Condition, Estimator, Group
from ib_mlflow.studies.running.recipes import plain, recipe_of
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.training import Augmentation, Schedule
from ib_mlflow.training.loop import network_inputs
from ib_mlflow.trajectory import Trajectory


@dataclass(frozen=True)
class DescentSpec:
    """The numbers of gradient descent, as `train` takes them.

    Arguments:
        learning_rate: step size of the first epoch.
        batch_size: samples of a step.
        final_learning_rate: of the last epoch, to which the first falls geometrically; None for
            the same.
        augmentation: how images are changed while they are learnt.
        momentum: as of `torch.optim.SGD`, below 1.
        weight_decay: as of `torch.optim.SGD`.
    """

    learning_rate: float
    batch_size: int
    final_learning_rate: float | None = None
    augmentation: Augmentation | None = None
    momentum: float = 0.0
    weight_decay: float = 0.0

    def identity(self) -> dict[str, object]:
        """Its numbers, as identities hold them: of plain descent as before there was another."""
        numbers = plain(asdict(self))
        assert isinstance(numbers, dict)
        return {
            name: value
            for name, value in numbers.items()
            if value or name not in ("momentum", "weight_decay")
        }


@dataclass(frozen=True, eq=False)
class EnsembleSpec:
    """One ensemble of a study; the only place that knows which member belongs to which group.

    Groups that share a condition and a seed share the member: they measure it differently.

    Arguments:
        name: what tells it from the study's other ensembles.
        task: what it learns.
        build: makes the members from `seeds`, their `beta` and a `device`: a function of a module
            with its other arguments, as `functools.partial` holds them. These are its identity.
        schedule: the epochs that are measured.
        descent: how it learns.
        groups: its child runs, all fed by the one training.
        activations: one a hidden layer.
        device: where it is trained.
        every_epoch: whether the validation loss of every epoch is kept.
        gradients: whether norms of minibatch gradients are kept of each measured epoch.
        parameters: what its child runs show beside what is common to all ensembles.
    """

    name: str
    task: Task
    build: "partial[Any]"
    schedule: Schedule
    descent: DescentSpec
    groups: Sequence[Group]
    activations: Sequence[str]
    device: str = "auto"
    every_epoch: bool = False
    gradients: bool = False
    parameters: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        recipe_of(self.build)  # refuses what could not be told apart
        names = [group.name for group in self.groups]
        if not names or len(set(names)) < len(names):
            raise InvalidInputError(
                "an ensemble has groups, each of a name of its own",
                received=names,
                fix="Put what tells the groups apart into their names.",
            )

    @cached_property
    def members(self) -> tuple[tuple[Condition, int], ...]:
        """Condition and seed of every member, ascending: the order in which groups stand is none.

        So members of any two groups with the same seeds are in the same order, that of their seeds.
        """
        pairs = ((group.condition, seed) for group in self.groups for seed in group.seeds)
        return tuple(sorted(set(pairs)))

    def members_of(self, group: Group) -> tuple[int, ...]:
        """The numbers of a group's members in the ensemble, in the order of its seeds."""
        number = {member: index for index, member in enumerate(self.members)}
        return tuple(number[group.condition, seed] for seed in group.seeds)

    def group(self, name: str) -> Group:
        """The group of a name."""
        for group in self.groups:
            if group.name == name:
                return group
        raise InvalidInputError(
            "an ensemble knows its groups by their names",
            received=name,
            fix=f"It has {', '.join(group.name for group in self.groups)}.",
        )

    def plane(self, trajectory: Trajectory, group: Group, role: str = PLANE) -> Trajectory:
        """What the estimator of a role measured on the members of a group.

        Arguments:
            trajectory: rows of the ensemble, of all estimators.
            group: the group.
            role: of the estimator.

        Returns:
            The rows of these, in nats.
        """
        estimator = group.estimator(role)
        return trajectory.select(
            estimator=estimator.name,
            setting=estimator.setting,
            members=self.members_of(group),
            layers=group.layers,
        )

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of its members, each once."""
        return tuple(dict.fromkeys(condition for condition, _ in self.members))

    @property
    def hidden_layers(self) -> tuple[int, ...]:
        """The numbers of the hidden layers."""
        return tuple(range(1, len(self.activations) + 1))

    @property
    def inputs(self) -> NDArray[np.float32]:
        """What is measured: the inputs of the task's measured part, as the networks take them."""
        return network_inputs(self.task.measured)

    @property
    def estimators(self) -> tuple[Estimator, ...]:
        """The estimators of all groups, each once."""
        every = (estimator for group in self.groups for estimator in group.estimators.values())
        return tuple({(each.name, each.setting): each for each in every}.values())

    def ensemble(self) -> Ensemble:
        """Make the members as they are before training."""
        ensemble: Ensemble = self.build(
            seeds=tuple(seed for _, seed in self.members),
            beta=[condition.beta for condition, _ in self.members],
            device=self.device,
        )
        return ensemble

    def restored(self, state: Mapping[str, Any]) -> Ensemble:
        """Make the members as they are in a checkpoint.

        Arguments:
            state: of the checkpoint.
        """
        ensemble = self.ensemble()
        ensemble.load_state(state["state"])
        return ensemble

    def training(self) -> dict[str, Any]:
        """The arguments of `train`."""
        descent = {name: getattr(self.descent, name) for name in self.descent.__dataclass_fields__}
        return descent | {
            "orthonormality": [condition.orthonormality for condition, _ in self.members],
            "labels": self.labels,
            "every_epoch": self.every_epoch,
            "gradients": self.gradients,
        }

    @cached_property
    def labels(self) -> NDArray[np.int64] | None:
        """What each member learns, (e, n); None where all learn the labels of the task."""
        if not any(condition.random_labels for condition, _ in self.members):
            return None
        return np.stack(
            [
                random_labels(self.task.train_set, share=condition.random_labels, seed=seed)
                for condition, seed in self.members
            ]
        )

    @property
    def measured_labels(self) -> NDArray[np.int64] | None:
        """What each member is measured by: its own labels where what it learns is measured."""
        return self.labels if self.task.measured is self.task.train_set else None

    def identity(self) -> dict[str, object]:
        """What the numbers of all its members follow from; nothing is built to know it.

        Of all members: they share the checkpoints that training goes on from.
        """
        # What is kept beside the plane lies in the checkpoints: those without it do not serve.
        kept = {"every_epoch": self.every_epoch, "gradients": self.gradients}
        return {
            **{name: True for name, asked in kept.items() if asked},
            "network": recipe_of(self.build),
            "members": [[asdict(condition), seed] for condition, seed in self.members],
            "task": {
                "learned": self.task.train_set.digest,
                "measured": self.task.measured.digest,
                "validation": self.task.validation_set.digest,
            },
            "descent": self.descent.identity(),
            "schedule": self.schedule.epochs,
            # Other devices add in another order, and end with other digits.
            "device": checked_device(self.device).type,
        }
