"""A search in this process or in several, and what is read of it when it has ended."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Generic

import numpy as np
import pandas as pd

from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained, run_ensemble
from ib_mlflow.studies.searching.sought import Search, T
from ib_mlflow.studies.searching.trials import trial_name
from ib_mlflow.tracking import StudyRun
from ib_mlflow.tuning import (
    Comparison,
    Outcome,
    TuningStudy,
    compare,
    compare_trials,
    enough,
    search,
    study_figures,
)
from ib_mlflow.tuning.candidates import BESIDE, ERRORS, NETWORKS, RUN
from ib_mlflow.tuning.comparisons import scored_trials
from ib_mlflow.tuning.racing import score
from ib_mlflow.tuning.words import short

if TYPE_CHECKING:
    from ib_mlflow.studies.searching.targets import Target


@dataclass(frozen=True, eq=False)
class Searched(Generic[T]):
    """A search that has ended.

    Arguments:
        job: what was sought.
        study: its Optuna study.
        outcome: its trials, by number.
        further: by number the values of networks that were trained after all trials had ended.
    """

    job: Search[T]
    study: TuningStudy
    outcome: Outcome
    further: Mapping[int, Sequence[float]] = field(default_factory=dict)

    def networks(self, number: int) -> list[float]:
        """The first objective's value of every network of a trial that has not diverged."""
        attributes = self.outcome.trials[number].user_attrs
        return [*attributes.get(NETWORKS, ()), *self.further.get(number, ())]

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each trial: number, state, parameters, values, their errors, MLflow's run."""
        return pd.DataFrame(list(self._rows()))

    def _rows(self) -> Iterator[dict[str, object]]:
        names = self.study.objectives.names
        for number, trial in sorted(self.outcome.trials.items()):
            values = trial.values or [np.nan] * len(names)
            errors = trial.user_attrs.get(ERRORS) or [np.nan] * len(names)
            networks = self.networks(number)
            if number in self.further:
                scored = score(number, {}, networks)
                values, errors = [scored.value], [scored.error]
            yield {
                "number": number,
                "state": trial.state.name,
                **self.study.space.read(trial.params),
                **trial.user_attrs.get(BESIDE, {}),
                **dict(zip(names, values, strict=True)),
                **{f"{name} se": error for name, error in zip(names, errors, strict=True)},
                "networks": len(networks),
                "feasible": all(value <= 0 for value in trial.constraints.values()),
                "run_id": trial.user_attrs.get(RUN, ""),
            }

    @property
    def complete(self) -> pd.DataFrame:
        """The trials that have values, each point once; the best first if there is a best."""
        rows = self.table[self.table["state"] == "COMPLETE"]
        rows = rows.drop_duplicates(self.study.space.names)
        if self.study.objectives.several:
            return rows
        (objective,) = self.study.objectives.objectives
        return rows.sort_values(objective.name, ascending=objective.direction == "min")

    @cached_property
    def comparison(self) -> Comparison | None:
        """The best trial beside the others; None of several objectives, or without any value."""
        known = self.complete.shape[0] and not self.study.objectives.several
        if not known or not self.further:
            return compare_trials(self.study, self.outcome.trials) if known else None
        (objective,) = self.study.objectives.objectives
        trials = [
            score(trial.number, trial.parameters, self.networks(trial.number))
            if trial.number in self.further
            else trial
            for trial in scored_trials(self.study, self.outcome.trials)
        ]
        return compare(trials, objective.direction)

    @property
    def front(self) -> pd.DataFrame:
        """The trials that no other is at least as good as in everything, and better.

        Of those whose constraints hold; of all where none's do.
        """
        rows = self.complete
        rows = rows[rows["feasible"]] if rows["feasible"].any() else rows
        signs = [1 if of.direction == "max" else -1 for of in self.study.objectives.objectives]
        points = rows[self.study.objectives.names].to_numpy(np.float64) * signs
        beaten = [
            bool(((points >= point).all(axis=1) & (points > point).any(axis=1)).any())
            for point in points
        ]
        return rows[~np.array(beaten, dtype=bool)]

    @property
    def figures(self) -> dict[str, str]:
        """Optuna's figures as pages, by file name."""
        return study_figures(self.study, self.outcome.trials)

    def words(self, number: int) -> str:
        """The point of a trial: `learning_rate = 0.1, members = 5`."""
        point = self.study.space.read(self.outcome.trials[number].params)
        return ", ".join(f"{name} = {value}" for name, value in point.items())

    def short_words(self, number: int) -> str:
        """The point of a trial in as many digits as a reader needs."""
        point = self.study.space.read(self.outcome.trials[number].params)
        return ", ".join(f"{name} = {short(value)}" for name, value in point.items())

    def trained(self: "Searched[Target]", study: StudyRun, number: int) -> Trained:
        """The networks of a complete trial, read back from its child run: in a race, the first."""
        parameters = self.study.space.read(self.outcome.trials[number].params)
        first, *_ = self.job.target.heats(trial_name(number), parameters)
        trained = run_ensemble(study, first)
        # Under this study's run it may be a light child, of which no batch was told.
        tags = {"trial": str(number), "trial_state": self.outcome.trials[number].state.name}
        trained.recording.summarise(first.name, {}, tags)
        return trained


def run_search(runner: Runner, job: Search[T]) -> Searched[T]:
    """Search, in as many processes as the runner has, until the asked number of trials has ended.

    A cluster's workers that come later have no part in it.

    Arguments:
        runner: the run of the search, and its processes.
        job: what is sought.

    Returns:
        The search.

    Raises:
        ConfigurationError: it could not be begun.
        StorageError: the storage does not answer, or holds another search of this name.
    """
    job.check()
    study = job.opened()
    plan = replace(job.plan, workers=max(1, runner.executor.places))
    job = replace(job, plan=plan, command=runner.study.run_id)
    outcomes = runner.spread(_join, [job] * plan.workers)
    # A process that finds the search enough does not wait for what others still compute.
    outcome = max(outcomes, key=lambda outcome: len(outcome.trials))
    return Searched(job, study, outcome)


def _join(study: StudyRun, job: Search[T]) -> Outcome:
    opened = job.opened()
    evaluate = job.trials(study, job.target, opened.objectives, reports=job.plan.pruner != "none")
    stop = functools.partial(enough, opened) if job.plan.enough else None
    return search(opened, job.plan, evaluate, command=job.command, enough=stop)
