"""A chain's networks trained, measured, and kept in MLflow.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 4; supplement, section 8.
"""

from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np

from ib_mlflow.studies.running.steps import Shown, record_steps
from ib_mlflow.tracking import ChildSpec, Recording, StudyRun
from ib_mlflow.training import Schedule
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers
from .chains import Chain, ChainSnapshot, descend
from .information import measure_chain


@dataclass(frozen=True)
class ChainSpec:
    """A chain, its networks, and how they are trained and measured: one child run.

    Arguments:
        chain: what is trained.
        schedule: the epochs that are measured.
        seeds: one a network.
        repeats: propagations of each input for the sample-propagation estimate.
        n_queries: draws of its Monte Carlo integration.
    """

    chain: Chain
    schedule: Schedule
    seeds: tuple[int, ...]
    repeats: int
    n_queries: int

    @property
    def name(self) -> str:
        """The chain's name, the child run's."""
        return self.chain.name

    @property
    def child(self) -> ChildSpec:
        """The child run: what it shows, and what identifies it."""
        chain = asdict(self.chain)
        del chain["name"]
        parameters = {
            "activation": self.chain.activation,
            "beta": self.chain.beta,
            "learning_rate": self.chain.learning_rate,
            "epochs": self.schedule.last,
            "members": len(self.seeds),
            "seed": self.seeds[0],
        }
        identity = {
            "chain": chain,
            "seeds": self.seeds,
            "schedule": self.schedule.epochs,
            "estimator": {"repeats": self.repeats, "n_queries": self.n_queries},
        }
        return ChildSpec(self.name, parameters, identity)


@dataclass(frozen=True)
class TrainedChain:
    """A chain's networks after training.

    Arguments:
        spec: what was trained.
        trajectory: what was measured, by all estimators.
        recording: the child run, and the checkpoints of every measured epoch.
    """

    spec: ChainSpec
    trajectory: Trajectory
    recording: Recording

    @property
    def name(self) -> str:
        """The chain's name."""
        return self.spec.name

    @property
    def chain(self) -> Chain:
        """What was trained."""
        return self.spec.chain

    @property
    def epochs(self) -> Numbers:
        """The t measured epochs."""
        return np.array(self.trajectory.epochs, np.float64)

    @cached_property
    def weights(self) -> Numbers:
        """(e, t, layers, 2): w and b of every neuron at every measured epoch."""
        return np.stack([self.weights_at(epoch) for epoch in self.trajectory.epochs], axis=1)

    def weights_at(self, epoch: int) -> Numbers:
        """(e, layers, 2): w and b of every neuron at one measured epoch."""
        return np.asarray(self.recording.state(epoch)["weights"].numpy())

    def w(self, layer: int) -> Numbers:
        """The weight of one neuron: (e, t)."""
        return self.weights[:, :, layer - 1, 0]

    def b(self, layer: int) -> Numbers:
        """The bias of one neuron: (e, t)."""
        return self.weights[:, :, layer - 1, 1]

    @cached_property
    def centres(self) -> dict[int, Numbers]:
        """Where each layer puts the k inputs without noise, by layer: (e, t, k)."""
        return self.chain.centres(self.weights)

    def curves(self, estimator: str, layer: int, column: str = "i_x") -> Numbers:
        """What one estimator measured of one layer: (e, t), in nats.

        Arguments:
            estimator: its name.
            layer: the layer.
            column: of the trajectory.
        """
        frame = self.trajectory.select(estimator=estimator, layers=[layer]).frame
        table = frame.pivot(index="member", columns="epoch", values=column)
        return table.to_numpy(dtype=np.float64)


def train_chain(study: StudyRun, spec: ChainSpec) -> TrainedChain:
    """Train a chain's networks, measure them, and record both; or read what was recorded.

    Arguments:
        study: the study's run.
        spec: what is trained, and how.

    Returns:
        The trajectory and the recording.
    """
    with study.record([spec.child], guides=spec.chain.guides) as recording:
        if not recording.finished:
            _learn(spec, recording)
        return TrainedChain(spec, recording.trajectory, recording)


def _learn(spec: ChainSpec, recording: Recording) -> None:
    def log(snapshot: ChainSnapshot) -> tuple[int, Shown]:
        rows = measure_chain(spec.chain, snapshot, repeats=spec.repeats, n_queries=spec.n_queries)
        recording.log(rows, snapshot.checkpoint())
        return snapshot.epoch, {}

    snapshots = descend(spec.chain, spec.schedule, seeds=spec.seeds, resume=recording.checkpoint)
    record_steps(snapshots, log, total=spec.schedule.last, name=spec.name, unit="epoch")
