"""Trials of a search: points become ensembles, ensembles are trained, results are told."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import ConfigurationError, InvalidInputError
from ib_mlflow.studies.reporting.scalars import (
    ERROR,
    TRAIN_ACCURACY,
    UNRELIABLE,
    VAL_ACCURACY,
    member_scalars,
)
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.searching.batches import Outcome, Stops, run_batch
from ib_mlflow.studies.searching.targets import Target, only_group
from ib_mlflow.studies.searching.trial_runs import STATES, end_heat, refused, trial_name
from ib_mlflow.tracking import StudyRun
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.tuning import Candidate, Failure, Objectives, Result
from ib_mlflow.tuning.scores import standard_error

if TYPE_CHECKING:
    from ib_mlflow.studies.running.ensembles import EnsembleSpec

RELIABLE = "reliable"
"""The constraint on estimates: the share of layers where they are not, which must be 0."""


class Trials:
    """Computes the points of a batch as one ensemble, each in a child run of its own.

    Arguments:
        study: the run of the search.
        target: what is computed at a point.
        objectives: what is told of it.
        reports: whether a pruner waits for what a trial is worth at each measured epoch.
    """

    def __init__(
        self, study: StudyRun, target: Target, objectives: Objectives, *, reports: bool
    ) -> None:
        self._study, self._target, self._objectives = study, target, objectives
        self._reports = reports

    def __call__(self, batch: Sequence[Candidate]) -> list[Result | Failure]:
        """Compute a batch, as `ib_mlflow.tuning.Evaluate` says."""
        results: dict[int, Result | Failure] = {}
        heats: dict[int, list[EnsembleSpec]] = {}
        candidates = {candidate.number: candidate for candidate in batch}
        for candidate in batch:
            if candidate.stopped is not None:  # by an attempt that died before it could say so
                results[candidate.number] = Result(run_id=candidate.run_id)
                continue
            try:
                name = trial_name(candidate.number)
                heats[candidate.number] = self._target.heats(name, candidate.parameters)
            except (ConfigurationError, InvalidInputError) as error:
                results[candidate.number] = refused(self._study, candidate, error)
        ended: dict[int, list[Outcome]] = {number: [] for number in heats}
        while heats:
            numbers = {specs[0].name: number for number, specs in heats.items()}
            watched = self._watch({name: candidates[number] for name, number in numbers.items()})
            together = [specs[0] for specs in heats.values()]
            begins = partial(_begin_heat, numbers, candidates)
            ends = partial(_end_heat, numbers, self._objectives.names)
            outcomes = run_batch(self._study, together, begins=begins, stops=watched, ends=ends)
            for outcome in outcomes:
                ended[numbers[outcome.spec.name]].append(outcome)
            heats = {
                number: specs[1:]
                for number, specs in heats.items()
                if specs[1:] and self._goes_on(candidates[number], ended[number])
            }
        for number, outcomes in ended.items():
            results[number] = self._result(candidates[number], outcomes)
        return [results[candidate.number] for candidate in batch]

    def _watch(self, candidates: Mapping[str, Candidate]) -> Stops | None:
        """What asks the pruner at each measured epoch; in a race it is asked after each heat."""
        if not self._reports or self._target.race:
            return None

        def stops(epoch: int, measured: Mapping[str, Trained]) -> list[str]:
            leaving = []
            for name, trained in measured.items():
                candidate = candidates[name]
                candidate.note(run_id=trained.recording.child(name).run_id, checkpoint=str(epoch))
                if epoch and self._report(candidate, epoch, self._values(_plane(trained))):
                    leaving.append(name)
            return leaving

        return stops

    def _goes_on(self, candidate: Candidate, outcomes: Sequence[Outcome]) -> bool:
        """Whether another heat is trained: not of a trial that failed, or is worse than the best.

        The step that is reported is the number of networks so far.
        """
        if outcomes[0].state != "complete":
            return False
        values = self._scalars(outcomes)[self._objectives.names[0]]
        return not self._report(candidate, len(values), values)

    def _report(self, candidate: Candidate, step: int, values: Numbers) -> bool:
        return candidate.report(step, _mean(values), by_seed=values.tolist())

    def _values(self, plane: Trajectory) -> Numbers:
        return member_scalars(plane)[self._objectives.names[0]]

    def _scalars(self, outcomes: Sequence[Outcome]) -> dict[str, Numbers]:
        """The scalars of the networks of all heats, in the order of their seeds."""
        heats = [each.scalars for each in outcomes if each.trained]
        return {name: np.concatenate([heat[name] for heat in heats]) for name in heats[0]}

    def _result(self, candidate: Candidate, outcomes: Sequence[Outcome]) -> Result | Failure:
        first = outcomes[0]
        if first.trained is None:
            return Failure(first.error, final=True)
        state = first.state if candidate.stopped is None else "stopped"
        for outcome in outcomes:
            if outcome.trained is not None and outcome.state != state:
                tags = {"trial_state": STATES[state]}
                outcome.trained.recording.summarise(outcome.spec.name, {}, tags)
        run_id = first.trained.recording.child(first.spec.name).run_id
        candidate.note(run_id=run_id, checkpoint=str(outcomes[-1].epoch))
        if state == "failed":
            return Failure(first.error, final=True, run_id=run_id)
        if state == "stopped":
            return Result(run_id=run_id)
        scalars = self._scalars(outcomes)
        values = [scalars[objective] for objective in self._objectives.names]
        counts = [int(np.isfinite(of).sum()) for of in values]
        read_back = self._reports and not self._target.race
        return Result(
            [_mean(of) for of in values],
            [standard_error(of[np.isfinite(of)]) for of in values],
            run_id,
            intermediate=self._steps(first.trained) if read_back else {},
            degrees=float(min(counts) - 1) if min(counts) > 1 else None,
            constraints=_constraints(scalars),
            networks=[float(value) for value in values[0] if np.isfinite(value)],
            beside={ERROR: _mean(scalars[ERROR])} if ERROR in scalars else {},
            rows=rows_of(first.spec.task, self._objectives.names),
        )

    def _steps(self, trained: Trained) -> dict[int, float]:
        """What the trial was worth at each measured epoch, also of one that was read back."""
        plane = _plane(trained)
        upto = {}
        for epoch in plane.epochs[1:]:
            frame = plane.frame[plane.frame["epoch"] <= epoch]
            upto[epoch] = _mean(self._values(Trajectory(frame, plane.guides)))
        return upto


def rows_of(task: Task, names: Sequence[str]) -> list[int]:
    """Of how many rows of a task each result is a share; 0 for another number.

    Arguments:
        task: that networks learn.
        names: of the results.
    """
    parts = {VAL_ACCURACY: task.validation_set, TRAIN_ACCURACY: task.train_set}
    return [parts[name].n if name in parts else 0 for name in names]


def _begin_heat(
    numbers: Mapping[str, int], candidates: Mapping[int, Candidate], name: str, run_id: str
) -> None:
    """Note the run of a trial at once, for whoever is killed leaves no other trace of it."""
    candidate = candidates[numbers[name]]
    if candidate.run_id is None:  # of a race, that of the first heat
        candidate.note(run_id=run_id)


def _end_heat(numbers: Mapping[str, int], sought: Sequence[str], outcome: Outcome) -> None:
    end_heat(numbers[outcome.spec.name], sought, outcome)


def _constraints(scalars: Mapping[str, Numbers]) -> dict[str, float]:
    """Estimates of noisy networks must be reliable, in every layer of every network."""
    return {RELIABLE: _mean(scalars[UNRELIABLE])} if UNRELIABLE in scalars else {}


def _plane(trained: Trained) -> Trajectory:
    return trained.spec.plane(trained.trajectory, only_group(trained.spec))


def _mean(values: Numbers) -> float:
    """Over the networks that have not diverged."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan
