"""A study's run: the root of the tree, the data it used, and the recordings of its children."""

from __future__ import annotations

import shlex
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.secrecy import without_secrets
from ib_mlflow.tracking.buffer import MetricBuffer, Pace
from ib_mlflow.tracking.child_runs import ChildRuns
from ib_mlflow.tracking.handle import StudyHandle
from ib_mlflow.tracking.interrupts import status_of
from ib_mlflow.tracking.jobs import Job
from ib_mlflow.tracking.lease import STALE_SECONDS
from ib_mlflow.tracking.places import absolute_uri, artifact_folder
from ib_mlflow.tracking.recording import Recording
from ib_mlflow.tracking.run_writer import RunWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow import MlflowClient
    from mlflow.entities import Run

    from ib_mlflow.tracking.children import ChildSpec
    from ib_mlflow.tracking.interrupts import Interrupts
    from ib_mlflow.tracking.lease import Leases
    from ib_mlflow.tracking.models import Models
    from ib_mlflow.trajectory import Guides


class StudyRun(RunWriter):
    """The run of a study, open: what `open_study` gives.

    Arguments:
        client: the store's client.
        run: the run, with its tags.
        leases: those of this process.
        interrupts: what holds signals back during a write.
        fresh: whether earlier studies' children are ignored.
    """

    def __init__(
        self,
        client: MlflowClient,
        run: Run,
        *,
        leases: Leases,
        interrupts: Interrupts,
        fresh: bool,
    ) -> None:
        super().__init__(client, run, interrupts)
        self._run = run
        self._leases = leases
        self._fresh = fresh
        self._pace = Pace()
        self._children = ChildRuns(client, run, leases=leases, interrupts=interrupts, fresh=fresh)

    @property
    def handle(self) -> StudyHandle:
        """What `attach_study` needs in another process."""
        info, uri = self._run.info, absolute_uri(self._client.tracking_uri)
        return StudyHandle(self.run_id, info.experiment_id, uri, self._fresh)

    @property
    def address(self) -> str:
        """The run's page, of the server or of the one that `ui_command` starts; no password."""
        uri = without_secrets(self._client.tracking_uri)
        server = uri.rstrip("/") if uri.startswith("http") else "http://127.0.0.1:5000"
        # Without its last part MLflow opens on an overview of language models' traces.
        place = f"experiments/{self._run.info.experiment_id}/runs/{self.run_id}"
        return f"{server}/#/{place}?workflowType=machine_learning"

    def artifact_path(self, name: str) -> Path | None:
        """Where an artifact lies on this machine; None if it is elsewhere, or not there."""
        folder = artifact_folder(self._run.info.artifact_uri)
        path = None if folder is None else folder / name
        return path if path is not None and path.is_file() else None

    @property
    def ui_command(self) -> str | None:
        """The command that shows the store; None where a server already does; no password."""
        uri = self._client.tracking_uri
        if uri.startswith("http"):
            return None
        if self.ui_secret == "MLFLOW_TRACKING_URI":
            return f'{_mlflow()} ui --backend-store-uri "$MLFLOW_TRACKING_URI"'
        if self.ui_secret is not None:
            uri = without_secrets(uri)
        relative = uri.removeprefix("sqlite:///")
        if relative != uri and not relative.startswith("/"):
            uri = f"sqlite:///{quote(str(Path.cwd()))}/{relative}"
        return f"{_mlflow()} ui --backend-store-uri {shlex.quote(uri)}"

    def beat(self) -> None:
        """Say that the study goes on, while others write its children.

        Raises:
            TrackingError: another process has taken over the study's run or a child of it.
        """
        with self._interrupts.held():
            self._leases.beat()

    @property
    def ui_secret(self) -> str | None:
        """The variable that must hold what `ui_command` leaves out; None if it is whole."""
        uri = self._client.tracking_uri
        # The path of a file is no secret, whatever it is called.
        if uri.startswith(("http", "sqlite:")) or without_secrets(uri) == uri:
            return None
        in_query = without_secrets(uri.partition("?")[2]) != uri.partition("?")[2]
        # Of the drivers only PostgreSQL's reads its password from a variable of its own.
        own = uri.startswith("postgresql") and not in_query
        return "PGPASSWORD" if own else "MLFLOW_TRACKING_URI"

    @contextmanager
    def record(
        self,
        children: Sequence[ChildSpec],
        *,
        guides: Guides,
        models: Models | None = None,
        patience: float = STALE_SECONDS,
    ) -> Iterator[Recording]:
        """Record one training in the child runs that it feeds.

        A child that was finished earlier, by whichever study, is not computed again. One that was
        begun goes on in its own run from its last checkpoint. At the end of the block the
        children are FINISHED; FAILED after an exception; KILLED when the process was told to stop.

        Arguments:
            children: what the training feeds: one child, or one for each setting or member group.
            guides: H(X), H(Y) and I(X;Y) of the measured set in nats.
            models: how models are made, to log them at 0, 1, 3, 10, 30, … epochs, at the best
                validation accuracy and at the last epoch; None for none.
            patience: how long to wait for another process that computes one of the children right
                now, in seconds; then it is refused.

        Returns:
            A context with the recording.

        Raises:
            InvalidInputError: no children, or two that are the same.
            TrackingError: another live process goes on computing one of them.
            CheckpointError: a checkpoint belongs to something else.

        Example:
            >>> with study.record([spec], guides=guides) as recording:  # doctest: +SKIP
            ...     if not recording.finished:
            ...         for snapshot in train(..., resume=recording.checkpoint):
            ...             recording.log(measure(...), checkpoint=snapshot.checkpoint())
            ...     trajectory = recording.trajectory
        """
        for what in ("name", "digest"):
            if not children or len({getattr(child, what) for child in children}) < len(children):
                raise InvalidInputError(
                    "a recording has children with names and identities of their own",
                    received=[child.name for child in children],
                    fix="Put what differs between them into name and identity.",
                )
        taken = self._children.take(children, patience)
        recording: Recording | None = None
        try:
            recording = Recording(
                MetricBuffer(self._client, self._pace),
                taken,
                guides=guides,
                models=models,
                leases=self._leases,
                interrupts=self._interrupts,
            )
            yield recording
            recording.conclude()
        except BaseException as error:
            with self._interrupts.held():
                if recording is not None:
                    recording.keep()
                self._leases.abandon([child.run_id for child in taken], status=status_of(error))
            raise

    @contextmanager
    def job(self, child: ChildSpec, *, patience: float = STALE_SECONDS) -> Iterator[Job]:
        """Compute something that has no trajectory in a child run of its own.

        As for `record`: a child that was finished earlier, by whichever study, is not computed
        again, and one that was begun goes on from its last checkpoint.

        Arguments:
            child: what is computed.
            patience: how long to wait for another process that computes it right now, in seconds.

        Returns:
            A context with the job.

        Raises:
            TrackingError: another live process goes on computing it.
            CheckpointError: its checkpoint belongs to something else.

        Example:
            >>> with study.job(spec) as job:  # doctest: +SKIP
            ...     if not job.finished:
            ...         for fitted in train_decoder(..., resume=job.checkpoint):
            ...             job.log(fitted.update, {"val_loss_nats": fitted.val_loss},
            ...                     fitted.checkpoint())
        """
        (taken,) = self._children.take([child], patience)
        try:
            job = Job(self._client, taken, leases=self._leases, interrupts=self._interrupts)
            yield job
            job.conclude()
        except BaseException as error:
            with self._interrupts.held():
                self._leases.abandon([taken.run_id], status=status_of(error))
            raise


def _mlflow() -> str:
    """The program as it can be typed here: with its folder where the PATH has another or none."""
    own = Path(sys.executable).with_name("mlflow")
    found = shutil.which("mlflow")
    return "mlflow" if found is not None and Path(found) == own else shlex.quote(str(own))
