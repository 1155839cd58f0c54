"""Trials of a search: points become ensembles, ensembles are trained, results are told."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.reporting.scalars import UNRELIABLE, member_scalars
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.searching.batches import Outcome, run_batch
from ib_mlflow.studies.searching.targets import Target, only_group
from ib_mlflow.tracking import StudyRun
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.tuning import Candidate, Failure, Objectives, Result

if TYPE_CHECKING:
    from ib_mlflow.studies.running.ensembles import EnsembleSpec

STATES = {"complete": "COMPLETE", "stopped": "PRUNED", "failed": "FAIL"}
"""What Optuna calls the end of a trial."""
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
        specs: dict[str, EnsembleSpec] = {}
        candidates: dict[str, Candidate] = {}
        for candidate in batch:
            name = trial_name(candidate.number)
            if candidate.stopped is not None:  # by an attempt that died before it could say so
                results[candidate.number] = Result(run_id=candidate.run_id)
                continue
            try:
                specs[name] = self._target.spec(name, candidate.parameters)
                candidates[name] = candidate
            except ConfigurationError as error:
                results[candidate.number] = Failure(str(error), final=True)

        def stops(epoch: int, measured: Mapping[str, Trained]) -> list[str]:
            leaving = []
            for name, trained in measured.items():
                candidate = candidates[name]
                candidate.note(run_id=trained.recording.child(name).run_id, checkpoint=str(epoch))
                if self._reports and epoch and self._report(candidate, trained, epoch):
                    leaving.append(name)
            return leaving

        def ends(outcome: Outcome) -> None:
            candidate = candidates[outcome.spec.name]
            results[candidate.number] = self._result(candidate, outcome)

        watched = stops if self._reports else None
        run_batch(self._study, list(specs.values()), stops=watched, ends=ends)
        return [results[candidate.number] for candidate in batch]

    def _report(self, candidate: Candidate, trained: Trained, epoch: int) -> bool:
        values = self._values(_plane(trained))
        return candidate.report(epoch, _mean(values), by_seed=values.tolist())

    def _values(self, plane: Trajectory) -> Numbers:
        return member_scalars(plane)[self._objectives.names[0]]

    def _result(self, candidate: Candidate, outcome: Outcome) -> Result | Failure:
        if outcome.trained is None:
            return Failure(outcome.error, final=True)
        failed = outcome.state == "failed"
        scalars = {} if failed else member_scalars(_plane(outcome.trained))
        name, recording = outcome.spec.name, outcome.trained.recording
        means = {of: _mean(values) for of, values in scalars.items()}
        tags = {"trial": str(candidate.number), "trial_state": STATES[outcome.state]}
        recording.summarise(name, means, tags)
        run_id = recording.child(name).run_id
        candidate.note(run_id=run_id, checkpoint=str(outcome.epoch))
        if failed:
            return Failure(outcome.error, final=True, run_id=run_id)
        if outcome.state == "stopped":
            return Result(run_id=run_id)
        values = [scalars[objective] for objective in self._objectives.names]
        counts = [int(np.isfinite(of).sum()) for of in values]
        return Result(
            [_mean(of) for of in values],
            [_error(of) for of in values],
            run_id,
            intermediate=self._steps(outcome.trained) if self._reports else {},
            degrees=float(min(counts) - 1) if min(counts) > 1 else None,
            constraints=_constraints(scalars),
        )

    def _steps(self, trained: Trained) -> dict[int, float]:
        """What the trial was worth at each measured epoch, also of one that was read back."""
        plane = _plane(trained)
        upto = {}
        for epoch in plane.epochs[1:]:
            frame = plane.frame[plane.frame["epoch"] <= epoch]
            upto[epoch] = _mean(self._values(Trajectory(frame, plane.guides)))
        return upto


def trial_name(number: int) -> str:
    """The name of a trial's child run.

    Example:
        >>> trial_name(3)
        'trial 3'
    """
    return f"trial {number}"


def _constraints(scalars: Mapping[str, Numbers]) -> dict[str, float]:
    """Estimates of noisy networks must be reliable, in every layer of every network."""
    return {RELIABLE: _mean(scalars[UNRELIABLE])} if UNRELIABLE in scalars else {}


def _plane(trained: Trained) -> Trajectory:
    return trained.spec.plane(trained.trajectory, only_group(trained.spec))


def _mean(values: Numbers) -> float:
    """Over the networks that have not diverged."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan


def _error(values: Numbers) -> float:
    """The standard error of their mean; NaN of a single network."""
    known = values[np.isfinite(values)]
    return float(known.std(ddof=1) / math.sqrt(known.size)) if known.size > 1 else math.nan
