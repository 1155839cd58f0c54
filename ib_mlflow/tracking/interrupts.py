"""Signals: told to stop, a study stops between two writes and says so in its runs."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, Self

from ib_mlflow.tracking.processes import exists

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

AGAIN_SECONDS = 0.05
"""After so many seconds a signal comes again whose exception was lost."""
STEP_SECONDS = 0.1
"""So often a wait in a write asks whether a signal has come."""
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Terminated(SystemExit):
    """The process was told to stop; its exit code is 128 + the signal's number."""


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """A computation was stopped before its end, on purpose; whoever asks for it goes on."""


def status_of(error: BaseException | None) -> str:
    """Return the status that a run ends with.

    Arguments:
        error: what ended it; None for nothing.

    Returns:
        "FINISHED", "KILLED" when it was told to stop or was stopped, else "FAILED".

    Example:
        >>> status_of(Terminated(143)), status_of(ValueError()), status_of(None)
        ('KILLED', 'FAILED', 'FINISHED')
    """
    if error is None:
        return "FINISHED"
    return "KILLED" if isinstance(error, (Terminated, Stopped, KeyboardInterrupt)) else "FAILED"


class Interrupts:
    """Raise `Terminated` on SIGTERM and SIGHUP, KeyboardInterrupt on SIGINT, but not in a write.

    The second and later signals are ignored: the first one's clean-up is under way (`mlflow run`
    answers Ctrl-C with a SIGTERM to a child that already got the SIGINT). Outside of the main
    thread Python delivers no signals, and nothing is installed.

    A signal may arrive in a finaliser, such as a weak reference's in a database's library, where
    Python prints what is raised and goes on. It then comes again.

    Arguments:
        launcher: process id of the `mlflow run` that started this process. When it dies, the
            study has lost who waits for it, and stops too; None for a study started by hand.

    Example:
        >>> with Interrupts() as interrupts, interrupts.held():
        ...     pass  # a signal that arrives here is raised at the end of the block
    """

    def __init__(self, launcher: int | None = None) -> None:
        self._launcher = launcher
        self._depth = 0
        self._waiting: int | None = None
        self._raised = False
        self._error: BaseException | None = None
        self._hook = sys.unraisablehook
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                before = signal.getsignal(number)
                # nohup and background shells ignore some on purpose; None is not Python's own.
                if before not in (signal.SIG_IGN, None):
                    self._before[number] = signal.signal(number, self._receive)
            self._hook = sys.unraisablehook
            sys.unraisablehook = self._lost
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
        if sys.unraisablehook == self._lost:
            sys.unraisablehook = self._hook
        self._before.clear()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let what is being written be written: a signal waits for the end of the block.

        Raises:
            Terminated: SIGTERM or SIGHUP arrived meanwhile, or the launcher is gone.
            KeyboardInterrupt: SIGINT arrived meanwhile.
        """
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        if self._depth == 0 and not self._raised:
            if self._waiting is not None:
                self._stop(self._waiting)
            if self._launcher is not None and not exists(self._launcher):
                self._stop(signal.SIGTERM)

    def pause(self, seconds: float) -> None:
        """Wait, also in what is written: a signal ends the wait, for nothing is being written.

        Arguments:
            seconds: how long.

        Raises:
            Terminated: SIGTERM or SIGHUP arrived.
            KeyboardInterrupt: SIGINT arrived.

        Example:
            >>> with Interrupts() as interrupts, interrupts.held():
            ...     interrupts.pause(0.01)
        """
        end = time.monotonic() + seconds
        while True:
            if self._waiting is not None and not self._raised:
                self._stop(self._waiting)
            if (left := end - time.monotonic()) <= 0:
                return
            time.sleep(min(left, STEP_SECONDS))

    def _receive(self, number: int, _: FrameType | None) -> None:
        if self._raised:
            return
        if self._depth:
            self._waiting = number
        else:
            self._stop(number)

    def _stop(self, number: int) -> NoReturn:
        self._raised = True
        stop = KeyboardInterrupt() if number == signal.SIGINT else Terminated(128 + number)
        self._error = stop
        raise stop

    def _lost(self, unraisable: sys.UnraisableHookArgs) -> None:
        error = unraisable.exc_value
        if error is None or error is not self._error:
            self._hook(unraisable)
            return
        self._raised, self._error = False, None
        code = error.code if isinstance(error, Terminated) else 128 + signal.SIGINT
        again = threading.Timer(AGAIN_SECONDS, os.kill, (os.getpid(), int(str(code)) - 128))
        again.daemon = True
        again.start()
