"""Which trial is worth another network: the search's last part, on what is there."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ib_mlflow.tuning.scores import Scored

WIDTH = 1.0
"""How many standard errors better than its mean a trial is hoped to be."""


def pooled(trials: Sequence[Scored]) -> list[Scored]:
    """Give every trial the standard error that the spread of all trials' networks implies.

    It holds where the spread between networks does not depend on the parameters. With two or
    three networks a trial the errors of single trials are worth little; those of all are.

    Arguments:
        trials: with the errors and degrees of freedom of their own networks.

    Returns:
        The same with pooled errors.

    Raises:
        InvalidInputError: no trial has two networks.

    Example:
        >>> from ib_mlflow.tuning.scores import score
        >>> a, b = score(0, {}, [1.0, 3.0]), score(1, {}, [1.0, 1.0])
        >>> [round(trial.error, 3) for trial in pooled([a, b])]
        [0.707, 0.707]
    """
    several = [trial for trial in trials if trial.degrees > 0 and not math.isnan(trial.error)]
    if not several:
        raise InvalidInputError(
            "a spread is known where a trial has two networks",
            received=f"{len(trials)} trials of one",
            fix="Train two networks a trial or more.",
        )
    degrees = sum(trial.degrees for trial in several)
    squares = sum(t.degrees * (t.degrees + 1) * t.error**2 for t in several)
    spread = math.sqrt(squares / degrees)
    return [
        replace(trial, error=spread / math.sqrt(trial.degrees + 1), degrees=degrees)
        for trial in trials
    ]


def worth_another(trials: Sequence[Scored], direction: str, *, width: float = WIDTH) -> Scored:
    """The trial that another network should be trained of: the one that is best, or may be.

    Reference:
        Auer, Cesa-Bianchi & Fischer (2002), Finite-time analysis of the multiarmed bandit problem.

    Arguments:
        trials: one or more, with known errors.
        direction: "max" or "min".
        width: standard errors that are added to a trial's value.

    Returns:
        The trial.

    Example:
        >>> from ib_mlflow.tuning.scores import Scored
        >>> sure, unsure = Scored(0, {}, 1.0, 0.1), Scored(1, {}, 0.9, 0.5)
        >>> worth_another([sure, unsure], "max").number
        1
    """
    sign = 1.0 if direction == "max" else -1.0
    return max(trials, key=lambda trial: (sign * trial.value + width * trial.error, -trial.number))
