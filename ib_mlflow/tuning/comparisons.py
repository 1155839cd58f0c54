"""Which trial is best, and beside which others that can be said at all.

The best of many noisy values was chosen for its value, noise included. An interval for one pair
would not cover the difference of a pair that was chosen so; intervals that cover all pairs of
trials at once do, however the pair was chosen.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy import stats

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.tuning.scores import LEVEL, floored, scored_trials
from ib_mlflow.tuning.words import short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optuna.trial import FrozenTrial

    from ib_mlflow.tuning.scores import Scored
    from ib_mlflow.tuning.storage import TuningStudy

MOST_DEGREES = 200
"""Degrees of freedom beyond which standard errors count as exact."""
FEWEST_DEGREES = 4
"""Degrees of freedom below which an error may be small by chance, and its trial seem to need none:
a difference from such a trial has no more than the trial has. Of 20 equal points of two networks,
and 56 more of the best, "better" was wrong in 30 % otherwise."""


@dataclass(frozen=True)
class Rival:
    """Another trial beside the best.

    Arguments:
        scored: the trial.
        difference: by how much the best is better.
        low: lower limit of the difference, simultaneous over all pairs of trials.
        high: upper limit.
    """

    scored: Scored
    difference: float
    low: float
    high: float

    @property
    def worse(self) -> bool:
        """Whether the best is better than this one, noise and choice considered."""
        return self.low > 0


@dataclass(frozen=True)
class Comparison:
    """The best trial beside all others.

    Arguments:
        best: the trial with the best value.
        rivals: the others, the nearest first.
    """

    best: Scored
    rivals: tuple[Rival, ...]

    def sentence(self, rival: Rival) -> str:
        """Say how the best stands to another trial.

        Arguments:
            rival: one of `rivals`.

        Returns:
            A sentence without its full stop; it names the parameters that differ.

        Example:
            >>> from ib_mlflow.tuning.scores import Scored
            >>> a = Scored(0, {"beta": "0.01"}, 0.90, 0.01)
            >>> b = Scored(1, {"beta": "0.1"}, 0.50, 0.01)
            >>> comparison = compare([a, b], "max")
            >>> comparison.sentence(comparison.rivals[0])
            'beta = 0.01 is better than beta = 0.1 by 0.4 [0.372, 0.428]'
        """
        ours, theirs = _named(self.best, rival.scored), _named(rival.scored, self.best)
        size = f"{rival.difference:.3g} [{rival.low:.3g}, {rival.high:.3g}]"
        if rival.worse:
            return f"{ours} is better than {theirs} by {size}"
        if math.isnan(rival.low):
            return f"{ours} and {theirs} cannot be told apart: a standard error is not known"
        return f"{ours} and {theirs} cannot be told apart: they differ by {size}"


def compare(trials: Sequence[Scored], direction: str, *, level: float = LEVEL) -> Comparison:
    """Hold the best trial against all others.

    The chance that any of the statements "better" is wrong is at most 1 − level, over all pairs
    of trials at once, so that choosing the best by its value costs nothing. Networks that tie are
    not exact: errors are `floored`.

    Reference:
        Games & Howell (1976), Pairwise multiple comparison procedures with unequal N's and/or
        variances; for known errors Tukey–Kramer, Hayter (1984).

    Arguments:
        trials: one or more, with different parameters.
        direction: "max" or "min".
        level: of the intervals together, between 0 and 1.

    Returns:
        The best beside the others.

    Raises:
        InvalidInputError: there is no trial, or the level is none.

    Example:
        >>> from ib_mlflow.tuning.scores import Scored
        >>> close = [Scored(0, {"beta": "0.1"}, 0.5, 0.1), Scored(1, {"beta": "1"}, 0.4, 0.1)]
        >>> [rival.worse for rival in compare(close, "max").rivals]
        [False]
    """
    if not trials or not 0 < level < 1:
        raise InvalidInputError(
            "trials are compared where there are any, at a level between 0 and 1",
            received=f"{len(trials)} trials at {level}",
            fix="Compare finished trials at 0.95.",
        )
    sign = 1.0 if direction == "max" else -1.0
    trials = floored(trials)
    best = max(trials, key=lambda trial: (sign * trial.value, -trial.number))
    others = [trial for trial in trials if trial.number != best.number]
    rivals = []
    for other in others:
        difference = sign * (best.value - other.value)
        half = _half_width(best, other, len(trials), level)
        rivals.append(Rival(other, difference, difference - half, difference + half))
    return Comparison(best, tuple(sorted(rivals, key=lambda rival: rival.difference)))


def compare_trials(
    study: TuningStudy, ended: Mapping[int, FrozenTrial], *, level: float = LEVEL
) -> Comparison:
    """Hold the best finished trial of a search against all others.

    Arguments:
        study: with one objective.
        ended: by number the trials that ended. Those without values are left out, and of those
            that share a point all but the first.
        level: of the intervals together.

    Returns:
        The comparison.

    Raises:
        InvalidInputError: there are several objectives, or no trial has a value.
    """
    if study.objectives.several:
        raise InvalidInputError(
            "a best trial exists where there is one objective",
            received=str(study.objectives),
            fix="Draw the front instead.",
        )
    direction = study.objectives.objectives[0].direction
    return compare(scored_trials(study, ended), direction, level=level)


def contenders(comparison: Comparison) -> list[Scored]:
    """The trials that may be best: those worth more networks, the best first.

    Arguments:
        comparison: of all trials.

    Returns:
        The best, and every trial that cannot be told from it.
    """
    return [comparison.best, *(r.scored for r in comparison.rivals if not r.worse)]


def _half_width(best: Scored, other: Scored, count: int, level: float) -> float:
    mine, theirs = best.error**2, other.error**2
    if math.isnan(mine) or math.isnan(theirs):
        return math.nan
    if mine + theirs == 0:
        return 0.0
    within = mine**2 / best.degrees + theirs**2 / other.degrees
    degrees = (mine + theirs) ** 2 / within if within else math.inf
    fewer = min(best.degrees, other.degrees)
    if fewer < FEWEST_DEGREES:
        degrees = min(degrees, fewer)
    degrees = math.inf if degrees > MOST_DEGREES else max(1.0, math.floor(degrees))
    return _studentized_range(level, count, degrees) * math.sqrt((mine + theirs) / 2)


@functools.lru_cache(maxsize=4096)
def _studentized_range(level: float, count: int, degrees: float) -> float:
    return float(stats.studentized_range.ppf(level, count, degrees))


def _named(trial: Scored, other: Scored) -> str:
    differing = {
        name: text for name, text in trial.parameters.items() if other.parameters.get(name) != text
    }
    return ", ".join(f"{name} = {short(text)}" for name, text in differing.items())
