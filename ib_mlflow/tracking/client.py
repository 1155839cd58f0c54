"""A client of the store that outlasts an outage, says so, and lets itself be stopped in it."""

from __future__ import annotations

import functools
import os
import time
from typing import TYPE_CHECKING, Any

from mlflow import MlflowClient

from ib_mlflow.tracking.outages import (
    ANSWER_SECONDS,
    LAST_SECONDS,
    MADE,
    RAISED,
    REPEATABLE,
    RETRIES,
    brief_requests,
    disk_is_full,
    given_up,
    is_away,
    log,
    quiet,
    was_not_reached,
)

if TYPE_CHECKING:
    from collections.abc import Callable

OUTAGE_SECONDS = 60.0
"""How long an outage of a database is waited for, in seconds."""
SERVER_SECONDS = 240.0
"""How long an outage of a tracking server is waited for, as MLflow's own client would."""
GRACE_SECONDS = {"FAILED": 60.0, "KILLED": 3.0}
"""How long the end of a process's runs may wait for the store once more, by their status."""
LONGEST_PAUSE = 5.0
"""Between two attempts, in seconds."""


class PatientClient(MlflowClient):
    """MLflow's client, whose calls are made again while the store is away.

    A database or a server that is restarted is away for seconds; what a study has computed must
    not depend on that. An outage has an end: then one line says so, and from then on no call
    waits until one has succeeded, but for a last grace in which runs are ended. A process that is
    told to stop does not wait. Who sets MLFLOW_HTTP_REQUEST_MAX_RETRIES leaves the waiting for a
    server to MLflow's own client, which is silent and cannot be stopped.

    Arguments:
        tracking_uri: of the store; the active one by default.
        sleep: waits for so many seconds, or raises what stops the process.

    Example:
        >>> PatientClient("sqlite:///mlflow.db").tracking_uri
        'sqlite:///mlflow.db'
    """

    def __init__(
        self, tracking_uri: str | None = None, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__(tracking_uri)
        self._sleep = sleep
        self._until: float | None = None
        """When no call waits any more; None as long as the store answers."""
        self._granted = False

    @property
    def patience(self) -> float:
        """How long an outage is waited for, in seconds."""
        if not self.tracking_uri.startswith("http"):
            return OUTAGE_SECONDS
        return 0.0 if RETRIES in os.environ else SERVER_SECONDS

    def grant(self, status: str) -> None:
        """Let the calls that end the runs wait once more, together, for a store that is away.

        Arguments:
            status: what the runs end as; who was told to stop waits for moments only.
        """
        if self._until is not None and not self._granted and self.patience:
            self._granted = True
            self._until = time.monotonic() + GRACE_SECONDS.get(status, 0.0)

    def _patiently(
        self,
        call: Callable[..., Any],
        arguments: tuple[Any, ...],
        options: dict[str, Any],
        passes: Callable[[Exception], bool],
    ) -> Any:
        began, pause = time.monotonic(), 0.1
        while True:
            try:
                with (
                    quiet(),
                    brief_requests(ANSWER_SECONDS if self._until is None else LAST_SECONDS),
                ):
                    result = call(*arguments, **options)
            except RAISED as error:
                if (full := disk_is_full(error)) is not None:
                    raise full from error
                if not self.patience or not passes(error):
                    raise
                now = time.monotonic()
                until = began + self.patience if self._until is None else self._until
                if now >= until:
                    self._until = min(now, until)
                    raise given_up(self.tracking_uri, now - began, error) from error
                if pause == 0.1:
                    log.warning(
                        "the tracking store is away: waiting for it, %.0f s at most", until - now
                    )
                self._pause(min(pause, until - now))
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            if pause > 0.1:
                log.warning("the tracking store is back")
            self._until = None
            return result

    def _pause(self, seconds: float) -> None:
        try:
            self._sleep(seconds)
        except BaseException:
            # Told to stop in an outage: the clean-up does not begin to wait again.
            self._until = time.monotonic()
            raise


def _patient(name: str, passes: Callable[[Exception], bool]) -> Callable[..., Any]:
    @functools.wraps(getattr(MlflowClient, name))
    def call(self: PatientClient, *arguments: Any, **options: Any) -> Any:
        bare = getattr(super(PatientClient, self), name)
        return self._patiently(bare, arguments, options, passes)

    return call


for _name in REPEATABLE:
    setattr(PatientClient, _name, _patient(_name, is_away))
for _name in MADE:
    setattr(PatientClient, _name, _patient(_name, was_not_reached))
