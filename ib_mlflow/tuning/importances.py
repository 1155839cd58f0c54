"""How much of what varies between trials each parameter explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import optuna
from optuna.importance import FanovaImportanceEvaluator
from optuna.trial import TrialState

from ib_mlflow.tuning.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from optuna.trial import FrozenTrial

    from ib_mlflow.tuning.storage import TuningStudy

FEWEST = 4
"""Trials with values without which parameters are not compared."""


def importances(
    study: TuningStudy, ended: Mapping[int, FrozenTrial]
) -> dict[str, Mapping[str, float]]:
    """The share of each objective's variance that a parameter explains, by itself and with others.

    It is read from a random forest.

    Reference:
        Hutter, Hoos & Leyton-Brown (2014), An efficient approach for assessing hyperparameter
        importance: fANOVA.

    Arguments:
        study: that was searched.
        ended: by number the trials that ended.

    Returns:
        By objective, by parameter; the shares of an objective sum to 1. Objectives of which fewer
        than four trials, one parameter or one value are known are left out.
    """
    with quiet():
        replica = optuna.create_study(directions=study.objectives.directions)
        replica.add_trials([ended[number] for number in sorted(ended)])
        found: dict[str, Mapping[str, float]] = {}
        for place, name in enumerate(study.objectives.names):
            names = telling(study, replica, place)
            if len(names) > 1:
                found[name] = importances_of(replica, names, target_of(place))
        return found


def importances_of(
    replica: optuna.Study, names: Sequence[str], target: Callable[[FrozenTrial], float]
) -> dict[str, float]:
    """The same of one number, by the evaluator that figures have too.

    Arguments:
        replica: a study in memory with the trials.
        names: of the parameters that vary.
        target: reads the number of a trial.
    """
    return optuna.importance.get_param_importances(
        replica, evaluator=evaluator(), params=list(names), target=target
    )


def evaluator() -> FanovaImportanceEvaluator:
    """What shares are found by: of one seed, so that the same trials have the same."""
    return FanovaImportanceEvaluator(seed=0)


def telling(study: TuningStudy, replica: optuna.Study, place: int) -> list[str]:
    """The parameters that an objective can be held against; none where nothing could be told.

    Arguments:
        study: that was searched.
        replica: a study in memory with its trials.
        place: of the objective, from 0.

    Returns:
        Those of which the trials with values hold more than one value.
    """
    complete = replica.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    values = [trial.values[place] for trial in complete]
    if len(complete) < FEWEST or not np.ptp(values) > 0:
        return []
    return [
        name for name in study.space.names if len({trial.params[name] for trial in complete}) > 1
    ]


def target_of(place: int) -> Callable[[FrozenTrial], float]:
    """What reads an objective's value of a trial."""
    return lambda trial: float(trial.values[place])
