"""Which of the trials that were asked for have ended, run, or wait, as the storage tells it.

A trial that is asked for has a number, 0 to N − 1. Each attempt at it is a trial of Optuna's, which
carries that number and who computes it; an attempt whose process died is failed, and the next one
takes over its parameters. So exactly N numbers end, whoever was killed.
"""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import optuna
from optuna.storages import fail_stale_trials
from optuna.trial import TrialState, create_trial

from ib_mlflow.tracking.lease import Holder
from ib_mlflow.tracking.store import store_lock
from ib_mlflow.tuning.outages import patiently
from ib_mlflow.tuning.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optuna.trial import FrozenTrial

    from ib_mlflow.tuning.plan import SearchPlan
    from ib_mlflow.tuning.storage import TuningStudy

NUMBER, HOLDER, ENDED = "number", "holder", "ended"
"""User attributes of an attempt: its trial's number, its process, and why it failed by itself."""
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True)
class State:
    """What the storage tells, at one moment.

    Arguments:
        ended: by number the attempt that counts.
        running: by number the attempt that runs, first come first.
        lost: by number the last attempt that came to nothing but has its parameters.
    """

    ended: Mapping[int, FrozenTrial] = field(default_factory=dict)
    running: Mapping[int, FrozenTrial] = field(default_factory=dict)
    lost: Mapping[int, FrozenTrial] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """An attempt that this process makes.

    Arguments:
        number: the trial's.
        trial_id: the attempt's id in the storage.
        attempt: its number in the Optuna study.
        before: the attempt whose parameters it takes over; None where none has any.
    """

    number: int
    trial_id: int
    attempt: int
    before: FrozenTrial | None

    @property
    def inherited(self) -> Mapping[str, object]:
        """What samplers and pruners have noted at the attempt that is taken over."""
        return self.before.system_attrs if self.before else {}


class Ledger:
    """The trials of one search, taken and given back.

    Arguments:
        study: that holds them.
        plan: of the search.
        command: what the commands that are typed are told apart by: a trial that failed in an
            earlier one is computed again.
    """

    def __init__(self, study: TuningStudy, plan: SearchPlan, command: str) -> None:
        self._study, self._plan, self.command = study, plan, command
        self.holder = Holder.here()
        self.held: set[int] = set()
        """Attempts of this process that have not ended."""
        self._met: set[int] = set()

    def state(self) -> State:
        """Read the storage; fail the attempts whose processes are gone."""
        return patiently(self._state)

    def take(self) -> list[Claim]:
        """Take trials that wait: a batch of them at most; none if none does."""
        # Beside the lock of this machine, the first of two attempts wins, wherever it was made.
        with store_lock(self._study.storage.url):
            state = self.state()
            begun = {n: self._begin(n, state.lost.get(n)) for n in self._open(state)}
            claims = self._claims(begun, state) if begun else []
        firsts = {number: trial.number for number, trial in self.state().running.items()}
        taken = []
        for claim in claims:
            if firsts.get(claim.number) == claim.attempt:
                taken.append(claim)
            else:
                self.lose(claim)
        return taken

    def block(self, claims: list[Claim]) -> range:
        """The trials that are drawn and stopped beside each other.

        With one worker a batch is a fixed range of numbers, so that a search that was cut off
        within one goes on as if it had not been.
        """
        first = min(claim.number for claim in claims)
        if self._plan.workers > 1:
            return range(first, first)
        start = first - first % self._plan.batch
        return range(start, min(start + self._plan.batch, self._plan.trials))

    def drawn(self, trial: FrozenTrial) -> bool:
        """Whether an attempt has all its parameters: they are written one after the other."""
        return set(self._study.space.names) <= set(trial.params)

    def lose(self, claim: Claim) -> None:
        """Give a trial back: its attempt has failed, and another one will be made."""
        patiently(self._fail, claim.attempt)
        self.held.discard(claim.attempt)

    def abandon(self, claims: Sequence[Claim]) -> None:
        """Give back what has not ended, if the storage answers; else the next command finds out."""
        for claim in claims:
            if claim.attempt in self.held:
                self.held.discard(claim.attempt)
                with suppress(Exception):
                    self._fail(claim.attempt)

    def _open(self, state: State) -> list[int]:
        numbers = [
            number
            for number in range(self._plan.trials)
            if number not in state.ended and number not in state.running
        ]
        if self._plan.workers > 1:
            return numbers[: self._plan.batch]
        first = min(set(range(self._plan.trials)) - set(state.ended), default=0)
        end = first - first % self._plan.batch + self._plan.batch
        return [number for number in numbers if number < end]

    def leave(self) -> None:
        """Fail what this process has begun and not ended, also if nobody was told of it.

        A signal may come between an attempt's making and its return.
        """
        self.held.clear()
        with suppress(Exception):  # the next command finds that its process is gone
            self._state()

    def _begin(self, number: int, before: FrozenTrial | None) -> int:
        """Make an attempt; its id in the storage."""
        template = create_trial(
            state=TrialState.RUNNING,
            params=before.params if before else {},
            distributions=before.distributions if before else {},
            system_attrs=before.system_attrs if before else {},
            intermediate_values=before.intermediate_values if before else {},
            user_attrs=self._inherited(before)
            | {NUMBER: number, HOLDER: json.loads(self.holder.to_json())},
        )
        template.datetime_start = datetime.now()
        return patiently(self._study.storage.create_new_trial, self._study.study_id, template)

    def _claims(self, begun: Mapping[int, int], state: State) -> list[Claim]:
        """The attempts that were made, by their ids; their numbers are read together."""
        read = self._study.optuna_study.get_trials
        trials = patiently(read, deepcopy=False, states=(TrialState.RUNNING,))
        mine = [t for t in trials if t.user_attrs.get(HOLDER, {}).get("token") == self.holder.token]
        # Of two with one number the last counts: the answer to the first was lost.
        attempts = {trial.user_attrs[NUMBER]: trial.number for trial in mine}
        self.held.update(attempts[number] for number in begun)
        return [Claim(n, begun[n], attempts[n], state.lost.get(n)) for n in begun]

    @staticmethod
    def _inherited(before: FrozenTrial | None) -> dict[str, object]:
        attributes = before.user_attrs if before else {}
        return {key: value for key, value in attributes.items() if key != ENDED}

    def _state(self) -> State:
        with quiet():
            fail_stale_trials(self._study.optuna_study)
        trials = self._study.optuna_study.get_trials(deepcopy=False)
        gone = [
            trial for trial in trials if trial.state is TrialState.RUNNING and self._gone(trial)
        ]
        for trial in gone:
            self._fail(trial.number)
        if gone:
            trials = self._study.optuna_study.get_trials(deepcopy=False)
        ended: dict[int, FrozenTrial] = {}
        running: dict[int, FrozenTrial] = {}
        lost: dict[int, FrozenTrial] = {}
        for trial in trials:
            number = trial.user_attrs.get(NUMBER)
            if number is None:
                continue
            if trial.state is TrialState.RUNNING:
                running.setdefault(number, trial)
            elif trial.state in FINISHED or self._counts(trial):
                ended.setdefault(number, trial)
            elif self.drawn(trial):
                lost[number] = trial
        running = {number: trial for number, trial in running.items() if number not in ended}
        return State(ended, running, lost)

    def _counts(self, trial: FrozenTrial) -> bool:
        """Whether a failed attempt is the trial's end, for now."""
        ended = trial.user_attrs.get(ENDED)
        return ended is not None and (ended["final"] or ended["command"] == self.command)

    def _gone(self, trial: FrozenTrial) -> bool:
        """Whether a running attempt has nobody who computes it, as far as this machine can tell."""
        holder = Holder(**trial.user_attrs[HOLDER]) if HOLDER in trial.user_attrs else None
        if holder is None:
            return False
        if holder.token == self.holder.token:
            # Made by a call whose answer was lost.
            return trial.number not in self.held
        if holder.host == socket.gethostname():
            return not holder.alive
        if trial.number not in self._met:
            # A process that died before its first heartbeat would be waited for for ever.
            self._met.add(trial.number)
            storage = self._study.storage
            storage.record_heartbeat(
                storage.get_trial_id_from_study_id_trial_number(self._study.study_id, trial.number)
            )
        return False

    def _fail(self, attempt: int) -> None:
        try:
            self._study.optuna_study.tell(
                attempt, state=optuna.trial.TrialState.FAIL, skip_if_finished=True
            )
        except optuna.exceptions.UpdateFinishedTrialError:
            # Another process was quicker.
            return
