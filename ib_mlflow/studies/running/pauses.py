"""Saying why a bar of progress stands still: kernels are compiled, or a library is imported."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec

from numba.core import event

COMPILING = "compiling kernels, once"
IMPORTING = "importing what saves models, once"
LONG = ("mlflow.pyfunc", "mlflow.pytorch")
"""Imported where the first model is logged, which takes seconds."""


class _Listener(event.Listener):
    def __init__(self, note: Callable[[str], None]) -> None:
        self._note, self._said = note, False

    def on_start(self, _: event.Event) -> None:
        if not self._said:
            self._said = True
            self._note(COMPILING)

    def on_end(self, _: event.Event) -> None:
        """What follows says how far the computation is."""


class _Finder(MetaPathFinder):
    """It finds nothing: it hears what is looked for, which is what is not imported yet."""

    def __init__(self, note: Callable[[str], None], names: Sequence[str]) -> None:
        self._note, self._names, self._said = note, names, False

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        if fullname in self._names and not self._said:
            self._said = True
            self._note(IMPORTING)
        return None


@contextmanager
def pauses_shown(note: Callable[[str], None], *, imports: Sequence[str] = LONG) -> Iterator[None]:
    """Say once when a kernel is compiled, and once when what takes long is imported.

    A kernel that is read from numba's cache is not compiled, and a module that is there already is
    not imported.

    Arguments:
        note: shows words.
        imports: the modules whose import is said.

    Example:
        >>> import numba
        >>> with pauses_shown(print):
        ...     numba.njit(lambda x: x + 1)(2)
        compiling kernels, once
        3
    """
    finder = _Finder(note, imports)
    sys.meta_path.insert(0, finder)
    try:
        with event.install_listener("numba:compile", _Listener(note)):
            yield
    finally:
        sys.meta_path.remove(finder)
