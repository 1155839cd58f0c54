"""A sweep in miniature: small networks, each trained and measured in a child run of its own."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ib_mlflow.data import load
from ib_mlflow.errors import DataError
from ib_mlflow.execution import DaskExecutor, Executor, LocalExecutor
from ib_mlflow.information import Binned
from ib_mlflow.networks import mlp
from ib_mlflow.tracking import ChildSpec, StudyRun, open_study, spread
from ib_mlflow.training import Schedule, measure, train
from ib_mlflow.trajectory import Guides, Trajectory


@dataclass(frozen=True)
class Training:
    """A network to train, and what goes wrong with it.

    Arguments:
        folder: notes each epoch that is computed, and by which process.
        trouble: at epoch 2, where it is not slowness.
    """

    folder: Path
    seed: int
    trouble: str = ""
    epochs: int = 4

    @property
    def attempts(self) -> int:
        """How many processes have computed epochs so far."""
        return len({path.suffix for path in self.folder.glob(f"{self.seed}.*.*")})

    def compute_epoch(self, epoch: int) -> None:
        (self.folder / f"{self.seed}.{epoch}.{os.getpid()}").touch()
        time.sleep({"slow": 0.3, "slower": 3.0}.get(self.trouble, 0.0))
        if epoch != 2:
            return
        if self.trouble == "dies" or (self.trouble == "dies once" and self.attempts == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        if self.trouble == "fails":
            raise DataError("a file must be whole", received="half of it", fix="Get it again.")


def train_and_record(study: StudyRun, training: Training) -> Trajectory:
    szt = load("szt")
    guides = Guides(h_x=float(np.log(szt.n)), h_y=float(np.log(2)), i_xy=float(np.log(2)))
    spec = ChildSpec(
        f"seed {training.seed}",
        {"seed": training.seed},
        {"seed": training.seed, "epochs": training.epochs},
    )
    with study.record([spec], guides=guides) as recording:
        if not recording.finished:
            ensemble = mlp((12, 4, 3, 2), seeds=[training.seed], device="cpu")
            schedule = Schedule.of(range(training.epochs + 1))
            for snapshot in train(
                ensemble, szt, schedule, learning_rate=0.2, resume=recording.checkpoint
            ):
                rows = measure(snapshot, [Binned(bin_size=0.07)], szt)
                recording.log(rows, snapshot.checkpoint())
                training.compute_epoch(snapshot.epoch)
        return recording.trajectory


def run(
    executor: Executor, trainings: list[Training], *, fresh: bool = False
) -> tuple[list[Trajectory], str]:
    """The study as a researcher would write it; the trajectories, and the study's run id."""
    with open_study("swept", {"trainings": len(trainings)}, fresh=fresh) as study:
        return spread(study, executor, train_and_record, trainings), study.run_id


def run_on(workers: int, trainings: list[Training]) -> None:
    """The same, in a process of its own."""
    with LocalExecutor(workers) as executor:
        run(executor, trainings)


def run_on_cluster(address: str, trainings: list[Training]) -> None:
    """The same on a Dask cluster."""
    with DaskExecutor(address) as executor:
        run(executor, trainings)
