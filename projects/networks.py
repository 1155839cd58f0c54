"""The paper's fully connected networks: trained, measured on the plane, and kept in MLflow."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from ib_mlflow.figures import PlaneFilm
from ib_mlflow.information import Binned
from ib_mlflow.networks import Ensemble, mlp
from ib_mlflow.tracking import ChildSpec, Models, Recording, StudyRun
from ib_mlflow.training import Schedule, measure, train
from ib_mlflow.trajectory import Trajectory
from projects.configuration import TrainingConfiguration
from projects.tasks import Task


@dataclass(frozen=True)
class Network:
    """One ensemble of a study: what is trained, and how its layers are measured.

    Arguments:
        name: what tells it from the study's other networks.
        task: what it learns.
        hidden: units of the hidden layers.
        activations: one a hidden layer.
        estimators: each has a child run of its own, fed by the one training.
        swept: the parameters that tell its child runs apart in MLflow's comparison pages.
    """

    name: str
    task: Task
    hidden: Sequence[int]
    activations: Sequence[str]
    estimators: Sequence[Binned]
    swept: Mapping[str, object] = field(default_factory=dict)

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, hidden units, classes."""
        return (self.task.train_set.m, *self.hidden, self.task.train_set.c)

    @property
    def inputs(self) -> NDArray[np.float32]:
        """What is measured: the training set's inputs, (n, m)."""
        return self.task.train_set.features()

    def ensemble(self, chosen: TrainingConfiguration) -> Ensemble:
        """Make the members as they are before training."""
        return mlp(
            self.widths,
            activation=self.activations,
            initialisation=chosen.initialisation,
            seeds=chosen.seeds,
            device=chosen.device,
        )


@dataclass(frozen=True)
class Trained:
    """A network's ensemble after training.

    Arguments:
        network: the network.
        trajectory: what was measured, of all estimators.
        recording: its child runs, and the checkpoints of every measured epoch.
    """

    network: Network
    trajectory: Trajectory
    recording: Recording

    def planes(self) -> dict[str, Trajectory]:
        """The trajectory of each estimator, by the name of its child run."""
        return {
            child_name(self.network, estimator): self.trajectory.select(setting=estimator.setting)
            for estimator in self.network.estimators
        }

    def at(self, epoch: int, chosen: TrainingConfiguration) -> Ensemble:
        """The ensemble as it was at a measured epoch, from that epoch's checkpoint."""
        return _restored(self.network, chosen, self.recording.state(epoch))


def child_name(network: Network, estimator: Binned) -> str:
    """The name of a child run: the network, and the bin size where there are several."""
    if len(network.estimators) == 1:
        return network.name
    return f"{network.name}, {estimator.setting}"


def run_network(study: StudyRun, network: Network, chosen: TrainingConfiguration) -> Trained:
    """Train a network's ensemble, measure it, and record both; or read what was recorded.

    Arguments:
        study: the study's run.
        network: the ensemble.
        chosen: the study's parameters.

    Returns:
        The ensemble's trajectory and recording.
    """
    task = network.task
    children = [_child(network, estimator, chosen) for estimator in network.estimators]
    models = Models(
        restore=lambda state: _restored(network, chosen, state).module(),
        example=task.train_set.features()[:2],
    )
    with study.record(children, guides=task.guides, models=models) as recording:
        if not recording.finished:
            _learn(network, chosen, recording)
        return Trained(network, recording.trajectory, recording)


def _learn(network: Network, chosen: TrainingConfiguration, recording: Recording) -> None:
    task, schedule = network.task, Schedule.geometric(chosen.epochs)
    film = Film(network, chosen, recording)
    snapshots = train(
        network.ensemble(chosen),
        task.train_set,
        schedule,
        validation=task.validation_set,
        learning_rate=chosen.learning_rate,
        batch_size=chosen.batch_size,
        resume=recording.checkpoint,
    )
    # A log file gets a line now and then, a terminal a moving bar.
    pause = 0.2 if sys.stderr.isatty() else 10.0
    with tqdm(total=chosen.epochs, desc=network.name, unit="epoch", mininterval=pause) as bar:
        for snapshot in snapshots:
            rows = measure(snapshot, network.estimators, task.train_set)
            recording.log(rows, snapshot.checkpoint())
            film.add(rows, snapshot.epoch)
            accuracy = f"{np.nanmean(snapshot.val_accuracy):.3f}"
            bar.set_postfix(validation_accuracy=accuracy, refresh=False)
            bar.update(snapshot.epoch - bar.n)


def thinned(epochs: Sequence[int]) -> tuple[int, ...]:
    """Of the measured epochs those to draw: each a fifth above the one before, and the last.

    Example:
        >>> thinned([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
        (0, 1, 2, 3, 4, 5, 6, 8, 10, 11)
    """
    kept = [epochs[0]]
    for epoch in epochs[1:]:
        if epoch >= 1.2 * kept[-1] or epoch == epochs[-1]:
            kept.append(epoch)
    return tuple(kept)


class Film:
    """The growing plane of each unfinished child, for MLflow's step slider.

    Arguments:
        network: the ensemble.
        chosen: the study's parameters.
        recording: where the pictures go, and what an earlier process has measured.
    """

    def __init__(
        self, network: Network, chosen: TrainingConfiguration, recording: Recording
    ) -> None:
        self._recording = recording
        self._guides = network.task.guides
        self._shown = set(thinned(Schedule.geometric(chosen.epochs).epochs))
        self._planes = [
            (
                PlaneFilm(self._guides, last_epoch=chosen.epochs, unit=chosen.unit),
                recording.child(child_name(network, estimator)),
                estimator.setting,
            )
            for estimator in network.estimators
            if child_name(network, estimator) in {spec.name for spec in recording.unfinished}
        ]
        self._waiting = [recording.trajectory.frame] if recording.epochs_logged else []

    def add(self, rows: pd.DataFrame, epoch: int) -> None:
        """Take the rows of an epoch, and log a picture of it if it is one of those shown."""
        self._waiting.append(rows)
        if epoch not in self._shown:
            return
        new = Trajectory(pd.concat(self._waiting), self._guides)
        for plane, notes, setting in self._planes:
            picture = plane.frame(new.select(setting=setting), epoch)
            notes.log_image(picture, "information_plane", epoch)
        self._waiting.clear()


def _child(network: Network, estimator: Binned, chosen: TrainingConfiguration) -> ChildSpec:
    identity = {
        "network": {"widths": network.widths, "activations": tuple(network.activations)},
        "task": {
            "measured": network.task.train_set.digest,
            "validation": network.task.validation_set.digest,
        },
        "training": chosen.model_dump(
            include={"epochs", "learning_rate", "batch_size", "initialisation"}
        ),
        "seeds": chosen.seeds,
        "estimator": {"name": estimator.name, "setting": estimator.setting},
        "schedule": Schedule.geometric(chosen.epochs).epochs,
        # Other devices add in another order, and end with other digits.
        "device": network.ensemble(chosen).device.type,
    }
    parameters = {
        "task": network.task.name,
        "activation": "-".join(network.activations),
        "bin_size": estimator.bin_size,
        "members": chosen.members,
        "seed": chosen.seed,
        "epochs": chosen.epochs,
        "learning_rate": chosen.learning_rate,
    }
    return ChildSpec(
        child_name(network, estimator),
        parameters | dict(network.swept),
        identity,
        selects={"estimator": [estimator.name], "setting": [estimator.setting]},
    )


def _restored(
    network: Network, chosen: TrainingConfiguration, state: Mapping[str, Any]
) -> Ensemble:
    ensemble = network.ensemble(chosen)
    ensemble.load_state(state["state"])
    return ensemble
