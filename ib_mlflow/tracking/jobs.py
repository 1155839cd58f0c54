"""A job: a child run that has no trajectory, such as the training of a decoder."""

from __future__ import annotations

import time
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from mlflow.entities import Metric

from ib_mlflow.errors import InvalidInputError, TrackingError
from ib_mlflow.tracking import checkpoints
from ib_mlflow.tracking.metrics import METRICS_PER_CALL, batches, check_names
from ib_mlflow.tracking.places import check_artifact_name
from ib_mlflow.tracking.run_writer import RunWriter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlflow import MlflowClient
    from numpy.typing import NDArray

    from ib_mlflow.tracking.children import Child
    from ib_mlflow.tracking.interrupts import Interrupts
    from ib_mlflow.tracking.lease import Leases

RESULTS = "results"


class Job(RunWriter):
    """What `StudyRun.job` gives: where a computation goes on from, and where its results go.

    Arguments:
        client: the store's client.
        child: the child, taken.
        leases: those of this process.
        interrupts: what holds signals back during a write.
    """

    def __init__(
        self, client: MlflowClient, child: Child, *, leases: Leases, interrupts: Interrupts
    ) -> None:
        super().__init__(client, child.run, interrupts, child.light)
        self.name = child.spec.name
        """The child's name."""
        self._digest = child.spec.digest
        self._leases = leases
        self._finished = child.finished
        self._history: list[tuple[int, dict[str, float]]] = []
        last = checkpoints.load_last(self.artifacts, self._digest)
        self.checkpoint: dict[str, Any] | None = None if last is None else last.state
        """The last state that was logged, also of a finished job; None to begin."""
        if last is not None:
            self._history = last.history
            if child.resumed:
                self._send_missing()

    @property
    def finished(self) -> bool:
        """Whether an earlier process has computed the results."""
        return self._finished

    @property
    def history(self) -> list[tuple[int, dict[str, float]]]:
        """Each step and its metrics, in order, those of earlier processes included."""
        return [(step, dict(metrics)) for step, metrics in self._history]

    def log(self, step: int, metrics: Mapping[str, float], checkpoint: Mapping[str, Any]) -> None:
        """Record how far the computation is: its state at once, in place of the one before.

        Arguments:
            step: updates so far, or another count that ascends.
            metrics: finite values by name, the unit in the name; others are left out.
            checkpoint: the state: tensors, numbers, text, lists and mappings.

        Raises:
            InvalidInputError: a name is not valid.
            TrackingError: the steps do not ascend, or the job is finished or has lost its run.
            CheckpointError: the state holds something else.
        """
        check_names(list(metrics))
        if self._finished or (self._history and step <= self._history[-1][0]):
            raise TrackingError(
                "a job is logged step by step, each later than the one before, until it is done",
                received=f"step {step} after {[done for done, _ in self._history][-1:]}",
                fix="Go on from the job's checkpoint, and log each step once.",
            )
        with self._interrupts.held():
            self._leases.beat()
            finite = {name: float(value) for name, value in metrics.items() if np.isfinite(value)}
            history = [*self._history, (step, finite)]
            checkpoints.save_last(self.artifacts, checkpoint, history, self._digest)
            self._history, self.checkpoint = history, dict(checkpoint)
            self._send([(step, finite)])

    def keep(self, checkpoint: Mapping[str, Any]) -> None:
        """Keep the state between two steps, where a step takes long: there is nothing to log yet.

        Arguments:
            checkpoint: the state, as for `log`.

        Raises:
            TrackingError: another process has taken over.
            CheckpointError: the state holds something else.
        """
        with self._interrupts.held():
            self._leases.beat()
            checkpoints.save_last(self.artifacts, checkpoint, self._history, self._digest)
            self.checkpoint = dict(checkpoint)

    def beat(self) -> None:
        """Say that the computation goes on, while there is nothing to keep.

        Raises:
            TrackingError: another process has taken over.
        """
        with self._interrupts.held():
            self._leases.beat()

    def save_results(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep arrays that the study goes on with, as `results/<name>.npz`.

        Arguments:
            name: of the file.
            arrays: numbers, by name.

        Raises:
            InvalidInputError: something is not an array of numbers, or the name is no file's.
            TrackingError: the run was lost, or the disk is full.

        Example:
            >>> job.save_results("evaluation", {"log_probabilities": found})  # doctest: +SKIP
        """
        check_artifact_name(name)
        wrong = [key for key, array in arrays.items() if array.dtype.kind not in "biufc"]
        if wrong:
            raise InvalidInputError(
                "results are arrays of numbers, which are read without running code",
                received=wrong,
                fix="Keep texts by log_text.",
            )

        def write(path: Path) -> None:
            np.savez_compressed(path, **arrays)  # type: ignore[arg-type]

        with self._interrupts.held():
            self._leases.beat()
            self.artifacts.put(f"{RESULTS}/{name}.npz", write)

    def results(self, name: str) -> dict[str, NDArray[Any]] | None:
        """Read arrays back that this or an earlier process has kept.

        Arguments:
            name: of the file.

        Returns:
            The arrays by name; None if there are none.

        Raises:
            InvalidInputError: the name is no file's.
            TrackingError: the file is damaged.
        """
        check_artifact_name(name)
        try:
            with (
                self.artifacts.get(f"{RESULTS}/{name}.npz") as path,
                path.open("rb") as file,
                np.load(file) as archive,
            ):
                return {key: archive[key] for key in archive.files}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise TrackingError(
                "the results of a job must be readable",
                received=f"{name} of run {self.run_id}: {error}",
                fix="Delete that run, or start over with fresh=true.",
            ) from error

    def conclude(self) -> None:
        """End the run as FINISHED.

        Raises:
            TrackingError: another process has taken over.
        """
        if self._finished:
            return
        with self._interrupts.held():
            self._leases.beat()
            self._client.set_terminated(self.run_id, "FINISHED")
            self._leases.drop(self.run_id)
            self._finished = True

    def _send(self, history: list[tuple[int, dict[str, float]]]) -> None:
        now = int(time.time() * 1000)
        points = [
            Metric(name, value, now, step)
            for step, metrics in history
            for name, value in metrics.items()
        ]
        for part in batches(points, METRICS_PER_CALL):
            self._client.log_batch(self.run_id, metrics=part)

    def _send_missing(self) -> None:
        """Log what an earlier process had in its checkpoint but not yet in the store."""
        there = {
            (key, point.step)
            for key in self._client.get_run(self.run_id).data.metrics
            for point in self._client.get_metric_history(self.run_id, key)
        }
        missing = [
            (step, {name: value for name, value in metrics.items() if (name, step) not in there})
            for step, metrics in self._history
        ]
        self._send(missing)
