"""One batch: its points drawn, those that are known told, the others computed and told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from optuna.trial import TrialState

from ib_mlflow.secrecy import without_secrets
from ib_mlflow.tuning.candidates import (
    CHECKPOINT,
    RUN,
    TOLD,
    Candidate,
    Failure,
    Result,
    check_results,
)
from ib_mlflow.tuning.ends import end_attempt
from ib_mlflow.tuning.ledger import ENDED, FINISHED, NUMBER
from ib_mlflow.tuning.outages import patiently
from ib_mlflow.tuning.quiet import quiet
from ib_mlflow.tuning.replica import SEEDS, Replica

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from optuna.trial import FrozenTrial

    from ib_mlflow.tuning.candidates import Evaluate
    from ib_mlflow.tuning.ledger import Claim, Ledger, State
    from ib_mlflow.tuning.plan import SearchPlan
    from ib_mlflow.tuning.storage import TuningStudy

SAME_AS = "same_as"
"""User attribute of a trial: whose values it was told."""
WAIT_SECONDS = 0.5


class Batch:
    """The trials that a process computes together.

    Arguments:
        study: that keeps them.
        plan: of the search.
        ledger: that they were taken from.
        claims: one or more.
    """

    def __init__(
        self, study: TuningStudy, plan: SearchPlan, ledger: Ledger, claims: Sequence[Claim]
    ) -> None:
        self._study, self._plan, self._ledger = study, plan, ledger
        self._claims = {claim.number: claim for claim in sorted(claims, key=lambda c: c.number)}
        self._kept: dict[int, dict[str, object]] = {}
        state = ledger.state()
        block = ledger.block(list(claims))
        inside = set(block) | set(self._claims)
        history = [state.ended[number] for number in sorted(state.ended) if number not in inside]
        running = [t for number, t in sorted(state.running.items()) if number not in inside]
        history += [trial for trial in running if ledger.drawn(trial)]
        self._replica = Replica(study, plan, history)
        self._candidates: dict[int, Candidate] = {}
        with quiet():
            for number in sorted(inside):
                claim = self._claims.get(number)
                here = claim.before if claim else state.ended.get(number, state.running.get(number))
                # What another command has not drawn yet is drawn here alike.
                self._replica.draw(number, here if here and ledger.drawn(here) else None)
                if claim is not None:
                    self._candidates[number] = self._candidate(claim)
            self._replay(state, inside)

    def run(self, evaluate: Evaluate) -> None:
        """Compute the batch and tell its trials.

        Arguments:
            evaluate: computes the points that are not known.
        """
        left = dict(self._claims)
        while left:
            waiting = self._tell_known(left)
            numbers = sorted(set(left) - waiting)
            if numbers:
                self._compute(evaluate, numbers, left)
            elif left:
                # Another process computes the same point.
                time.sleep(WAIT_SECONDS)

    def _compute(self, evaluate: Evaluate, numbers: list[int], left: dict[int, Claim]) -> None:
        batch = [self._candidates[number] for number in numbers]
        results = evaluate(batch)
        check_results(batch, results, len(self._study.objectives.names))
        for candidate, result in zip(batch, results, strict=True):
            self._tell(candidate, result)
            del left[candidate.number]

    def _candidate(self, claim: Claim) -> Candidate:
        frozen = self._replica.frozen(claim.number)
        storage = self._study.storage
        if claim.before is None:
            for name, distribution in self._study.space.distributions.items():
                internal = distribution.to_internal_repr(frozen.params[name])
                patiently(storage.set_trial_param, claim.trial_id, name, internal, distribution)
        self._keep_attributes(claim)
        attributes = claim.before.user_attrs if claim.before else {}
        return Candidate(
            claim.number,
            self._study.space.read(frozen.params),
            attributes.get(RUN),
            attributes.get(CHECKPOINT),
            _report=self._report,
            _note=lambda candidate, key, value: self._set(candidate.number, key, value),
        )

    def _replay(self, state: State, inside: set[int]) -> None:
        """Report again what earlier attempts of this batch have reported, in the same order."""
        points = []
        for number in inside & set(self._replica.trials):
            claim = self._claims.get(number)
            before = claim.before if claim else state.ended.get(number)
            if before is None or SAME_AS in before.user_attrs:
                continue
            for step, value in before.intermediate_values.items():
                seeds = before.user_attrs.get(f"{SEEDS}{step}", ())
                points.append((step, number, value, seeds))
        for step, number, value, seeds in sorted(points, key=lambda point: point[:2]):
            stops = self._replica.report(number, step, value, seeds)
            candidate = self._candidates.get(number)
            if candidate is not None:
                candidate.last_step = step
                if stops and candidate.stopped is None:
                    candidate.stopped = step

    def _report(
        self, candidate: Candidate, step: int, value: float, by_seed: Sequence[float]
    ) -> bool:
        if len(by_seed):
            seeds = [float(part) for part in by_seed]
            self._set(candidate.number, f"{SEEDS}{step}", seeds)
        self._keep_value(self._claims[candidate.number], step, value)
        return self._replica.report(candidate.number, step, float(value), by_seed)

    def _tell_known(self, left: dict[int, Claim]) -> set[int]:
        """Tell points that have ended under another number; return those that others compute."""
        ledger = self._ledger
        state = ledger.state()
        ended = self._by_point(state.ended, _is_known)
        running = self._by_point(state.running, ledger.drawn)
        waiting = set()
        for number in sorted(left):
            point = tuple(self._candidates[number].parameters.values())
            if point in ended:
                self._tell_as(left.pop(number), state.ended[ended[point]])
            elif running.get(point, number) < number:
                waiting.add(number)
        return waiting

    def _by_point(
        self, trials: Mapping[int, FrozenTrial], counts: Callable[[FrozenTrial], bool]
    ) -> dict[tuple[str, ...], int]:
        """The lowest number of the trials at each point."""
        numbers: dict[tuple[str, ...], int] = {}
        for number in sorted(trials):
            if counts(trials[number]):
                point = self._study.space.read(trials[number].params)
                numbers.setdefault(tuple(point.values()), number)
        return numbers

    def _tell_as(self, claim: Claim, other: FrozenTrial) -> None:
        self._set(claim.number, SAME_AS, other.user_attrs[NUMBER])
        for key in (RUN, CHECKPOINT, *TOLD, ENDED):
            if key in other.user_attrs:
                self._set(claim.number, key, other.user_attrs[key])
        for step, value in other.intermediate_values.items():
            self._keep_value(claim, step, value)
        self._constrain(claim, other.constraints)
        complete = other.state is TrialState.COMPLETE
        self._end(claim, other.state, other.values if complete else None)

    def _tell(self, candidate: Candidate, result: Result | Failure) -> None:
        claim = self._claims[candidate.number]
        candidate.note(run_id=result.run_id)
        if isinstance(result, Failure):
            self._fail(claim, result.reason, final=result.final)
            return
        for step, value in sorted(result.intermediate.items()):
            self._keep_value(claim, step, value)
        for key, kept in result.attributes.items():
            self._set(claim.number, key, kept)
        self._constrain(claim, result.constraints)
        if candidate.stopped is not None:
            self._end(claim, TrialState.PRUNED, None)
        elif result.diverged:
            names = zip(self._study.objectives.names, result.values, strict=True)
            wrong = next(name for name, value in names if value != value)
            self._fail(claim, f"{wrong} is not a number", final=True)
        else:
            self._end(claim, TrialState.COMPLETE, [float(value) for value in result.values])

    def _fail(self, claim: Claim, reason: str, *, final: bool) -> None:
        ended = {
            "reason": without_secrets(reason),
            "final": final,
            "command": self._ledger.command,
        }
        self._set(claim.number, ENDED, ended)
        self._end(claim, TrialState.FAIL, None)

    def _end(self, claim: Claim, state: TrialState, values: Sequence[float] | None) -> None:
        self._keep_attributes(claim)
        patiently(end_attempt, self._study.storage, claim.trial_id, state, values)
        self._ledger.held.discard(claim.attempt)

    def _constrain(self, claim: Claim, constraints: Mapping[str, float]) -> None:
        # Optuna keeps constraints among what its samplers note, which is kept at the trial's end.
        for name, value in constraints.items():
            self._replica.trials[claim.number].set_constraint(name, value)

    def _keep_attributes(self, claim: Claim) -> None:
        """Keep what sampler and pruner have noted of a trial."""
        kept = self._kept.setdefault(claim.number, dict(claim.inherited))
        for key, value in self._replica.frozen(claim.number).system_attrs.items():
            if key not in kept or kept[key] != value:
                patiently(self._study.storage.set_trial_system_attr, claim.trial_id, key, value)
                kept[key] = value

    def _keep_value(self, claim: Claim, step: int, value: float) -> None:
        storage = self._study.storage
        patiently(storage.set_trial_intermediate_value, claim.trial_id, step, float(value))

    def _set(self, number: int, key: str, value: object) -> None:
        trial_id = self._claims[number].trial_id
        patiently(self._study.storage.set_trial_user_attr, trial_id, key, value)


def _is_known(trial: FrozenTrial) -> bool:
    """Whether what a trial came to holds for its point for ever."""
    ended = trial.user_attrs.get(ENDED)
    return trial.state in FINISHED or bool(ended and ended["final"])
