"""Which items wait, which are done, which have failed, and in which order that is told."""

from __future__ import annotations

import logging
from collections import Counter, deque
from typing import TYPE_CHECKING

from ib_mlflow.errors import ExecutionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ib_mlflow.execution.worker import Reply

_log = logging.getLogger(__name__)


class Agenda:
    """The items of one `map`, by their place.

    Arguments:
        names: how an error names each item.
        retries: how often an item is begun again whose process was lost.

    Example:
        >>> from ib_mlflow.execution.worker import Reply
        >>> agenda = Agenda(["1", "2"], retries=0)
        >>> agenda.begin(), agenda.begin(), agenda.begin()
        (0, 1, None)
        >>> agenda.settle(1, Reply("second"))
        >>> list(agenda.results())
        []
        >>> agenda.settle(0, Reply("first"))
        >>> list(agenda.results())
        ['first', 'second']
    """

    def __init__(self, names: Sequence[str], retries: int) -> None:
        self._names, self._retries = names, retries
        self._waiting = deque(range(len(names)))
        self._results: dict[int, object] = {}
        self._failures: dict[int, Exception] = {}
        self._losses: Counter[int] = Counter()
        self._yielded = 0

    @property
    def done(self) -> int:
        """How many items have come to their end, good or bad."""
        return self._yielded + len(self._results) + len(self._failures)

    @property
    def pending(self) -> bool:
        """Whether an item waits to be begun; those behind a failure do not."""
        # What stands before a failure is still owed: it may have been lost meanwhile.
        least = min(self._failures, default=len(self._names))
        return bool(self._waiting) and self._waiting[0] < least

    def begin(self) -> int | None:
        """Take the next item; None if there is none, or one before it has failed."""
        return self._waiting.popleft() if self.pending else None

    def settle(self, place: int, reply: Reply) -> None:
        """Take what a worker answered."""
        if reply.error is None:
            self._results[place] = reply.result
            return
        if reply.trace:
            reply.error.add_note(f"In the worker:\n{reply.trace}")
        self._fail(place, reply.error)

    def lose(self, place: int, how: str) -> None:
        """Let an item wait again whose process was lost; or fail it, if that was once too often.

        Arguments:
            place: the item's.
            how: the process ended.
        """
        self._losses[place] += 1
        if self._losses[place] <= self._retries:
            _log.warning("%s: its process was lost (%s); begun again", self._name(place), how)
            self._waiting.appendleft(place)
            return
        error = ExecutionError(
            "a process must live until its item is computed",
            received=f"{how} at {self._name(place)} ({self._losses[place]} of "
            f"{self._retries + 1} attempts)",
            fix="If the system ended it for want of memory, take fewer workers.",
        )
        self._fail(place, error)

    def results(self) -> Iterator[object]:
        """Give each result whose turn it is, once."""
        while self._yielded in self._results:
            self._yielded += 1
            yield self._results.pop(self._yielded - 1)

    def check(self) -> None:
        """Raise the first failure in the order of the items, if there is one.

        Raises:
            Exception: what the item raised, with a note of what else was not computed.
        """
        if not self._failures:
            return
        first, *others = sorted(self._failures)
        error = self._failures[first]
        for place in others:
            error.add_note(f"{self._name(place)} has failed too: {self._failures[place]}")
        if self._waiting:
            error.add_note(f"{len(self._waiting)} of {len(self._names)} items were not begun.")
        raise error

    def _fail(self, place: int, error: Exception) -> None:
        self._failures[place] = error
        _log.error(
            "%s has failed; what runs is finished, nothing is begun: %s", self._name(place), error
        )

    def _name(self, place: int) -> str:
        return f"item {place + 1} of {len(self._names)}, {self._names[place]}"
