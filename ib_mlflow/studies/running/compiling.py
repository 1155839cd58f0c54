"""Saying that kernels are compiled, while a bar of progress stands still."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from numba.core import event

COMPILING = "compiling kernels, once"


class _Listener(event.Listener):
    def __init__(self, note: Callable[[str], None]) -> None:
        self._note, self._said = note, False

    def on_start(self, _: event.Event) -> None:
        if not self._said:
            self._said = True
            self._note(COMPILING)

    def on_end(self, _: event.Event) -> None:
        """What follows says how far the computation is."""


@contextmanager
def compiling_shown(note: Callable[[str], None]) -> Iterator[None]:
    """Say once when a kernel is compiled; one that is read from numba's cache is not.

    Arguments:
        note: shows words.

    Example:
        >>> import numba
        >>> with compiling_shown(print):
        ...     numba.njit(lambda x: x + 1)(2)
        compiling kernels, once
        3
    """
    with event.install_listener("numba:compile", _Listener(note)):
        yield
