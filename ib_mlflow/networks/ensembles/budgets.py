"""A limit on how long a pass with other numbers may go on: loops end by what they compute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch.overrides import TorchFunctionMode

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES, MORE = 10, 1000
"""How many times as many calls as the network's own pass, and how many beyond these."""


class TooLongError(RuntimeError):
    """A pass that was ended, since it called torch more often than it may."""


class Budget(TorchFunctionMode):
    """Counts calls of torch, and ends a pass that makes too many.

    A forward pass that goes on until it has converged may never do so with other weights.

    Arguments:
        limit: calls that are allowed; None for any number.

    Example:
        >>> import torch
        >>> with Budget(None) as budget:
        ...     total = torch.ones(2).sum()
        >>> budget.calls > 0
        True
    """

    def __init__(self, limit: int | None) -> None:
        super().__init__()
        self.limit, self.calls = limit, 0

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Count a call, and make it."""
        self.calls += 1
        if self.limit is not None and self.calls > self.limit:
            raise TooLongError(f"{self.calls} calls")
        return func(*args, **(kwargs or {}))

    @property
    def ample(self) -> int:
        """A limit for passes with other numbers, by what this one took."""
        return TIMES * self.calls + MORE
