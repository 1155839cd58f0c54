"""What runs in a worker process: item by item, until it is told to stop or left alone."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

STOP_SECONDS = 30.0
"""How long a process that was told to stop may take to end what it writes, in seconds."""
ENVIRONMENT = {
    # The workers share the cores among themselves.
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    # The terminal is the parent's.
    "TQDM_DISABLE": "1",
}
"""What a worker's environment says from its first moment on: libraries read it when they load."""
_inside = False


@dataclass(frozen=True)
class Reply:
    """What became of an item.

    Arguments:
        result: what the function returned.
        error: what it raised; None for nothing.
        trace: the lines of its traceback, which an exception loses between processes.
    """

    result: object = None
    error: Exception | None = None
    trace: str = ""


def in_worker() -> bool:
    """Whether this process computes items for another one, and leaves the terminal to it.

    Example:
        >>> in_worker()
        False
    """
    return _inside


def serve(connection: Connection) -> None:
    """Answer each pickled (function, item) with a pickled `Reply`, until the other side closes.

    Arguments:
        connection: to the parent.
    """
    global _inside
    _inside = True
    # A terminal tells the whole group of processes; here the parent alone says when to stop.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGHUP))
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    while True:
        try:
            connection.send_bytes(answer(connection.recv_bytes()))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


def answer(message: bytes) -> bytes:
    """Compute one item.

    Arguments:
        message: the pickled pair of the function and the item.

    Returns:
        The pickled `Reply`; always one that can be read back.

    Example:
        >>> pickle.loads(answer(pickle.dumps((abs, -3)))).result
        3
        >>> pickle.loads(answer(pickle.dumps((abs, "a")))).error
        TypeError("bad operand type for abs(): 'str'")
    """
    try:
        function, item = pickle.loads(message)
    except Exception as error:
        return _failure(
            InvalidInputError(
                "what is computed in another process must be importable there",
                received=f"{type(error).__name__}: {error}",
                fix="Define it at the top of a module, and start the program under "
                'if __name__ == "__main__".',
            )
        )
    try:
        result = function(item)
    except Exception as error:
        return _failure(error)
    try:
        return pickle.dumps(Reply(result))
    except Exception as error:
        return _failure(
            InvalidInputError(
                "a result must be picklable to come back from another process",
                received=f"{type(result).__name__}: {error}",
                fix="Return plain values or arrays.",
            )
        )


def read(message: bytes) -> Reply:
    """Read what `answer` wrote; one that cannot be read here is an error of the item.

    Example:
        >>> read(answer(pickle.dumps((abs, -3)))).result
        3
    """
    try:
        reply: Reply = pickle.loads(message)
    except Exception as error:
        return Reply(error=error)
    return reply


def _failure(error: Exception) -> bytes:
    trace = "".join(traceback.format_exception(error))
    try:
        message = pickle.dumps(Reply(error=error, trace=trace))
        pickle.loads(message)
    except Exception:
        # Many exceptions can be pickled and not read back: their arguments are not their message.
        return pickle.dumps(
            Reply(error=RuntimeError(f"{type(error).__name__}: {error}"), trace=trace)
        )
    return message


def _stop_with_parent() -> None:
    """Stop when the parent is gone, however it went: nobody waits for the results."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        os._exit(128 + signal.SIGTERM)
