"""A search that has ended, in this process or in several, and what is read of it."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Generic

import numpy as np
import pandas as pd

from ib_mlflow.studies.judging.intervals import UNIT
from ib_mlflow.studies.reporting.scalars import SHARES
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained, run_ensemble
from ib_mlflow.studies.searching.sought import Search, T
from ib_mlflow.studies.searching.trial_runs import trial_name
from ib_mlflow.tracking import StudyRun
from ib_mlflow.tuning import (
    Comparison,
    Outcome,
    TuningStudy,
    compare,
    enough,
    importances,
    search,
    study_figures,
)
from ib_mlflow.tuning.candidates import BESIDE, NETWORKS, RUN
from ib_mlflow.tuning.scores import Scored, floored, score, scored_trials
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

    def scored(self, place: int = 0) -> list[Scored]:
        """The values of an objective, each point once by its lowest number, with honest errors.

        Arguments:
            place: of the objective among several, from 0.

        Returns:
            In the order of their numbers, without infinite values; errors are `floored`, and
            networks that were trained after the trials count.
        """
        return floored(
            [
                score(each.number, each.parameters, self.networks(each.number), each.rows)
                if each.number in self.further
                else each
                for each in scored_trials(self.study, self.outcome.trials, place=place)
            ]
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each trial: number, state, parameters, values, their errors, MLflow's run."""
        return pd.DataFrame(list(self._rows()))

    def _rows(self) -> Iterator[dict[str, object]]:
        names = self.study.objectives.names
        scores = [{_point(of.parameters): of for of in self.scored(k)} for k in range(len(names))]
        for number, trial in sorted(self.outcome.trials.items()):
            parameters = self.study.space.read(trial.params)
            own = trial.values if trial.state.name == "COMPLETE" else [np.nan] * len(names)
            values = [
                of.get(_point(parameters)) if np.isfinite(value) else None
                for of, value in zip(scores, own, strict=True)
            ]
            known = [of or Scored(number, parameters, v) for of, v in zip(values, own, strict=True)]
            columns = [_columns(name, of) for name, of in zip(names, known, strict=True)]
            yield {
                "number": number,
                "state": trial.state.name,
                **parameters,
                **trial.user_attrs.get(BESIDE, {}),
                **{key: value for of in columns for key, value in of.items()},
                "networks": len(self.networks(known[0].number)),
                "feasible": all(value <= 0 for value in trial.constraints.values()),
                "run_id": trial.user_attrs.get(RUN, ""),
            }

    @property
    def complete(self) -> pd.DataFrame:
        """The trials that have values, each point once; the best first if there is a best.

        Of trials that tie the lowest number is first, as `comparison` has it.
        """
        rows = self.table[self.table["state"] == "COMPLETE"]
        rows = rows.drop_duplicates(self.study.space.names)
        if self.study.objectives.several:
            return rows
        (objective,) = self.study.objectives.objectives
        ascending = [objective.direction == "min", True]
        return rows.sort_values([objective.name, "number"], ascending=ascending)

    @cached_property
    def comparison(self) -> Comparison | None:
        """The best trial beside the others; None of several objectives, or without any value."""
        scored = self.scored()
        if not scored or self.study.objectives.several:
            return None
        (objective,) = self.study.objectives.objectives
        return compare(scored, objective.direction)

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
    def unmet(self) -> list[str]:
        """The constraints that fail, where no trial with values keeps all of its own."""
        if self.complete["feasible"].any():
            return []
        trials = [self.outcome.trials[number] for number in self.complete["number"]]
        return sorted({name for of in trials for name, by in of.constraints.items() if by > 0})

    @cached_property
    def figures(self) -> dict[str, str]:
        """Optuna's figures as pages, by file name."""
        return study_figures(self.study, self.outcome.trials)

    @cached_property
    def importances(self) -> dict[str, Mapping[str, float]]:
        """By objective the share of its variance that each parameter explains."""
        return importances(self.study, self.outcome.trials)

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


def _point(parameters: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(parameters.values())


def _columns(name: str, of: Scored) -> dict[str, float]:
    """A value of a trial with its standard error and the limits of its 95 % interval.

    Those of a share end where shares do.
    """
    low, high = np.clip(of.limits, *UNIT) if name in SHARES else of.limits
    return {name: of.value, f"{name} se": of.error, f"{name} low": low, f"{name} high": high}


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
