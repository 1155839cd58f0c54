"""One line for who stopped a program, in place of a traceback or of nothing."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_ENDS = (128 + signal.SIGTERM, 128 + signal.SIGHUP)


@contextmanager
def announced(name: str, *, begins_anew: bool = False) -> Iterator[None]:
    """Say that a command was interrupted and may be given again; it still ends by its signal.

    Arguments:
        name: of the command.
        begins_anew: whether the same command would ignore what was computed.

    Raises:
        KeyboardInterrupt: as it came, but without a traceback where nobody catches it.
        SystemExit: as it came.

    Example:
        >>> with announced("main"):
        ...     pass
    """
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as error:
        by_signal = not isinstance(error, SystemExit) or error.code in _ENDS
        if not by_signal or hasattr(error, "announced"):
            raise
        again = "the same command goes on"
        if begins_anew:
            again = "the same command begins anew; without fresh=true it goes on"
        print(f"\n{name} was interrupted; {again}.", file=sys.stderr, flush=True)
        error.announced = True  # type: ignore[union-attr]
        _silence(error)
        raise


def _silence(error: BaseException) -> None:
    """Let Python print no traceback of this one exception, and end as it would have."""
    before = sys.excepthook

    def hook(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
        if value is not error:
            before(kind, value, trace)

    sys.excepthook = hook
