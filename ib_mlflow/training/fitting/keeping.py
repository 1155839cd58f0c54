"""A training that is looked after while it runs: kept by the clock, and said to live."""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

EVERY_SECONDS = 60.0
"""A training is kept where this long has passed since it was kept last, at whichever update."""


@dataclass
class Keeper:
    """Who looks after the trainings of this thread.

    Arguments:
        keep: takes a checkpoint of a training between two evaluations.
        beat: is told that it goes on, also while nothing is there to be kept.
        every: seconds between two of either.
    """

    keep: Callable[[Mapping[str, Any]], None]
    beat: Callable[[], None]
    every: float
    last: float = field(default_factory=time.monotonic)

    def due(self) -> bool:
        """Whether it is time; the next time is then counted from now."""
        now = time.monotonic()
        if now - self.last < self.every:
            return False
        self.last = now
        return True


_KEEPER: ContextVar[Keeper | None] = ContextVar("keeper", default=None)


@contextmanager
def kept(
    keep: Callable[[Mapping[str, Any]], None],
    beat: Callable[[], None],
    *,
    every: float | None = None,
) -> Iterator[None]:
    """Keep what `fit` trains in this block by the clock, and say meanwhile that it goes on.

    Arguments:
        keep: takes a checkpoint, from which `fit` goes on with the same bits on the CPU.
        beat: called where time has passed in an evaluation, or in what is computed of a network.
        every: seconds between two calls at least; `EVERY_SECONDS` by default.

    Example:
        >>> states = []
        >>> with kept(states.append, lambda: None, every=0.0):
        ...     keeper().due()
        True
    """
    token = _KEEPER.set(Keeper(keep, beat, EVERY_SECONDS if every is None else every))
    try:
        yield
    finally:
        _KEEPER.reset(token)


def keeper() -> Keeper | None:
    """Who looks after this thread's trainings; None for nobody."""
    return _KEEPER.get()


def pulse() -> None:
    """Say that a computation goes on, where it is time."""
    looks_after = _KEEPER.get()
    if looks_after is not None and looks_after.due():
        looks_after.beat()
