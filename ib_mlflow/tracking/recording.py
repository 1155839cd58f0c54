"""A recording: one training, and the child runs that it feeds."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ib_mlflow.errors import IBError, InvalidInputError, TrackingError
from ib_mlflow.tracking.children import next_epoch, rows_of
from ib_mlflow.tracking.files import TrainingFiles
from ib_mlflow.tracking.milestones import is_milestone
from ib_mlflow.tracking.models import ModelLog
from ib_mlflow.tracking.run_writer import RunWriter
from ib_mlflow.tracking.scalars import check_scalars, scalar_entries
from ib_mlflow.trajectory import Trajectory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from ib_mlflow.tracking.buffer import MetricBuffer
    from ib_mlflow.tracking.children import Child, ChildSpec
    from ib_mlflow.tracking.interrupts import Interrupts
    from ib_mlflow.tracking.lease import Leases
    from ib_mlflow.tracking.models import Models
    from ib_mlflow.trajectory import Guides

_log = logging.getLogger(__name__)
_UNWRITTEN = "what was measured could not be written in full: %s"


class Recording:
    """What `StudyRun.record` gives: where a training goes on from, and where its rows go.

    Arguments:
        buffer: for their curves, with the store's client.
        children: the children, taken.
        guides: H(X), H(Y) and I(X;Y) of the measured set in nats.
        models: how models are made; None for none.
        leases: those of this process.
        interrupts: what holds signals back during a write.
    """

    def __init__(
        self,
        buffer: MetricBuffer,
        children: Sequence[Child],
        *,
        guides: Guides,
        models: Models | None,
        leases: Leases,
        interrupts: Interrupts,
    ) -> None:
        self._buffer, self._leases, self._interrupts = buffer, leases, interrupts
        client = self._client = buffer.client
        self._guides = guides
        self._files = TrainingFiles(client, children, guides)
        self._unfinished = [child for child in children if not child.finished]
        self._earlier = self._files.finished_tables()
        progress = self._files.progress()
        self._rows = list(progress.rows)
        self._whole: tuple[int, Trajectory] | None = None
        self.checkpoint: dict[str, Any] | None = progress.state
        """The state that the training goes on from; None to begin."""
        self._writers = {
            each.spec.name: RunWriter(client, each.run, interrupts, each.light) for each in children
        }
        for child in self._unfinished:
            if child.resumed:
                self._buffer.resume(child.run_id)
        for rows in self._rows:
            self._add(rows)
        self._models: ModelLog | None = None
        if models is not None and self._unfinished:
            self._models = ModelLog(client, self._buffer, models, children)

    @property
    def finished(self) -> bool:
        """Whether every child is finished, so that nothing is left to compute."""
        return not self._unfinished

    @property
    def unfinished(self) -> tuple[ChildSpec, ...]:
        """The children to measure for; rows of the others are not needed."""
        return tuple(child.spec for child in self._unfinished)

    @property
    def epochs_logged(self) -> tuple[int, ...]:
        """The epochs that the unfinished children have, ascending, earlier processes' included."""
        return tuple(rows.epochs[0] for rows in self._rows)

    @property
    def trajectory(self) -> Trajectory:
        """All rows so far of all children, finished ones included.

        Raises:
            TrackingError: nothing was measured yet.
        """
        if not self._rows and not self._earlier:
            raise TrackingError(
                "a recording must hold an epoch before its trajectory is read",
                received="none",
                fix="Log a measured epoch first.",
            )
        if self._whole is None or self._whole[0] != len(self._rows):
            self._whole = len(self._rows), Trajectory.concat([*self._earlier, *self._rows])
        return self._whole[1]

    def log(self, rows: pd.DataFrame | Trajectory, checkpoint: Mapping[str, Any]) -> None:
        """Record a measured epoch: its checkpoint at once, its metrics through the buffer.

        Arguments:
            rows: the epoch's rows, a trajectory or with the columns of one; those that belong to
                no unfinished child are left out.
            checkpoint: the state after the epoch: tensors, numbers, text, lists and mappings.

        Raises:
            InvalidInputError: the rows break a rule of the table.
            TrackingError: the epochs do not ascend, or a child has no rows or has lost its run.
            CheckpointError: the state holds something else.
        """
        with self._interrupts.held():
            self._leases.beat()
            previous = self._rows[-1].epochs[0] if self._rows else None
            whole = rows if isinstance(rows, Trajectory) else Trajectory(rows, self._guides)
            measured = self._own(whole)
            epoch = next_epoch(measured, previous)
            self._files.save_checkpoint(epoch, measured, checkpoint)
            self._rows.append(measured)
            self._add(measured)
            if self._models is not None and is_milestone(epoch, previous):
                self._models.log(measured.frame, lambda: checkpoint, "milestone")
            self._buffer.offer()

    def state(self, epoch: int) -> dict[str, Any]:
        """Read back the checkpoint of a measured epoch, also of children finished earlier.

        Arguments:
            epoch: the epoch.

        Returns:
            The state as it was given to `log`.

        Raises:
            CheckpointError: there is none of this epoch.

        Example:
            >>> recording.state(100)["epoch"]  # doctest: +SKIP
            100
        """
        return self._files.state(epoch)

    def child(self, name: str | None = None) -> RunWriter:
        """Write on a child's own run: its scalars, its figures.

        Arguments:
            name: the child's name; the first by default.

        Raises:
            InvalidInputError: no such child.
        """
        writer = self._writers.get(next(iter(self._writers)) if name is None else name)
        if writer is None:
            raise InvalidInputError(
                "a recording knows its children by their names",
                received=name,
                fix=f"It has {', '.join(self._writers)}.",
            )
        return writer

    def summarise(self, name: str, values: Mapping[str, float], tags: Mapping[str, str]) -> None:
        """Say what a child came to: written with its last curves, in one call, as it ends.

        At once of a child that has ended, or that stays with another study.

        Arguments:
            name: the child's.
            values: end-of-run scalars, as of `RunWriter.log_metrics`.
            tags: as of `RunWriter.log_tags`.

        Raises:
            InvalidInputError: no such child, or a name is not valid.
        """
        writer = self.child(name)
        child = next((each for each in self._unfinished if each.spec.name == name), None)
        if child is None or child.light is not None:
            writer.log_metrics(values)
            writer.log_tags(tags)
            return
        check_scalars(values)  # a run that is new has none yet
        there = self._client.get_run(child.run_id).data.metrics if child.resumed else {}
        self._buffer.summarise(child.run_id, *scalar_entries(values, tags, there))

    def conclude(self) -> None:
        """End the unfinished children as FINISHED, with their tables and last models.

        Raises:
            TrackingError: nothing was measured, or another process has taken over.
        """
        with self._interrupts.held():
            self._leases.beat()
            _ = self.trajectory
            self._buffer.flush()
            if self._models is not None:
                frames = {rows.epochs[0]: rows.frame for rows in self._rows}
                self._models.complete(frames, self._files.state)
            self._save_tables()
            for child in self._unfinished:
                self._client.set_terminated(child.run_id, "FINISHED")
                self._leases.drop(child.run_id)
            self._unfinished = []

    def keep(self) -> None:
        """Write what was measured, when there will be no more of it.

        What goes wrong here is said in the log: it must not hide why the recording ends.
        """
        if not all(self._leases.holds(child.run_id) for child in self._unfinished):
            return
        for step in (self._buffer.flush, self._save_tables):
            try:
                step()
            except Exception as error:
                _log.error(_UNWRITTEN, error, exc_info=not isinstance(error, IBError))

    def _save_tables(self) -> None:
        if self._rows:
            unfinished = Trajectory.concat(self._rows) if self._earlier else self.trajectory
            self._files.save_tables(unfinished)

    def _own(self, measured: Trajectory) -> Trajectory:
        own = rows_of(self.unfinished, measured)
        if own is None:
            names = ", ".join(child.name for child in self.unfinished)
            raise TrackingError(
                "every unfinished child of a recording has rows at each epoch",
                received=f"too few for {names}" if names else "rows for a finished recording",
                fix="Measure with each unfinished child's estimator, or correct what it selects.",
            )
        return own

    def _add(self, measured: Trajectory) -> None:
        for child in self._unfinished:
            self._buffer.add(child.run_id, child.spec.curve_rows(measured.frame))
