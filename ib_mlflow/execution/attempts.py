"""What runs in a Dask worker: each item in a process of its own, as on this machine.

A thread of a Dask worker cannot be stopped, shares its process with others, and its libraries have
threads of their own. So the thread only waits, beside a process like those of `LocalExecutor`: what
is computed there has the same environment, the same bits and the same signals.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ib_mlflow.execution.handle import WorkerProcess, ready, stop
from ib_mlflow.execution.worker import STOP_SECONDS

if TYPE_CHECKING:
    from distributed import Worker

TICK = 0.25
"""How often a waiting thread asks whether its item is still wanted, in seconds."""
KEPT_SECONDS = 300.0
"""How long a process waits for its executor's next item before it is ended, in seconds."""
_WANTED = ("executing", "long-running")
_OPEN = ("running", "paused", "closing_gracefully")
_lock = threading.Lock()
_idle: dict[str, list[WorkerProcess]] = defaultdict(list)
_running: Counter[str] = Counter()


@dataclass(frozen=True)
class Order:
    """An item on its way to a Dask worker; its contents are in no log of Dask's.

    Arguments:
        executor: who asks; its processes are kept for its next items.
        batch: the `map` that the item belongs to.
        key: by which Dask knows it.
        message: the pickled function and item.
    """

    executor: str
    batch: str
    key: str
    message: bytes = field(repr=False)


@dataclass(frozen=True)
class Outcome:
    """What became of an order.

    Arguments:
        host: where.
        answer: the pickled reply; None if the process was lost.
        ending: how it was.
    """

    host: str
    answer: bytes | None = field(default=None, repr=False)
    ending: str = ""


def attempt(order: Order) -> Outcome:
    """Compute an item in a process beside the Dask worker, while it is wanted.

    Called in a thread of a Dask worker. The process is told to stop when the item was cancelled,
    when who asked for it is gone, or when the worker closes.

    Arguments:
        order: the item.
    """
    from distributed import get_worker

    dask_worker, host = get_worker(), socket.gethostname()
    with _lock:
        _running[order.batch] += 1
    process: WorkerProcess | None = None
    try:
        process = _take(order.executor)
        process.send(order.message)
        while not ready([process], TICK):
            if not _is_wanted(dask_worker, order.key):
                stop([process])
                return Outcome(host, ending="it was told to stop")
        answer = process.answer()
        if answer is None:
            return Outcome(host, ending=process.ending())
        _keep(order.executor, process)
        process = None
        return Outcome(host, answer)
    finally:
        if process is not None:
            process.kill()
        with _lock:
            _running[order.batch] -= 1


async def settled(batch: str) -> int:
    """Wait in a Dask worker for the end of the processes of a `map` that was cancelled.

    Arguments:
        batch: the `map`.

    Returns:
        How many run on nevertheless.
    """
    deadline = time.monotonic() + STOP_SECONDS + 2 * TICK
    while _running[batch] and time.monotonic() < deadline:
        await asyncio.sleep(TICK)
    with _lock:
        return _running.pop(batch, 0)


async def dismiss(executor: str) -> None:
    """End the idle processes of an executor in a Dask worker.

    Arguments:
        executor: whose they are.
    """
    with _lock:
        processes = _idle.pop(executor, [])
    await asyncio.to_thread(stop, processes)


def _take(executor: str) -> WorkerProcess:
    # One at a time: a process is started with an environment of its own.
    with _lock:
        while _idle[executor]:
            process = _idle[executor].pop()
            if process.alive:
                return process
        # Dask's nannies start daemons, and daemons may have no children.
        multiprocessing.current_process().daemon = False
        return WorkerProcess()


def _keep(executor: str, process: WorkerProcess) -> None:
    with _lock:
        _idle[executor].append(process)
    # Whoever was killed dismisses nobody.
    timer = threading.Timer(KEPT_SECONDS, _let_go, (executor, process))
    timer.daemon = True
    timer.start()


def _let_go(executor: str, process: WorkerProcess) -> None:
    with _lock:
        if process not in _idle.get(executor, []):
            return
        _idle[executor].remove(process)
    stop([process])


def _is_wanted(dask_worker: Worker, key: str) -> bool:
    task = dask_worker.state.tasks.get(key)
    return task is not None and task.state in _WANTED and dask_worker.status.name in _OPEN
