"""A worker process as its parent sees it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from ib_mlflow.execution.worker import ENVIRONMENT, STOP_SECONDS, read, serve

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from multiprocessing.connection import Connection

    from ib_mlflow.execution.worker import Reply

_CONTEXT = multiprocessing.get_context("spawn")


class WorkerProcess:
    """A process that computes item by item, started when it is made.

    Example:
        >>> import pickle
        >>> worker = WorkerProcess()
        >>> worker.send(pickle.dumps((abs, -3)))
        >>> [worker.reply().result for worker in ready([worker], seconds=60.0)]
        [3]
        >>> stop([worker])
        >>> worker.alive
        False
    """

    def __init__(self) -> None:
        self._connection, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=serve, args=(theirs,), daemon=True)
        with _as_a_worker():
            self._process.start()
        # With the other end open here too, the death of the worker would not be noticed.
        theirs.close()

    @property
    def alive(self) -> bool:
        """Whether it may still answer."""
        return self._process.is_alive()

    @property
    def handles(self) -> tuple[Connection, int]:
        """What becomes ready when it has answered, and when it has ended."""
        return self._connection, self._process.sentinel

    def send(self, message: bytes) -> None:
        """Give it an item; that it is lost shows in the reply."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self._connection.send_bytes(message)

    def answer(self) -> bytes | None:
        """Take its answer once it is ready, unread; None if the process was lost."""
        try:
            return self._connection.recv_bytes() if self._connection.poll() else None
        except (EOFError, OSError):
            return None

    def reply(self) -> Reply | None:
        """Read its answer once it is ready; None if the process was lost."""
        message = self.answer()
        return None if message is None else read(message)

    def ending(self) -> str:
        """Wait for the end of a lost process, and say how it ended."""
        self._process.join(STOP_SECONDS)
        code = self._process.exitcode
        if code is None:
            self.kill()
            return "it no longer answered"
        return (
            f"it ended with code {code}" if code >= 0 else f"ended by {signal.Signals(-code).name}"
        )

    def tell(self) -> None:
        """Tell it to stop."""
        self._process.terminate()

    def wait(self, seconds: float) -> None:
        """Wait for its end, at most so long."""
        self._process.join(max(0.0, seconds))

    def kill(self) -> None:
        """End it at once, if it runs."""
        self._process.kill()
        self._process.join()
        self._connection.close()


def ready(workers: Collection[WorkerProcess], seconds: float) -> list[WorkerProcess]:
    """Wait until a worker has answered or ended.

    Arguments:
        workers: one or more.
        seconds: how long to wait at most.

    Returns:
        Those that have; none after that time.
    """
    handles = [handle for worker in workers for handle in worker.handles]
    signalled = set(wait(handles, seconds))
    return [worker for worker in workers if not signalled.isdisjoint(worker.handles)]


def stop(workers: Collection[WorkerProcess]) -> None:
    """End workers: tell all, wait for all, and kill those that take too long.

    Arguments:
        workers: some may have ended.
    """
    deadline = time.monotonic() + STOP_SECONDS
    try:
        for worker in workers:
            worker.tell()
        for worker in workers:
            worker.wait(deadline - time.monotonic())
    finally:
        # Also when a second Ctrl-C cuts the wait short.
        for worker in workers:
            worker.kill()


@contextmanager
def _as_a_worker() -> Iterator[None]:
    """Let a process that is started begin with a worker's environment, and deaf to the terminal."""
    # Started with the first process, it would let the signals through again.
    resource_tracker.ensure_running()
    signals = signal.SIGINT, signal.SIGHUP
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    environment = {name: os.environ.get(name) for name in ENVIRONMENT}
    os.environ.update(ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in environment.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
