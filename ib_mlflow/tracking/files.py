"""What one training keeps in the artifacts of its children: checkpoints and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlflow.exceptions import MlflowException

from ib_mlflow.errors import CheckpointError, DataError, TrackingError
from ib_mlflow.tracking import checkpoints
from ib_mlflow.tracking.artifacts import Artifacts
from ib_mlflow.tracking.child_runs import checkpoint_runs
from ib_mlflow.tracking.children import rows_of
from ib_mlflow.tracking.progress import Progress, find_progress
from ib_mlflow.tracking.run_writer import TABLE
from ib_mlflow.trajectory import Trajectory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow import MlflowClient

    from ib_mlflow.tracking.children import Child
    from ib_mlflow.trajectory import Guides


class TrainingFiles:
    """Read and write the files of the children that one training feeds.

    The checkpoints lie with the first unfinished child, for they are the same for all; every
    unfinished child names the runs that hold its own under a tag.

    Arguments:
        client: the store's client.
        children: the children, taken.
        guides: H(X), H(Y) and I(X;Y) of the measured set in nats.
    """

    def __init__(self, client: MlflowClient, children: Sequence[Child], guides: Guides) -> None:
        self._client = client
        self._guides = guides
        self.of = {
            child.run_id: Artifacts(client, child.run_id, child.run.info.artifact_uri)
            for child in children
        }
        """The artifacts of each run."""
        self._finished = [child for child in children if child.finished]
        self._unfinished = [child for child in children if not child.finished]
        self._identities = [child.spec.digest for child in children]
        self._sources = self._reachable([run_id for c in self._finished for run_id in c.sources])

    def finished_tables(self) -> list[Trajectory]:
        """Read the trajectories of the finished children.

        Raises:
            TrackingError: one is missing or damaged.
        """
        tables = []
        for child in self._finished:
            try:
                with self.of[child.run_id].get(TABLE) as path:
                    tables.append(Trajectory.load(path))
            except (FileNotFoundError, DataError) as error:
                raise TrackingError(
                    "a finished child run keeps its trajectory",
                    received=f"run {child.run_id} ({child.spec.name}): {error}",
                    fix="Delete that run, or start over with fresh=true.",
                ) from error
        return tables

    def progress(self) -> Progress:
        """Find what the unfinished children go on from.

        Raises:
            CheckpointError: a checkpoint belongs to other children or another measured set.
        """
        if not self._unfinished:
            return Progress()
        own = self._reachable(checkpoint_runs(self._unfinished))
        self._sources += own
        return find_progress(own, [child.spec for child in self._unfinished], self._guides)

    def save_checkpoint(self, epoch: int, rows: Trajectory, state: Mapping[str, Any]) -> None:
        """Write the checkpoint of an epoch."""
        identities = [child.spec.digest for child in self._unfinished]
        checkpoints.save(self._sources[-1], epoch, rows, state, identities)

    def state(self, epoch: int) -> dict[str, Any]:
        """Read the state of a measured epoch back, of finished children too.

        Raises:
            CheckpointError: it is not there any more, or was never measured.
        """
        for source in reversed(self._sources):
            state = checkpoints.load_state(source, epoch, self._identities)
            if state is not None:
                return state
        raise CheckpointError(
            "the checkpoint of a measured epoch must be readable when it is asked for",
            received=f"none of epoch {epoch}",
            fix="Ask for a measured epoch; if its file is lost, start over with fresh=true.",
        )

    def save_tables(self, whole: Trajectory) -> None:
        """Write each unfinished child's trajectory, from the rows of all epochs of all of them."""
        for child in self._unfinished:
            own = rows_of([child.spec], whole)
            assert own is not None, "every child has rows at each epoch"
            self.of[child.run_id].put(TABLE, own.save)

    def _reachable(self, run_ids: Sequence[str]) -> list[Artifacts]:
        """Return the artifacts of the runs that are still there, each once, in their order."""
        artifacts = []
        for run_id in dict.fromkeys(run_ids):
            if run_id in self.of:
                artifacts.append(self.of[run_id])
                continue
            try:
                run = self._client.get_run(run_id)
            except MlflowException:
                continue
            artifacts.append(Artifacts(self._client, run_id, run.info.artifact_uri))
        return artifacts
