"""The one bar of progress."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

LOCK = threading.RLock()


class Progress:
    """A bar that stands at a position.

    Arguments:
        bar: as tqdm draws it.
    """

    def __init__(self, bar: "tqdm[Any]") -> None:
        self._bar = bar

    def reach(self, position: int, **shown: str) -> None:
        """Move to a position, and show some values behind the bar."""
        self._bar.set_postfix(shown, refresh=False)
        self._bar.update(position - self._bar.n)

    def note(self, words: str) -> None:
        """Show at once what goes on while the bar stands still."""
        self._bar.set_postfix_str(words)


@contextmanager
def progress(total: int, name: str, unit: str) -> Iterator[Progress]:
    """Show how far a computation is.

    A log file gets a line now and then, a terminal a moving bar.

    Arguments:
        total: its last position.
        name: what is computed.
        unit: what is counted, as "epoch".

    Example:
        >>> with progress(8, "tanh", "epoch") as bar:  # doctest: +SKIP
        ...     bar.reach(4, validation_accuracy="0.95")
    """
    pause = 0.2 if sys.stderr.isatty() else 10.0
    # tqdm's own lock is one between processes, which a process that is ended leaves behind.
    tqdm.set_lock(LOCK)
    bar: tqdm[Any]
    with tqdm(total=total, desc=name, unit=unit, mininterval=pause) as bar:
        yield Progress(bar)
