"""In how many networks something holds, of those of which it is known and of all."""

from typing import NamedTuple, Self

from numpy.typing import ArrayLike

from ib_mlflow.studies.judging import checks
from ib_mlflow.studies.judging.lost import finite


class Votes(NamedTuple):
    """The counts that shares are judged by.

    Arguments:
        held: networks in which it holds.
        known: networks of which it is known.
        total: all networks, with those that diverged.

    Example:
        >>> Votes.of([True, True, False, float("nan")])
        Votes(held=2, known=3, total=4)
    """

    held: int
    known: int
    total: int

    @classmethod
    def of(cls, holds: ArrayLike) -> Self:
        """Count (e,) truth values, one a member; NaN for one that diverged."""
        everything = checks.truths(holds)
        flags = finite(everything)
        return cls(int(flags.sum()), flags.size, everything.size)

    @property
    def against(self) -> int:
        """Networks in which it does not hold."""
        return self.known - self.held

    @property
    def possible(self) -> int:
        """Networks in which it may hold, with those that diverged."""
        return self.total - self.against

    def words(self, of: str) -> str:
        """The counts, of members that are called so."""
        return f"in {self.held} of {self.known} {of}"
