"""When a training has come to its end: what the held-out loss still falls by, or rises again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS = 10
"""Of the updates, over the last of which the fall is taken."""
LEAST_WITHIN = 3
"""Evaluations that the last part has at least: a loss is not taken to stand after a bad one."""
FEWEST = 10
"""Evaluations after the one before training, below which nothing is said of convergence."""


def last_fall(losses: Mapping[int, float]) -> float:
    """By how much the smallest held-out loss fell over the last tenth of the updates.

    A loss that falls with the logarithm of the updates falls by the same amount over every last
    tenth: the fall says how far training is from its end whatever its length, which the fall over
    a fixed number of updates does not.

    Arguments:
        losses: held-out losses by update, ascending; 0 is before training.

    Returns:
        The smallest loss up to the last evaluation before the last tenth, minus the smallest of
        all, in the unit of the losses; at least 0. Where the last tenth has fewer than three
        evaluations, it is the fall over the last three. NaN where there are fewer than ten
        evaluations after the first.

    Raises:
        InvalidInputError: there are no losses, or updates do not ascend.

    Example:
        >>> last_fall({update: 100.0 - update for update in range(0, 101, 5)})
        15.0
    """
    before, after = _parted(losses)
    return min(before) - min(*before, *after) if after else math.nan


def last_rise(losses: Mapping[int, float]) -> float:
    """How far the held-out loss of the last tenth of the updates lies above the smallest of all.

    A loss that only rises does not fall over its last tenth, and is yet at no end.

    Arguments:
        losses: as for `last_fall`.

    Returns:
        The smallest loss of the last tenth (or of the last three evaluations) minus the smallest
        of all, in the unit of the losses: 0 where training ends at its best. NaN where there are
        too few evaluations.

    Raises:
        InvalidInputError: as for `last_fall`.

    Example:
        >>> last_rise({update: 100.0 + update for update in range(0, 101, 5)})
        90.0
    """
    before, after = _parted(losses)
    return min(after) - min(*before, *after) if after else math.nan


def has_converged(losses: Mapping[int, float], least_fall: float) -> bool:
    """Whether the held-out loss has come to stand, at its lowest, over the last tenth of updates.

    Arguments:
        losses: as for `last_fall`.
        least_fall: what a training that goes on still falls by, in the unit of the losses; a loss
            that has risen again by as much has not converged either.

    Returns:
        False also where there are too few evaluations to tell.

    Raises:
        InvalidInputError: as for `last_fall`.

    Example:
        >>> flat = {update: max(1.0, 3.0 - 0.1 * update) for update in range(0, 101, 5)}
        >>> has_converged(flat, 0.01), has_converged({0: 3.0, 5: 3.0}, 0.01)
        (True, False)
    """
    # Comparisons with NaN are false.
    return last_fall(losses) < least_fall and last_rise(losses) < least_fall


def has_diverged(losses: Mapping[int, float], least_fall: float) -> bool:
    """Whether the held-out loss of the last tenth of updates stays above the lowest of before.

    What is handed over are the weights of the lowest loss, at which training has not ended.

    Arguments:
        losses: as for `last_fall`.
        least_fall: by how much, in the unit of the losses; as for `has_converged`.

    Returns:
        False also where there are too few evaluations to tell.

    Raises:
        InvalidInputError: as for `last_fall`.

    Example:
        >>> has_diverged({update: abs(update - 50.0) for update in range(0, 101, 5)}, 1.0)
        True
    """
    return last_rise(losses) >= least_fall


def _parted(losses: Mapping[int, float]) -> tuple[list[float], list[float]]:
    """The losses up to the last tenth of the updates, and those of it; none where too few."""
    updates = list(losses)
    if not updates or updates != sorted(updates):
        raise InvalidInputError(
            "losses must be given by ascending numbers of updates, at least one",
            received=updates or "none",
            fix="Give FittedNetwork.losses.",
        )
    if len(updates) <= FEWEST:
        return list(losses.values()), []
    start = min((PARTS - 1) * updates[-1] / PARTS, updates[-1 - LEAST_WITHIN])
    before = [loss for update, loss in losses.items() if update <= start]
    return before, list(losses.values())[len(before) :]
