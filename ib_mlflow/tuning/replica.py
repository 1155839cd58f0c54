"""The search as a sampler and a pruner see it: what has ended, in order, and the batch beside it.

Optuna's samplers and pruners read whatever a storage holds, failed attempts and other processes'
halves included. Here they see a study in memory that holds the trials by their numbers, each once.
So what they draw and stop depends on the seed and on what has ended, and on no process's end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import optuna
from optuna.trial import TrialState, create_trial

from ib_mlflow.tuning.pruners import make_pruner, worse_by_seeds
from ib_mlflow.tuning.quiet import quiet
from ib_mlflow.tuning.samplers import make_sampler

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optuna.trial import FrozenTrial, Trial

    from ib_mlflow.tuning.plan import SearchPlan
    from ib_mlflow.tuning.storage import TuningStudy

NAME = "search"
"""Of every study in memory: Optuna's Hyperband draws a trial's bracket from it, and a search's own
name has the store and the experiment in it."""
SEEDS = "by_seed:"
"""Begins the user attributes that hold the networks' values of a step."""


class Replica:
    """A study in memory for one batch.

    Arguments:
        study: that is searched.
        plan: of the search.
        history: attempts of other batches, in the order of their trials.
    """

    def __init__(
        self, study: TuningStudy, plan: SearchPlan, history: Iterable[FrozenTrial]
    ) -> None:
        self._plan, self._space, self._objectives = plan, study.space, study.objectives
        self.trials: dict[int, Trial] = {}
        """By number the trials of the batch."""
        with quiet():
            self._optuna_study = optuna.create_study(
                study_name=NAME,
                directions=study.objectives.directions,
                pruner=make_pruner(plan.pruner),
            )
            self._optuna_study.add_trials(list(history))
        self._best = self._best_trial()

    def draw(self, number: int, before: FrozenTrial | None) -> Trial:
        """Take a trial into the batch, at the point of an earlier attempt or at a new one.

        Arguments:
            number: the trial's, higher than those that were taken before it.
            before: an attempt that has its parameters; None for a new point.

        Returns:
            The trial in memory, with its parameters.
        """
        with quiet():
            if before is not None:
                self._optuna_study.add_trial(
                    create_trial(
                        state=TrialState.WAITING,
                        params=before.params,
                        distributions=before.distributions,
                        system_attrs=before.system_attrs,
                    )
                )
            self._optuna_study.sampler = make_sampler(self._plan, self._space, number)
            trial = self._optuna_study.ask()
            self._space.suggest(trial)
        self.trials[number] = trial
        return trial

    def frozen(self, number: int) -> FrozenTrial:
        """A trial of the batch with all that sampler and pruner have noted."""
        return self._optuna_study.get_trials(deepcopy=False)[self.trials[number].number]

    def report(self, number: int, step: int, value: float, by_seed: Sequence[float]) -> bool:
        """Report a step of a trial.

        Arguments:
            number: the trial's.
            step: the epoch.
            value: of the objective.
            by_seed: (e,) the networks' values; empty where there are none.

        Returns:
            Whether the pruner stops the trial.
        """
        if self._objectives.several:
            return False
        trial = self.trials[number]
        with quiet():
            trial.report(value, step)
            if self._plan.pruner == "wilcoxon" and len(by_seed):
                best = self._best.user_attrs.get(f"{SEEDS}{step}") if self._best else None
                direction = self._objectives.objectives[0].direction
                return best is not None and worse_by_seeds(by_seed, best, direction)
            return trial.should_prune()

    def _best_trial(self) -> FrozenTrial | None:
        if self._objectives.several:
            return None
        complete = self._optuna_study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        best = None
        for trial in complete:
            if best is None or self._objectives.better(trial.values[0], best.values[0]):
                best = trial
        return best
