"""What a trial is worth, and how much of that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from optuna.trial import TrialState
from scipy import stats

from ib_mlflow.tuning.candidates import DEGREES, ERRORS, ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from optuna.trial import FrozenTrial

    from ib_mlflow.tuning.storage import TuningStudy

LEVEL = 0.95
FEWEST = 5
"""Networks; of fewer an interval would tell less than their standard error, and is not shown."""
ADDED = 2
"""Rows that are counted as right, and as many as wrong, beside those of a share."""


@dataclass(frozen=True)
class Scored:
    """A trial's value with what is known of its error.

    Arguments:
        number: the trial's.
        parameters: by name, as they are written.
        value: of an objective.
        error: its standard error; 0 for an exact value, NaN where it is not known.
        degrees: degrees of freedom of the error: networks − 1; inf for a known one.
        rows: of which the value is a share, counted for each network; 0 for another number.
    """

    number: int
    parameters: Mapping[str, str]
    value: float
    error: float = math.nan
    degrees: float = math.inf
    rows: int = 0

    @property
    def limits(self) -> tuple[float, float]:
        """The 95 % t interval of the value by its own networks; of too few or no error NaN."""
        if self.degrees < FEWEST - 1:
            return math.nan, math.nan
        half = float(stats.t.ppf((1 + LEVEL) / 2, self.degrees)) * self.error
        return self.value - half, self.value + half


def score(
    number: int, parameters: Mapping[str, str], values: Sequence[float], rows: int = 0
) -> Scored:
    """Score a trial by its networks.

    Arguments:
        number: the trial's.
        parameters: as they are written.
        values: (e,) of the networks; one alone tells no error.
        rows: of which each value is a share; 0 for other numbers.

    Returns:
        The mean with its standard error.

    Example:
        >>> score(0, {"beta": "0.1"}, [1.0, 2.0, 3.0]).degrees
        2.0
    """
    return Scored(
        number,
        parameters,
        float(np.mean(values)),
        standard_error(values),
        float(len(values) - 1),
        rows,
    )


def standard_error(values: Sequence[float] | NDArray[np.float64]) -> float:
    """Of the mean of networks; NaN of one alone, and 0 to the bit where all tie.

    Arguments:
        values: (e,) of the networks.

    Example:
        >>> standard_error([0.47195] * 3)
        0.0
    """
    count = len(values)
    if count < 2:
        return math.nan
    return float(np.std(values, ddof=1) / math.sqrt(count)) if np.ptp(values) > 0 else 0.0


def floored(trials: Sequence[Scored]) -> list[Scored]:
    """Give no trial a smaller error than its networks can vouch for.

    A share is counted on rows: its error is at least that of so many rows, each network's count by
    itself, with two more of either kind, so that a share of 1 has an error too. Networks that learn
    the same rows often differ less, never more surely. Where all networks of a trial tie, as those
    that collapsed do, they show no spread, and those of the other trials stand for it.

    Reference:
        Agresti & Coull (1998), Approximate is better than "exact" for interval estimation of
        binomial proportions.

    Arguments:
        trials: with the errors and degrees of freedom of their own networks.

    Returns:
        The same with errors that are as large or larger; NaN where networks tie, no trial's differ,
        and the value is no share. Errors that are known (of infinite degrees) stay.

    Example:
        >>> tied = score(0, {}, [1.0, 1.0], rows=100)
        >>> round(floored([tied])[0].error, 4)
        0.007
    """
    spreads = [t.error**2 * (t.degrees + 1) for t in trials if _estimated(t) and t.error > 0]
    typical = math.sqrt(sum(spreads) / len(spreads)) if spreads else math.nan
    return [_floored(trial, typical) if _estimated(trial) else trial for trial in trials]


def scored_trials(
    study: TuningStudy, ended: Mapping[int, FrozenTrial], *, place: int = 0
) -> list[Scored]:
    """The values of the finished trials of a search, each point once, by its lowest number.

    Arguments:
        study: that was searched.
        ended: by number the trials that ended.
        place: of the objective among several, from 0.

    Returns:
        In the order of their numbers, without infinite values; errors are their networks' own.
    """
    points: dict[tuple[str, ...], Scored] = {}
    for number, trial in sorted(ended.items()):
        if trial.state is not TrialState.COMPLETE or not math.isfinite(trial.values[place]):
            continue
        parameters = study.space.read(trial.params)
        errors, rows = trial.user_attrs.get(ERRORS), trial.user_attrs.get(ROWS)
        scored = Scored(
            number,
            parameters,
            trial.values[place],
            errors[place] if errors else math.nan,
            trial.user_attrs.get(DEGREES, math.inf),
            rows[place] if rows else 0,
        )
        points.setdefault(tuple(parameters.values()), scored)
    return list(points.values())


def _estimated(trial: Scored) -> bool:
    """Whether its error is that of two networks or more."""
    return 0 < trial.degrees < math.inf and not math.isnan(trial.error)


def _floored(trial: Scored, typical: float) -> Scored:
    networks = trial.degrees + 1
    own = trial.error or typical / math.sqrt(networks)
    if not trial.rows:
        return replace(trial, error=own)
    count = trial.rows * networks
    share = (trial.value * count + ADDED) / (count + 2 * ADDED)
    counted = math.sqrt(share * (1 - share) / count)
    return replace(trial, error=counted if math.isnan(own) else max(own, counted))
