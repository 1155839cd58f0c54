"""Who writes to a run: one process, found again by its start, or by what it says at intervals."""

from __future__ import annotations

import json
import logging
import os
import socket
import time
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking.artifacts import Artifacts
from ib_mlflow.tracking.client import PatientClient
from ib_mlflow.tracking.processes import exists, started
from ib_mlflow.tracking.tags import HOLDER

if TYPE_CHECKING:
    from collections.abc import Collection

    from mlflow import MlflowClient
    from mlflow.entities import Run

    from ib_mlflow.tracking.reserve import Reserve

BEAT_SECONDS = 30.0
"""A heartbeat older than this is renewed before the next write, in seconds."""
STALE_SECONDS = 600.0
"""A process that cannot be looked at counts as dead when its heartbeat is older, in seconds."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Holder:
    """A process that holds runs.

    Arguments:
        host: the name of its machine.
        pid: its process id there.
        token: what tells it from every other, also from one that gets its process id later.
        beat: when it last said that it lives, in seconds since 1970.
        start: when it began, as `started` tells it; empty where that is not known.
    """

    host: str
    pid: int
    token: str
    beat: float
    start: str = ""

    @classmethod
    def here(cls) -> Holder:
        """Return this process as a holder."""
        pid = os.getpid()
        return cls(socket.gethostname(), pid, uuid.uuid4().hex, time.time(), started(pid))

    @classmethod
    def of(cls, run: Run) -> Holder | None:
        """Return who holds a run; None for nobody, or nobody that can be understood."""
        try:
            return cls(**json.loads(run.data.tags[HOLDER]))
        except (KeyError, TypeError, ValueError):
            return None

    def to_json(self) -> str:
        """Return the holder as the value of its tag, alive now."""
        return json.dumps(asdict(self) | {"beat": time.time()})

    @property
    def alive(self) -> bool:
        """Whether the process may still write.

        On this machine the process itself is looked at, however long it is silent: its epochs may
        be slow. A process of another machine counts as alive while the heartbeat is fresh; so does
        one of this machine whose start is not known.
        """
        if self.host == socket.gethostname():
            if not exists(self.pid):
                return False
            if self.start:
                return started(self.pid) == self.start
        return time.time() - self.beat < STALE_SECONDS

    def __str__(self) -> str:
        """Return where the process is found."""
        return f"process {self.pid} on {self.host}"


class Leases:
    """The runs that this process writes to.

    A run is taken by writing the holder's tag. Before a write, a lease whose heartbeat is due is
    read again: a process that slept for so long that another took its run over finds out before
    it writes, and stops.

    Arguments:
        client: the store's client.
        reserve: room on the disk, which is given back before runs are ended; None for none.
    """

    def __init__(self, client: MlflowClient, reserve: Reserve | None = None) -> None:
        self._reserve = reserve
        self.holder = Holder.here()
        self.client = client
        """The store's client."""
        self._beats: dict[str, float] = {}

    def take(self, run_id: str) -> None:
        """Take a run; that nobody else holds it has been checked."""
        self.client.set_tag(run_id, HOLDER, self.holder.to_json())
        self.add(run_id)

    def add(self, run_id: str) -> None:
        """Count a run as taken that was made with the holder's tag."""
        self._beats[run_id] = time.monotonic()

    def holds(self, run_id: str) -> bool:
        """Whether a run is still this process's, as far as the last heartbeat told."""
        return run_id in self._beats

    def drop(self, run_id: str) -> None:
        """Stop writing to a run."""
        self._beats.pop(run_id, None)

    def abandon(self, run_ids: Collection[str] | None = None, *, status: str) -> None:
        """End runs that are still held, and let them go.

        Arguments:
            run_ids: the runs; all by default.
            status: the status. What goes wrong here is said in the log; it must not hide why.
        """
        if self._reserve is not None:
            self._reserve.release()
        if isinstance(self.client, PatientClient):
            self.client.grant(status)
        for run_id in [held for held in self._beats if run_ids is None or held in run_ids]:
            try:
                self.client.set_terminated(run_id, status)
            except TrackingError as error:
                _log.error("run %s could not be ended: %s", run_id, error)
            except Exception:
                _log.exception("run %s could not be ended", run_id)
            self.drop(run_id)

    def beat(self) -> None:
        """Renew every lease that is due.

        Raises:
            TrackingError: another process has taken over one of the runs.
        """
        for run_id, last in list(self._beats.items()):
            if time.monotonic() - last < BEAT_SECONDS:
                continue
            holder = Holder.of(self.client.get_run(run_id))
            if holder is not None and holder.token != self.holder.token:
                self.drop(run_id)
                raise TrackingError(
                    "a run has one writer",
                    received=f"run {run_id}, taken over by {holder}",
                    fix="Let that process go on; this one was silent for too long.",
                )
            self.take(run_id)


def close_abandoned(client: MlflowClient, experiment_id: str) -> None:
    """End as KILLED the runs of processes of this machine that died without saying so.

    Arguments:
        client: the store's client.
        experiment_id: the experiment to look through.

    Example:
        >>> close_abandoned(client, "0")  # doctest: +SKIP
    """
    query = f"attributes.status = 'RUNNING' and tags.`{HOLDER}` LIKE '%'"
    for run in client.search_runs([experiment_id], query):
        holder = Holder.of(run)
        if holder is not None and holder.host == socket.gethostname() and not holder.alive:
            close_run(client, run)


def close_run(client: MlflowClient, run: Run) -> None:
    """End a run as KILLED at the time at which its process was last heard of."""
    holder = Holder.of(run)
    if holder is not None and holder.host == socket.gethostname():
        Artifacts(client, run.info.run_id, run.info.artifact_uri).sweep()
    ended = None if holder is None else int(holder.beat * 1000)
    client.set_terminated(run.info.run_id, "KILLED", end_time=ended)
