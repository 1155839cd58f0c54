"""Workers of a Dask cluster, each of which computes an item in a process of its own.

Dask begins a lost item again by itself, up to a number that is the scheduler's own, and does not
say so. Here each item goes to a worker that has a place for it, so that a loss is noticed, said
and counted as on this machine.
"""

from __future__ import annotations

import logging
import time
import uuid
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Self, TypeVar, cast

from ib_mlflow.errors import ConfigurationError, IBError
from ib_mlflow.execution import attempts
from ib_mlflow.execution.agenda import Agenda
from ib_mlflow.execution.checks import check_number, check_outermost, pickled, shown
from ib_mlflow.execution.roster import Roster
from ib_mlflow.execution.scheduler import answering, check_address, connect, lost
from ib_mlflow.execution.worker import Reply, read

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from distributed import Client, Future

    from ib_mlflow.execution.roster import Seat

RESULT_SECONDS = 60.0
"""How long a result may take on its way, in seconds."""
TICK = 1.0
"""How often workers are counted and `report` is called while nothing happens, in seconds."""
_log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")


class DaskExecutor:
    """Compute items on the workers of a Dask cluster.

    A Dask worker computes as many items at a time as it has threads, each in a process beside it
    that has one thread, so that results are those of this machine, bit for bit on machines of one
    kind. Workers may come while items are computed. An item whose worker or process is lost is
    begun again on another; told to stop, the executor has the processes told (SIGTERM) and waits
    for them. Items of a process that was killed are stopped by their workers.

    Each worker needs the same version of this package, and what the items name: data, stores.

    Arguments:
        address: of the scheduler, as tcp://127.0.0.1:8786; tls:// takes certificates from Dask's
            own configuration.
        retries: how often an item is begun again that was lost.
        resources: what each item takes of a worker's resources, as {"GPU": 1}.

    Raises:
        ConfigurationError: no scheduler answers, or a worker lacks this version of the package or
            no worker offers the resources; another number of retries; within a worker.

    Example:
        >>> with DaskExecutor("tcp://127.0.0.1:8786") as executor:  # doctest: +SKIP
        ...     list(executor.map(abs, [-3, -2, -1]))
        [3, 2, 1]
    """

    def __init__(
        self,
        address: str,
        *,
        retries: int = 2,
        resources: Mapping[str, float] | None = None,
    ) -> None:
        check_number("retries", retries, 0)
        check_outermost(f"cluster={check_address(address)}")
        self.address, self.retries, self.resources = address, retries, dict(resources or {})
        self._token = uuid.uuid4().hex
        self._client: Client = connect(address)
        self._roster = Roster(self._client, self.resources)
        try:
            self._roster.check()
        except BaseException:
            self._client.close()
            raise

    @property
    def in_process(self) -> bool:
        """Whether items are computed in this very process: never."""
        return False

    @property
    def places(self) -> int:
        """How many items the workers that are there compute at a time."""
        return sum(seat.places for seat in self._roster.usable(last=False).values())

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        report: Callable[[int], None] | None = None,
    ) -> Generator[Result, None, None]:
        """Compute a function of each item, as `Executor.map` says."""
        entries = list(items)
        messages = [pickled(function, item) for item in entries]
        agenda = Agenda([shown(item) for item in entries], self.retries)
        results = self._computed(messages, agenda, report or (lambda _: None))
        return cast("Generator[Result, None, None]", results)

    def close(self) -> None:
        """Stop the processes that wait for items, and leave the cluster."""
        try:
            if self._client.status == "running":
                self._client.run(attempts.dismiss, self._token, on_error="ignore")
        except Exception:
            # The workers end them by themselves, a while later.
            _log.warning("the cluster's idle processes could not be ended now", exc_info=True)
        finally:
            self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _computed(
        self, messages: Sequence[bytes], agenda: Agenda, report: Callable[[int], None]
    ) -> Generator[object, None, None]:
        running: dict[Future, tuple[int, Seat]] = {}
        batch, warned = uuid.uuid4().hex, False
        try:
            while True:
                present = self._roster.usable(last=not running)
                for future, (place, seat) in list(running.items()):
                    if not future.done() and present.get(seat.address) != seat:
                        del running[future]
                        self._client.cancel([future])
                        agenda.lose(place, f"the Dask worker {seat.address} is gone")
                while (free := _freest(present, running)) is not None:
                    if (begun := agenda.begin()) is None:
                        break
                    running[self._begin(messages[begun], batch, free)] = begun, free
                if not running and not agenda.pending:
                    break
                if not running and not warned:
                    _log.warning("%s has no worker now: waiting for one", self.address)
                warned = not running
                for future in self._done(list(running)):
                    self._take(future, *running.pop(future), agenda)
                report(agenda.done)
                yield from agenda.results()
            agenda.check()
        finally:
            if running:
                self._stop(list(running), batch)

    def _begin(self, message: bytes, batch: str, seat: Seat) -> Future:
        key = f"ib_mlflow-{uuid.uuid4().hex}"
        order = attempts.Order(self._token, batch, key, message)
        with answering(self._client):
            return self._client.submit(
                attempts.attempt,
                order,
                key=key,
                workers=[seat.address],
                allow_other_workers=False,
                resources=self.resources or None,
                retries=0,
                pure=False,
            )

    def _done(self, futures: list[Future]) -> list[Future]:
        """Wait until an item is computed, a second at most."""
        from distributed import wait

        if not futures:
            time.sleep(TICK)
        else:
            with self._client.as_current(), answering(self._client), suppress(TimeoutError):
                wait(futures, timeout=TICK, return_when="FIRST_COMPLETED")
        return [future for future in futures if future.done()]

    def _take(self, future: Future, place: int, seat: Seat, agenda: Agenda) -> None:
        if future.status == "finished":
            try:
                outcome = cast("attempts.Outcome", future.result(timeout=RESULT_SECONDS))
            except (OSError, CancelledError) as error:
                # Its worker ended between computing the result and handing it over.
                agenda.lose(place, f"its result was lost with {seat.address}: {error!r}")
                return
            if outcome.answer is None:
                agenda.lose(place, f"{outcome.ending}, on {outcome.host}")
            else:
                agenda.settle(place, _placed(read(outcome.answer), outcome.host))
        elif future.status == "error":
            agenda.settle(place, Reply(error=_of_dask(future, seat)))
        else:
            raise lost(self._client, "it has forgotten an item")

    def _stop(self, futures: list[Future], batch: str) -> None:
        if self._client.status != "running":
            # The workers of a scheduler that is gone end, and their processes with them.
            return
        try:
            self._client.cancel(futures)
            left = self._client.run(attempts.settled, batch, on_error="ignore")
        except Exception:
            _log.exception(
                "the cluster could not be told to stop; its workers notice by themselves"
            )
            return
        for address, count in left.items():
            if count:
                _log.error("%s: %s items compute on, though told to stop", address, count)


def _freest(present: dict[str, Seat], running: dict[Future, tuple[int, Seat]]) -> Seat | None:
    """Find the worker with the most free places."""
    free = {address: seat.places for address, seat in present.items()}
    for _, seat in running.values():
        free[seat.address] = free.get(seat.address, 0) - 1
    best = max(present, key=lambda address: free[address], default=None)
    return present[best] if best is not None and free[best] > 0 else None


def _placed(reply: Reply, host: str) -> Reply:
    """Say in an error of ours on which machine it was raised: data and stores are that one's."""
    error = reply.error
    if not isinstance(error, IBError):
        return reply
    placed = type(error)(error.invariant, received=f"{error.received}, on {host}", fix=error.fix)
    return Reply(error=placed, trace=reply.trace)


def _of_dask(future: Future, seat: Seat) -> Exception:
    error = future.exception()
    return ConfigurationError(
        "a Dask worker must be able to take an item",
        received=f"{type(error).__name__} on {seat.address}: {error}",
        fix="Start it with the same versions of ib_mlflow and dask.",
    )
