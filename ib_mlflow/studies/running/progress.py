"""The one loop of every computation that is recorded step by step, under a bar of progress."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from tqdm import tqdm

T = TypeVar("T")
Shown = Mapping[str, str]


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
    bar: tqdm[Any]
    with tqdm(total=total, desc=name, unit=unit, mininterval=pause) as bar:
        yield Progress(bar)


def record_steps(
    steps: Iterable[T],
    log: Callable[[T], tuple[int, Shown]],
    *,
    total: int,
    name: str,
    unit: str,
) -> None:
    """Take the steps of a computation one by one, and log each before the next is computed.

    Arguments:
        steps: computes them.
        log: records one, and gives its position and what the bar shows of it.
        total: the last position.
        name: what is computed.
        unit: what is counted.
    """
    with progress(total, name, unit) as bar:
        for step in steps:
            position, shown = log(step)
            bar.reach(position, **shown)
