"""Whether two epochs coincide in most networks, and more often than those of other networks."""

from dataclasses import dataclass
from typing import Self

import pandas as pd

from ib_mlflow.studies.judging.intervals import Interval
from ib_mlflow.studies.judging.verdicts import Judgement
from ib_mlflow.units import Quantity, Words

LEVEL = 0.025
"""A share counts as more than chance from this p-value on: one side of a 95 % interval."""


@dataclass(frozen=True)
class Coincidence:
    """In what share of networks two epochs coincide, beside that of permuted networks.

    Arguments:
        share: of the networks, with its interval.
        chance: the mean share where the epochs are those of different networks.
        p_value: of the share, against the permuted ones.
        members: that count.
        missing: those left out, of which an epoch is not known.
        without: those of `members` that do not have the second epoch.
    """

    share: Interval
    chance: float
    p_value: float
    members: int
    missing: int = 0
    without: int = 0

    @classmethod
    def of(cls, row: pd.Series) -> Self:
        """From a row of `ib_mlflow.trajectory.at_the_turn`.

        Example:
            >>> row = {"share": 0.5, "low": 0.3, "high": 0.7, "chance": 0.1, "p_value": 0.01,
            ...     "members": 20, "missing": 0, "without_turn": 2}
            >>> Coincidence.of(pd.Series(row)).share.text(digits=1)
            '0.5 [0.3, 0.7]'
        """
        share = Interval(float(row["share"]), float(row["low"]), float(row["high"]))
        counts = (int(row[name]) for name in ("members", "missing", "without_turn"))
        return cls(share, float(row["chance"]), float(row["p_value"]), *counts)

    @property
    def words(self) -> Words:
        """What was counted, in words."""
        if not self.members:
            return ("No network is left.",)
        left_out = f"; {self.missing} left out" if self.missing else ""
        turns = f" {self.without} of them have no turn." if self.without else ""
        return (
            f"In {round(self.share.value * self.members)} of {self.members} networks, a share of ",
            self.share.quantity(digits=2),
            f"{left_out}; beside the turns of other networks ",
            Quantity(self.chance, digits=2),
            f" (p = {self.p_value:.3f}).{turns}",
        )


def coincide(of: Coincidence) -> Judgement:
    """Judge whether two epochs coincide in most networks, because they go together.

    Returns:
        It agrees where the whole 95 % interval of the share lies above one half and permuted
        networks have so large a share too rarely, disagrees where the interval lies below, and is
        undecided otherwise: where all networks have both at one time, that tells nothing.

    Example:
        >>> coincide(Coincidence(Interval(0.9, 0.7, 0.97), 0.2, 0.001, members=20)).verdict
        'agrees'
        >>> coincide(Coincidence(Interval(0.9, 0.7, 0.97), 0.9, 1.0, members=20)).verdict
        'undecided'
    """
    if of.share.high < 0.5:
        return Judgement("disagrees", of.words)
    holds = of.share.low > 0.5 and of.p_value <= LEVEL
    return Judgement("agrees" if holds else "undecided", of.words)


def keep_apart(of: Coincidence) -> Judgement:
    """Judge whether two epochs have nothing to do with each other.

    Returns:
        It disagrees where the interval of the share lies above one half, or permuted networks have
        so large a share too rarely; agrees where neither is so and the interval lies below one
        half; and is undecided otherwise.

    Example:
        >>> keep_apart(Coincidence(Interval(0.1, 0.03, 0.3), 0.1, 0.4, members=20)).verdict
        'agrees'
        >>> keep_apart(Coincidence(Interval(0.3, 0.2, 0.45), 0.05, 0.001, members=50)).verdict
        'disagrees'
    """
    if of.share.low > 0.5 or of.p_value <= LEVEL:
        return Judgement("disagrees", of.words)
    return Judgement("agrees" if of.share.high < 0.5 else "undecided", of.words)


def more_than_by_chance(of: Coincidence) -> Judgement:
    """Judge whether two epochs coincide more often than those of different networks.

    Returns:
        It agrees where permuted networks have so large a share too rarely, and is undecided
        otherwise, for no number of networks proves that there is no connection.

    Example:
        >>> more_than_by_chance(Coincidence(Interval(0.3, 0.2, 0.45), 0.1, 0.4, 50)).verdict
        'undecided'
    """
    return Judgement("agrees" if of.p_value <= LEVEL else "undecided", of.words)
