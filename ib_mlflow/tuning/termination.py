"""When a search has found what its noise lets it find."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import optuna
from optuna.study import StudyDirection
from optuna.terminator import BaseErrorEvaluator, RegretBoundEvaluator, Terminator
from optuna.trial import TrialState

from ib_mlflow.tuning.candidates import ERRORS
from ib_mlflow.tuning.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optuna.trial import FrozenTrial

    from ib_mlflow.tuning.storage import TuningStudy

LEAST = 20
"""Trials with values before a search may be found to be enough, as Optuna has it."""


class KnownError(BaseErrorEvaluator):
    """The statistical error of the objective: the standard error of the best trial's value."""

    def evaluate(self, trials: list[FrozenTrial], study_direction: StudyDirection) -> float:
        """Return it; 0, which ends no search, where it is not known.

        Arguments:
            trials: of a study with one objective.
            study_direction: its direction.

        Returns:
            The standard error.
        """
        complete = [trial for trial in trials if trial.state is TrialState.COMPLETE]
        choose = max if study_direction is StudyDirection.MAXIMIZE else min
        best = choose(complete, key=lambda trial: trial.values[0])
        error = best.user_attrs.get(ERRORS, [0.0])[0]
        return float(error) if math.isfinite(error) else 0.0


def enough(study: TuningStudy, ended: Mapping[int, FrozenTrial], *, least: int = LEAST) -> bool:
    """Whether what is left to gain is less than the standard error of the best value.

    Reference:
        Makarova et al. (2022), Automatic termination for hyperparameter optimization; Optuna's
        `Terminator`.

    Arguments:
        study: with one objective; with several nothing is ever enough.
        ended: by number the trials that ended.
        least: trials with values before it can be enough.

    Returns:
        Whether it is.

    Example:
        >>> import functools
        >>> stop = functools.partial(enough, study)  # doctest: +SKIP
        >>> search(study, plan, evaluate, enough=stop)  # doctest: +SKIP
    """
    complete = [t for _, t in sorted(ended.items()) if t.state is TrialState.COMPLETE]
    finite = [trial for trial in complete if math.isfinite(trial.values[0])]
    if study.objectives.several or len(finite) < least:
        return False
    with quiet():
        replica = optuna.create_study(directions=study.objectives.directions)
        replica.add_trials(finite)
        terminator = Terminator(
            # Of a seed of its own: the same trials are found enough however often it is asked.
            RegretBoundEvaluator(min_n_trials=least, seed=0),
            KnownError(),
            min_n_trials=least,
        )
        return bool(terminator.should_terminate(replica))
