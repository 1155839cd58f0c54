"""Whether two epochs coincide in most networks, and more often than those of other networks."""

from dataclasses import dataclass
from typing import Self

import pandas as pd
from scipy import stats

from ib_mlflow.studies.judging.intervals import Interval
from ib_mlflow.studies.judging.judgements import Judgement
from ib_mlflow.studies.judging.thresholds import FEWEST_VOTES
from ib_mlflow.studies.judging.thresholds import LEVEL as TWO_SIDED
from ib_mlflow.units import Quantity, Words

LEVEL = TWO_SIDED / 2
"""A share counts as more than chance from this p-value on: one side of a 95 % interval."""


@dataclass(frozen=True)
class Coincidence:
    """In what share of networks two epochs coincide, beside that of permuted networks.

    Arguments:
        share: of the networks of which it is told, with an interval for whatever is not.
        chance: the share where the epochs are those of different networks.
        p_value: of the share, against the permuted ones.
        members: that count.
        missing: those left out, of which an epoch is not known.
        without: those of `members` that are not seen to have the second epoch.
        untold: those of `members` of which the measured epochs do not tell.
    """

    share: Interval
    chance: float
    p_value: float
    members: int
    missing: int = 0
    without: int = 0
    untold: int = 0

    @classmethod
    def of(cls, row: pd.Series) -> Self:
        """From a row of `ib_mlflow.trajectory.at_the_turn`.

        Example:
            >>> row = {"share": 0.5, "low": 0.3, "high": 0.7, "chance": 0.1, "p_value": 0.01,
            ...     "members": 20, "missing": 0, "without_turn": 2, "untold": 0}
            >>> Coincidence.of(pd.Series(row)).share.text(digits=1)
            '0.5 [0.3, 0.7]'
        """
        share = Interval(float(row["share"]), float(row["low"]), float(row["high"]))
        counts = (int(row[name]) for name in ("members", "missing", "without_turn", "untold"))
        return cls(share, float(row["chance"]), float(row["p_value"]), *counts)

    @property
    def told(self) -> int:
        """The networks of which it is told."""
        return self.members - self.untold

    @property
    def held(self) -> int:
        """The networks in which both are seen to coincide."""
        return round(self.share.value * self.told) if self.told else 0

    @property
    def p_of_half(self) -> float:
        """The exact two-sided p-value of a share of one half, whatever the untold ones are.

        The larger one of none of them and of all; 1 of fewer than six networks, and where the
        untold ones decide on which side of one half the share lies.
        """
        at_most = self.held + self.untold
        nearest = self.held if 2 * self.held > self.members else at_most
        astride = 2 * self.held <= self.members <= 2 * at_most
        if astride or self.members < FEWEST_VOTES:
            return 1.0
        return float(stats.binomtest(nearest, self.members).pvalue)

    @property
    def most(self) -> bool:
        """Whether both coincide in most networks, by the exact test."""
        return 2 * self.held > self.members and self.p_of_half <= TWO_SIDED

    @property
    def few(self) -> bool:
        """Whether both coincide in fewer than half of the networks, by the exact test."""
        return 2 * (self.held + self.untold) < self.members and self.p_of_half <= TWO_SIDED

    @property
    def left_open(self) -> str:
        """How many networks are left open, as the end of a sentence; nothing if none is."""
        if not self.untold:
            return ""
        return (
            f"; of {self.untold} more the measured epochs do not tell, which the interval allows "
            "for either way"
        )

    @property
    def words(self) -> Words:
        """What was counted, in words."""
        if not self.members:
            return ("No network is left.",)
        if not self.told:
            return (f"The measured epochs do not tell of any of {self.members} networks.",)
        left_out = f"; {self.missing} left out" if self.missing else ""
        turns = f" {self.without} are not seen to turn." if self.without else ""
        return (
            f"In {self.held} of {self.told} networks, a share of ",
            self.share.quantity(digits=2),
            f"{left_out}{self.left_open}; beside the turns of other networks ",
            Quantity(self.chance, digits=2),
            f" (p = {self.p_value:.3f}).{turns}",
        )


def coincide(of: Coincidence) -> Judgement:
    """Judge whether two epochs coincide in most networks, because they go together.

    Returns:
        It agrees where the share lies above one half by the exact test and permuted networks have
        so large a share too rarely, disagrees where it lies below, and is undecided otherwise, as
        below six networks: where all networks have both at one time, that tells nothing. Networks
        of which it is not told count against either verdict.

    Example:
        >>> coincide(Coincidence(Interval(0.9, 0.7, 0.97), 0.2, 0.001, members=20)).verdict
        'agrees'
        >>> coincide(Coincidence(Interval(0.9, 0.7, 0.97), 0.9, 1.0, members=20)).verdict
        'undecided'
    """
    if of.few:
        return Judgement("disagrees", of.words, of.p_of_half)
    holds = of.most and of.p_value <= LEVEL
    p_value = max(of.p_of_half, min(1.0, 2 * of.p_value))
    return Judgement("agrees" if holds else "undecided", of.words, p_value)


def keep_apart(of: Coincidence) -> Judgement:
    """Judge whether two epochs have nothing to do with each other.

    Returns:
        It disagrees where the share lies above one half by the exact test, or permuted networks
        have so large a share too rarely; agrees where neither is so and it lies below one half;
        and is undecided otherwise, as below six networks.

    Example:
        >>> keep_apart(Coincidence(Interval(0.1, 0.03, 0.3), 0.1, 0.4, members=20)).verdict
        'agrees'
        >>> keep_apart(Coincidence(Interval(0.3, 0.2, 0.45), 0.05, 0.001, members=50)).verdict
        'disagrees'
    """
    # Of six networks or more, as all shares that decide.
    by_chance = min(1.0, 2 * of.p_value) if of.members >= FEWEST_VOTES else 1.0
    if of.most or by_chance <= TWO_SIDED:
        return Judgement("disagrees", of.words, min(1.0, 2 * min(of.p_of_half, by_chance)))
    return Judgement("agrees" if of.few else "undecided", of.words, of.p_of_half)


def more_than_by_chance(of: Coincidence) -> Judgement:
    """Judge whether two epochs coincide more often than those of different networks.

    Returns:
        It agrees where permuted networks have so large a share too rarely, and is undecided
        otherwise, for no number of networks proves that there is no connection.

    Example:
        >>> more_than_by_chance(Coincidence(Interval(0.3, 0.2, 0.45), 0.1, 0.4, 50)).verdict
        'undecided'
    """
    p_value = min(1.0, 2 * of.p_value) if of.members >= FEWEST_VOTES else 1.0
    return Judgement("agrees" if p_value <= TWO_SIDED else "undecided", of.words, p_value)
