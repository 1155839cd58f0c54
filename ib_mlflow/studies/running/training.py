"""The paper's fully connected networks: trained, measured on the plane, and kept in MLflow."""

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.networks import Ensemble
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.running.animation import Film
from ib_mlflow.studies.running.ensembles import Network, View
from ib_mlflow.tracking import ChildSpec, Models, Recording, StudyRun
from ib_mlflow.training import measure, train
from ib_mlflow.trajectory import Trajectory


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
        """The plane of each child run, by the child's name."""
        return {view.name: view.plane(self.trajectory) for view in self.network.views}

    @property
    def sound(self) -> tuple[int, ...]:
        """The members that did not diverge, ascending; one or more."""
        frame = self.trajectory.frame
        last = frame[frame["epoch"] == self.trajectory.epochs[-1]]
        finite = last["i_x"].notna().groupby(last["member"]).all()
        return tuple(int(member) for member in finite.index[finite])

    def at(self, epoch: int, chosen: LearningConfiguration) -> Ensemble:
        """The ensemble as it was at a measured epoch, from that epoch's checkpoint."""
        return _restored(self.network, chosen, self.recording.state(epoch))


def run_network(study: StudyRun, network: Network, chosen: LearningConfiguration) -> Trained:
    """Train a network's ensemble, measure it, and record both; or read what was recorded.

    Arguments:
        study: the study's run.
        network: the ensemble.
        chosen: the study's parameters.

    Returns:
        The ensemble's trajectory and recording.

    Raises:
        ConfigurationError: every member has diverged; what was measured is kept.
    """
    task = network.task
    children = [_child(network, view, chosen) for view in network.views]
    models = Models(
        restore=lambda state: _restored(network, chosen, state).module(),
        example=network.inputs[:2],
    )
    with study.record(children, guides=task.guides, models=models) as recording:
        if not recording.finished:
            _learn(network, chosen, recording)
        return Trained(network, recording.trajectory, recording)


def _learn(network: Network, chosen: LearningConfiguration, recording: Recording) -> None:
    task, schedule = network.task, network.schedule(chosen)
    film = Film(network, chosen, recording)
    snapshots = train(
        network.ensemble(chosen),
        task.train_set,
        schedule,
        validation=task.validation_set,
        resume=recording.checkpoint,
        **network.training(chosen),
    )
    # A log file gets a line now and then, a terminal a moving bar.
    pause = 0.2 if sys.stderr.isatty() else 10.0
    with tqdm(total=chosen.epochs, desc=network.name, unit="epoch", mininterval=pause) as bar:
        for snapshot in snapshots:
            rows = measure(snapshot, network.estimators, task.measured)
            recording.log(rows, snapshot.checkpoint())
            if snapshot.diverged.all():
                raise ConfigurationError(
                    "one network or more must go on learning",
                    received=f"{len(snapshot.seeds)} of {len(snapshot.seeds)} of {network.name!r} "
                    f"that diverged by epoch {snapshot.epoch}",
                    fix=f"Choose a learning_rate below {chosen.learning_rate:g}.",
                )
            film.add(rows, snapshot.epoch)
            accuracy = f"{np.nanmean(snapshot.val_accuracy):.3f}"
            bar.set_postfix(validation_accuracy=accuracy, refresh=False)
            bar.update(snapshot.epoch - bar.n)


def _child(network: Network, view: View, chosen: LearningConfiguration) -> ChildSpec:
    ensemble = network.ensemble(chosen)
    identity = {
        "network": ensemble.architecture,
        "seeds": ensemble.seeds,
        # Of all members, like their seeds: they share the checkpoints that training goes on from.
        "beta": ensemble.beta.tolist(),
        "task": {
            "learned": network.task.train_set.digest,
            "measured": network.task.measured.digest,
            "validation": network.task.validation_set.digest,
        },
        "training": {name: _plain(value) for name, value in network.training(chosen).items()},
        "initialisation": network.initialisation,
        "members": view.members,
        "layers": view.layers,
        "estimators": [(one.name, one.setting) for one in view.estimators],
        "schedule": network.schedule(chosen).epochs,
        # Other devices add in another order, and end with other digits.
        "device": ensemble.device.type,
    }
    parameters = {
        "task": network.task.name,
        "activation": "-".join(network.activations),
        "members": len(view.members or ensemble.seeds),
        "seed": chosen.seed,
        "epochs": chosen.epochs,
        "learning_rate": chosen.learning_rate,
    }
    selects: dict[str, Collection[object]] = {
        "estimator": {one.name for one in view.estimators},
        "setting": {one.setting for one in view.estimators},
    }
    if view.members is not None:
        selects["member"] = view.members
    if view.layers is not None:
        selects["layer"] = view.layers
    return ChildSpec(view.name, parameters | dict(view.parameters), identity, selects=selects)


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | list) else repr(value)


def _restored(
    network: Network, chosen: LearningConfiguration, state: Mapping[str, Any]
) -> Ensemble:
    ensemble = network.ensemble(chosen)
    ensemble.load_state(state["state"])
    return ensemble
