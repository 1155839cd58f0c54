"""Which epochs are measured."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Schedule:
    """The measured epochs; training ends with the last of them.

    Arguments:
        epochs: increasing integers, the first one 0: before training.

    Raises:
        InvalidInputError: if they are not.

    Example:
        >>> Schedule((0, 1, 2, 10)).last
        10
    """

    epochs: tuple[int, ...]

    def __post_init__(self) -> None:
        try:
            epochs = tuple(operator.index(epoch) for epoch in self.epochs)
        except TypeError:
            epochs = ()
        if not epochs or epochs[0] != 0 or any(b <= a for a, b in pairwise(epochs)):
            raise InvalidInputError(
                "measured epochs must be increasing integers that start with 0",
                received=self.epochs,
                fix="Use Schedule.of, which sorts them and adds 0, or Schedule.geometric.",
            )
        object.__setattr__(self, "epochs", epochs)

    @property
    def last(self) -> int:
        """The epoch after which training ends."""
        return self.epochs[-1]

    @classmethod
    def geometric(cls, last: int, *, dense: int = 50, ratio: float = 1.05) -> Self:
        """Every epoch at first, then ever sparser: layers move fastest early.

        Arguments:
            last: the last epoch, at least 0.
            dense: every epoch up to this one is measured.
            ratio: of each later measured epoch to the one before it, above 1.

        Returns:
            The schedule; 0 and `last` are always in it.

        Raises:
            InvalidInputError: if an argument is out of range.

        Example:
            >>> Schedule.geometric(100, dense=4, ratio=2).epochs
            (0, 1, 2, 3, 4, 8, 16, 32, 64, 100)
        """
        whole = all(isinstance(epoch, int | np.integer) for epoch in (last, dense))
        grows = isinstance(ratio, int | float | np.number) and math.isfinite(ratio) and ratio > 1
        if not whole or last < 0 or dense < 0 or not grows:
            raise InvalidInputError(
                "last and dense must be whole and not negative, and ratio must be above 1",
                received=f"last={last!r}, dense={dense!r}, ratio={ratio!r}",
                fix="Try Schedule.geometric(4000, dense=50, ratio=1.05).",
            )
        epochs = list(range(min(last, dense) + 1))
        while epochs[-1] < last:
            epochs.append(min(last, max(epochs[-1] + 1, round(epochs[-1] * ratio))))
        return cls(tuple(epochs))

    @classmethod
    def of(cls, epochs: Iterable[int]) -> Self:
        """The given epochs, sorted, each once, and 0.

        Arguments:
            epochs: non-negative integers.

        Returns:
            The schedule.

        Raises:
            InvalidInputError: if an epoch is negative or not an integer.

        Example:
            >>> Schedule.of([8000, 1, 4000]).epochs
            (0, 1, 4000, 8000)
        """
        try:
            return cls(tuple(sorted({0, *epochs})))
        except TypeError:
            raise InvalidInputError(
                "measured epochs must be integers",
                received=repr(epochs),
                fix="Try Schedule.of([1, 10, 100]).",
            ) from None
