"""A point to compute, and what comes back of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ib_mlflow.errors import InvalidInputError

RUN, CHECKPOINT = "run_id", "checkpoint"
"""User attributes of a trial: its MLflow run, and its last checkpoint."""
TOLD = ERRORS, DEGREES, NETWORKS, BESIDE, ROWS = (
    "standard_errors", "degrees", "networks", "beside", "rows"
)  # fmt: skip
"""User attributes of a trial: the errors of its values and their degrees of freedom, the first
objective's value of every network that has not diverged, results that are no objectives, and of how
many rows each value is a share."""
Report = Callable[["Candidate", int, float, Sequence[float]], bool]
Note = Callable[["Candidate", str, object], None]


@dataclass(eq=False)
class Candidate:
    """A trial whose parameters are known and whose values are not.

    Arguments:
        number: of the trial among those asked for, from 0; the same however often it is begun.
        parameters: as a study's command line takes them.
        run_id: the MLflow run of an earlier attempt, which goes on; None for a new one.
        checkpoint: what an earlier attempt noted as its last checkpoint.
        stopped: the step at which the pruner has stopped it; None while it goes on.
        last_step: the last step that an earlier attempt reported; −1 for none.
    """

    number: int
    parameters: Mapping[str, str]
    run_id: str | None = None
    checkpoint: str | None = None
    stopped: int | None = None
    last_step: int = -1
    _report: Report | None = field(default=None, repr=False)
    _note: Note | None = field(default=None, repr=False)

    def report(self, step: int, value: float, *, by_seed: Sequence[float] = ()) -> bool:
        """Say how the trial does at a step; trials of a batch report a step in turn.

        A step that an earlier attempt has reported is not counted twice.

        Arguments:
            step: the epoch, or another number that rises.
            value: of the objective, so far.
            by_seed: (e,) the value of each network, for the Wilcoxon pruner.

        Returns:
            Whether the pruner stops the trial: it is then not trained further.
        """
        if self.stopped is not None and step >= self.stopped:
            return True
        if step <= self.last_step or self._report is None:
            return False
        if self._report(self, step, value, by_seed):
            self.stopped = step
        self.last_step = step
        return self.stopped is not None

    def note(self, *, run_id: str | None = None, checkpoint: str | None = None) -> None:
        """Keep where the trial is computed, so that whoever takes it up goes on from there.

        Arguments:
            run_id: its MLflow run.
            checkpoint: its last checkpoint, in a text that `evaluate` understands.
        """
        for key, text in ((RUN, run_id), (CHECKPOINT, checkpoint)):
            if text is not None and text != getattr(self, key):
                setattr(self, key, text)
                if self._note is not None:
                    self._note(self, key, text)


@dataclass(frozen=True)
class Result:
    """What a trial came to.

    Arguments:
        values: one an objective; a stopped trial may have none.
        standard_errors: of the values, from the networks' seeds; empty where not known.
        run_id: its MLflow run.
        intermediate: values by step that were not reported on the way.
        constraints: by name, at most 0 where they hold.
        degrees: degrees of freedom of the standard errors: networks − 1; None for exact ones.
        networks: (e,) the first objective's values of the networks that have not diverged.
        beside: results by name that are no objectives.
        rows: of which each value is a share, counted for each network; 0 for another number, and
            empty where none is a share.
    """

    values: Sequence[float] = ()
    standard_errors: Sequence[float] = ()
    run_id: str | None = None
    intermediate: Mapping[int, float] = field(default_factory=dict)
    constraints: Mapping[str, float] = field(default_factory=dict)
    degrees: float | None = None
    networks: Sequence[float] = ()
    beside: Mapping[str, float] = field(default_factory=dict)
    rows: Sequence[int] = ()

    @property
    def attributes(self) -> dict[str, object]:
        """What is kept of it beside the values, by the names of `TOLD`."""
        known = {
            ERRORS: [float(error) for error in self.standard_errors],
            DEGREES: None if self.degrees is None else float(self.degrees),
            NETWORKS: [float(value) for value in self.networks],
            BESIDE: dict(self.beside),
            ROWS: list(self.rows) if any(self.rows) else [],
        }
        return {key: value for key, value in known.items() if value not in ([], {}, None)}

    @property
    def diverged(self) -> bool:
        """Whether a value is no number: the trial will never have one."""
        return any(math.isnan(value) for value in self.values)


@dataclass(frozen=True)
class Failure:
    """Why a trial has no values.

    Arguments:
        reason: in words.
        final: whether it would fail again; else the next command computes it again.
        run_id: its MLflow run.
    """

    reason: str
    final: bool = False
    run_id: str | None = None


class Evaluate(Protocol):
    """Compute points; one batch may be one ensemble.

    It reports each step of each candidate (`Candidate.report`), in turn and in the order of the
    batch, and notes their runs and checkpoints as soon as there are any. What it raises ends the
    search; the batch's trials are computed again by the next command, with the same parameters.
    """

    def __call__(self, batch: Sequence[Candidate]) -> Sequence[Result | Failure]:
        """Return one result a candidate, in their order."""
        ...


def check_results(
    batch: Sequence[Candidate], results: Sequence[Result | Failure], objectives: int
) -> None:
    """Refuse results that do not fit what was asked.

    Arguments:
        batch: that was asked for.
        results: that came back.
        objectives: how many values each has.

    Raises:
        InvalidInputError: there are fewer or more, or one has another number of values.
    """
    counts = [len(r.values) for r in results if isinstance(r, Result)]
    finished = [
        isinstance(result, Failure) or candidate.stopped is not None
        for candidate, result in zip(batch, results, strict=False)
    ]
    lengths = [
        len(result.values)
        for result, done in zip(results, finished, strict=False)
        if isinstance(result, Result) and not done
    ]
    if len(results) != len(batch) or any(length != objectives for length in lengths):
        raise InvalidInputError(
            "evaluate must return a result a candidate, with a value an objective",
            received=f"{len(results)} results with {counts} values for {len(batch)} candidates",
            fix=f"Return {objectives} values for each.",
        )
