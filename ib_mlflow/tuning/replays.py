"""What pruners would have stopped of trials that all went to their ends, on the same budget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from optuna.trial import TrialState, create_trial

from ib_mlflow.tuning.batch import SAME_AS
from ib_mlflow.tuning.pruners import PRUNERS
from ib_mlflow.tuning.replica import SEEDS, Replica

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optuna.trial import FrozenTrial

    from ib_mlflow.tuning.plan import SearchPlan
    from ib_mlflow.tuning.storage import TuningStudy


@dataclass(frozen=True)
class Replayed:
    """One trial as a pruner would have let it go.

    Arguments:
        number: the trial's.
        spent: the step at which it would have ended.
        value: of the objective; None where it would have been stopped.
    """

    number: int
    spent: int
    value: float | None


@dataclass(frozen=True)
class Replay:
    """All trials as a pruner would have let them go, one after the other.

    Arguments:
        pruner: by name.
        trials: in the order of their numbers.
    """

    pruner: str
    trials: Sequence[Replayed]

    @property
    def spent(self) -> int:
        """Steps of all trials together."""
        return sum(trial.spent for trial in self.trials)

    @property
    def stopped(self) -> int:
        """Trials that would have been stopped."""
        return sum(trial.value is None for trial in self.trials)

    def within(self, budget: int) -> Sequence[Replayed]:
        """The trials that would have ended within so many steps, one after the other."""
        ended, left = [], budget
        for trial in self.trials:
            left -= trial.spent
            if left < 0:
                break
            ended.append(trial)
        return ended


def replays(
    study: TuningStudy, plan: SearchPlan, ended: Mapping[int, FrozenTrial]
) -> Sequence[Replay]:
    """Ask every pruner what it would have stopped, of trials that went to their ends.

    A pruner sees what it would have seen: the steps of the trials before as far as it let them go.
    Under a sampler that draws by number a search with that pruner has these trials; under others
    later points would have been drawn otherwise.

    Arguments:
        study: with one objective.
        plan: of the search, with any pruner.
        ended: by number the trials that ended; those with steps and a value are replayed.

    Returns:
        One replay a pruner, `none` the first.
    """
    whole = {
        number: trial
        for number, trial in sorted(ended.items())
        if trial.state is TrialState.COMPLETE
        and trial.intermediate_values
        and SAME_AS not in trial.user_attrs
    }
    plans = [replace(plan, pruner=pruner, batch=1, workers=1) for pruner in PRUNERS]
    return [_replay(study, each, whole) for each in plans]


def _replay(study: TuningStudy, plan: SearchPlan, whole: Mapping[int, FrozenTrial]) -> Replay:
    history: list[FrozenTrial] = []
    trials = []
    for number, trial in whole.items():
        replica = Replica(study, plan, history)
        replica.draw(number, trial)
        stopped = _stopped(replica, plan, number, trial)
        last = max(trial.intermediate_values) if stopped is None else stopped
        value = trial.values[0] if stopped is None else None
        trials.append(Replayed(number, last, value))
        history.append(
            create_trial(
                state=TrialState.COMPLETE if stopped is None else TrialState.PRUNED,
                value=value,
                params=trial.params,
                distributions=trial.distributions,
                user_attrs=trial.user_attrs,
                system_attrs=replica.frozen(number).system_attrs,
                intermediate_values={
                    step: of for step, of in trial.intermediate_values.items() if step <= last
                },
            )
        )
    return Replay(plan.pruner, trials)


def _stopped(replica: Replica, plan: SearchPlan, number: int, trial: FrozenTrial) -> int | None:
    """The step at which a pruner stops a trial; None where it does not before the last."""
    *steps, last = sorted(trial.intermediate_values)
    for step in steps:
        by_seed = trial.user_attrs.get(f"{SEEDS}{step}", ())
        if plan.pruner == "wilcoxon" and not by_seed:
            continue  # nothing to compare by
        if replica.report(number, step, trial.intermediate_values[step], by_seed):
            return int(step)
    replica.report(number, last, trial.intermediate_values[last], ())
    return None
