"""A chain's networks followed through their training, and how their course is recorded."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from tqdm import tqdm

from ib_mlflow.tracking import ChildSpec, Recording, StudyRun
from ib_mlflow.training import Schedule
from ib_mlflow.trajectory import Trajectory
from projects.noise.minimal_examples.chains import Chain, Numbers, descend
from projects.noise.minimal_examples.information import measure_chain


@dataclass(frozen=True)
class Setting:
    """How a chain is trained and measured.

    Arguments:
        epochs: steps of gradient descent.
        measured: how many epochs are measured, about, at even distances on a logarithmic scale.
        marked: epochs to measure besides.
        seeds: one a network.
        repeats: propagations of each input for the sample-propagation estimate.
        n_queries: draws of its Monte Carlo integration.
    """

    epochs: int
    measured: int
    marked: Sequence[int]
    seeds: tuple[int, ...]
    repeats: int
    n_queries: int

    @property
    def schedule(self) -> Schedule:
        """The measured epochs."""
        spaced = {round(self.epochs ** (k / (self.measured - 1))) for k in range(self.measured)}
        return Schedule.of({*spaced, *(epoch for epoch in self.marked if epoch <= self.epochs)})


@dataclass(frozen=True)
class Followed:
    """A chain's networks after training.

    Arguments:
        chain: what was trained.
        trajectory: what was measured, of all estimators.
        recording: the child run, and the checkpoints of every measured epoch.
    """

    chain: Chain
    trajectory: Trajectory
    recording: Recording

    @cached_property
    def weights(self) -> Numbers:
        """(t, e, layers, 2): w and b of every neuron at every measured epoch."""
        return np.stack(
            [self.recording.state(epoch)["weights"].numpy() for epoch in self.trajectory.epochs]
        )

    @property
    def epochs(self) -> Numbers:
        """The t measured epochs."""
        return np.array(self.trajectory.epochs, np.float64)

    def curves(self, estimator: str, layer: int, column: str = "i_x") -> Numbers:
        """What one estimator found for one layer: (e, t), in nats."""
        own = self.trajectory.select(estimator=estimator, layers=[layer]).frame
        table = own.pivot(index="member", columns="epoch", values=column)
        return table.to_numpy(dtype=np.float64)


def follow(study: StudyRun, chain: Chain, setting: Setting) -> Followed:
    """Train a chain's networks and measure them, or read what was recorded.

    Arguments:
        study: the study's run.
        chain: what is trained.
        setting: how.

    Returns:
        The trajectory and the recording.
    """
    child = ChildSpec(
        chain.name,
        {
            "activation": chain.activation,
            "beta": chain.beta,
            "learning_rate": chain.learning_rate,
            "epochs": setting.epochs,
            "members": len(setting.seeds),
            "seed": setting.seeds[0],
        },
        {
            "chain": {
                name: getattr(chain, name)
                for name in ("activation", "inputs", "targets", "initial", "learning_rate", "beta")
            },
            "seeds": setting.seeds,
            "schedule": setting.schedule.epochs,
            "estimator": {"repeats": setting.repeats, "n_queries": setting.n_queries},
        },
    )
    with study.record([child], guides=chain.guides) as recording:
        if not recording.finished:
            _learn(chain, setting, recording)
        return Followed(chain, recording.trajectory, recording)


def _learn(chain: Chain, setting: Setting, recording: Recording) -> None:
    moments = descend(chain, setting.schedule, seeds=setting.seeds, resume=recording.checkpoint)
    pause = 0.2 if sys.stderr.isatty() else 10.0
    with tqdm(total=setting.epochs, desc=chain.name, unit="epoch", mininterval=pause) as bar:
        for moment in moments:
            rows = measure_chain(
                chain, moment, repeats=setting.repeats, n_queries=setting.n_queries
            )
            recording.log(rows, moment.checkpoint())
            bar.update(moment.epoch - bar.n)
