"""Processes of this machine, each of which computes one item at a time on one thread.

`concurrent.futures` gives up all workers and all items when one worker is lost, and does not say
which item it had; here that item alone is begun again, and named if it is lost again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar, cast

from ib_mlflow.execution.agenda import Agenda
from ib_mlflow.execution.checks import check_number, check_outermost, pickled, shown
from ib_mlflow.execution.handle import WorkerProcess, ready, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

TICK = 1.0
"""How often `report` is called while nothing happens, in seconds."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class LocalExecutor:
    """Compute items on this machine: in this process, or side by side in several.

    With one worker each item is computed here when its result is asked for. With more, processes
    are started (not forked: torch and numba have threads) when there are items for them, with a
    thread each, and stay for the next `map`. A worker that is lost, for want of memory or by
    `kill -9`, is replaced, and its item begun again. Told to stop, the executor tells the workers
    (SIGTERM), waits for them, and ends those that take longer than half a minute. A worker whose
    parent is gone stops by itself.

    Arguments:
        workers: processes at most, 1 to 1024.
        retries: how often an item is begun again whose process was lost.

    Raises:
        ConfigurationError: another number of workers or retries, or workers within a worker.

    Example:
        >>> with LocalExecutor(workers=2) as executor:
        ...     list(executor.map(abs, [-3, -2, -1]))
        [3, 2, 1]
    """

    def __init__(self, workers: int, *, retries: int = 1) -> None:
        check_number("workers", workers, 1)
        check_number("retries", retries, 0)
        if workers > 1:
            check_outermost(f"workers={workers}")
        self.workers, self.retries = workers, retries
        self._idle: list[WorkerProcess] = []

    @property
    def in_process(self) -> bool:
        """Whether items are computed in this very process, one after the other."""
        return self.workers == 1

    @property
    def places(self) -> int:
        """How many items are computed at a time."""
        return self.workers

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        report: Callable[[int], None] | None = None,
    ) -> Generator[Result, None, None]:
        """Compute a function of each item, as `Executor.map` says."""
        tell = report or (lambda _: None)
        if self.in_process:
            return _computed_here(function, items, tell)
        entries = list(items)
        # Pickled before a process is started: a mistake shows at once.
        messages = [pickled(function, item) for item in entries]
        agenda = Agenda([shown(item) for item in entries], self.retries)
        results = self._computed(messages, agenda, tell)
        return cast("Generator[Result, None, None]", results)

    def close(self) -> None:
        """Stop the processes that wait for items; a later `map` starts new ones."""
        idle, self._idle = self._idle, []
        stop(idle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _computed(
        self, messages: Sequence[bytes], agenda: Agenda, report: Callable[[int], None]
    ) -> Generator[object, None, None]:
        running: dict[WorkerProcess, int] = {}
        try:
            while True:
                while len(running) < self.workers and (place := agenda.begin()) is not None:
                    worker = self._worker()
                    running[worker] = place
                    worker.send(messages[place])
                if not running:
                    break
                for worker in ready(running, TICK):
                    reply = worker.reply()
                    if reply is None:
                        agenda.lose(running[worker], worker.ending())
                    else:
                        self._idle.append(worker)
                        agenda.settle(running[worker], reply)
                    del running[worker]
                report(agenda.done)
                yield from agenda.results()
            agenda.check()
        finally:
            stop(running)

    def _worker(self) -> WorkerProcess:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
        return WorkerProcess()


def _computed_here(
    function: Callable[[Item], Result], items: Iterable[Item], report: Callable[[int], None]
) -> Generator[Result, None, None]:
    for done, item in enumerate(items, start=1):
        result = function(item)
        report(done)
        yield result
