"""The heartbeats of trials that this process computes, from a thread beside it."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Self

from ib_mlflow.tuning.storage import BEAT_SECONDS

if TYPE_CHECKING:
    from optuna.storages import RDBStorage

_log = logging.getLogger(__name__)


class Heart:
    """Says at intervals that trials live, also while one call computes for an hour.

    Optuna beats in `Study.optimize` only, which knows no batches.

    Arguments:
        storage: of the trials.
    """

    def __init__(self, storage: RDBStorage) -> None:
        self._storage = storage
        self._lock = threading.Lock()
        self._trials: set[int] = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name="tuning-heart")

    def add(self, trial_id: int) -> None:
        """Begin with a trial: it has its first heartbeat when this returns."""
        self._storage.record_heartbeat(trial_id)
        with self._lock:
            self._trials.add(trial_id)

    def drop(self, trial_id: int) -> None:
        """Leave a trial that has ended."""
        with self._lock:
            self._trials.discard(trial_id)

    def _beat(self) -> None:
        while not self._end.wait(BEAT_SECONDS):
            with self._lock:
                trials = sorted(self._trials)
            for trial_id in trials:
                try:
                    self._storage.record_heartbeat(trial_id)
                except Exception as error:
                    # The next beat may get through, and the search itself finds out if none does.
                    _log.warning("a heartbeat was missed: %s", type(error).__name__)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the thread."""
        self._end.set()
        self._thread.join()
