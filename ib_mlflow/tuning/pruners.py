"""Optuna's pruners by name: what stops a trial before its end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import optuna
from optuna import pruners

from ib_mlflow.errors import ConfigurationError, InvalidInputError
from ib_mlflow.tuning.objectives import DIRECTIONS
from ib_mlflow.tuning.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optuna.pruners import BasePruner

    from ib_mlflow.tuning.objectives import Objectives

PRUNERS = {
    "none": "every trial goes on to its end",
    "median": "stops what is worse than the median of the trials before, at the same epoch",
    "hyperband": "stops all but the best third, at epochs that are spread geometrically",
    "wilcoxon": "stops what is worse than the best, seed by seed",
}
STARTUP = 5
"""Trials that end before the median pruner stops one."""
P_THRESHOLD = 0.1
"""The p value below which the Wilcoxon pruner stops a trial, as Optuna has it."""
FEWEST_SEEDS = math.floor(-math.log2(P_THRESHOLD)) + 1
"""Seeds below which it stops none: n that are all worse have a p value of 2⁻ⁿ."""


def make_pruner(name: str) -> BasePruner:
    """Make a pruner.

    Arguments:
        name: one of `PRUNERS`.

    Returns:
        The pruner.

    Example:
        >>> type(make_pruner("median")).__name__
        'MedianPruner'
    """
    if name == "median":
        return pruners.MedianPruner(n_startup_trials=STARTUP)
    if name == "hyperband":
        return pruners.HyperbandPruner()
    if name == "wilcoxon":
        with quiet():
            return pruners.WilcoxonPruner(p_threshold=P_THRESHOLD)
    return pruners.NopPruner()


def check_pruner(name: str, objectives: Objectives) -> None:
    """Refuse a pruner where there are several objectives: Optuna has none for them.

    Arguments:
        name: one of `PRUNERS`.
        objectives: what is searched for.

    Raises:
        ConfigurationError: it cannot be.
    """
    if name != "none" and objectives.several:
        raise ConfigurationError(
            f"pruner={name} must have one objective",
            received=str(objectives),
            fix="Take pruner=none, or one of the objectives.",
        )


def worse_by_seeds(values: Sequence[float], best: Sequence[float], direction: str) -> bool:
    """Whether the Wilcoxon pruner would stop networks beside the best ones, seed by seed.

    Reference:
        Wilcoxon (1945), Individual comparisons by ranking methods; Optuna's `WilcoxonPruner`.

    Arguments:
        values: (e,) of the networks, one a seed; a seed that diverged is NaN and stops nothing.
        best: (e,) of the best trial's networks at the same epoch, with the same seeds.
        direction: "max" or "min".

    Returns:
        Whether the networks are worse. `FEWEST_SEEDS`, four, are the fewest that can tell.

    Raises:
        InvalidInputError: the numbers of seeds differ.

    Example:
        >>> worse_by_seeds([3.0, 3.1, 2.9, 3.0, 3.2], [1.0, 1.1, 1.0, 0.9, 1.2], "min")
        True
    """
    if len(values) != len(best):
        raise InvalidInputError(
            "trials must be compared over the same seeds",
            received=f"{len(values)} and {len(best)} values",
            fix="Let members be no searched parameter, or take another pruner.",
        )
    if not np.isfinite([*values, *best]).all():
        return False
    with quiet():
        duel = optuna.create_study(direction=DIRECTIONS[direction], pruner=make_pruner("wilcoxon"))
        duel.add_trial(
            optuna.create_trial(
                value=float(np.mean(best)),
                intermediate_values={place: float(value) for place, value in enumerate(best)},
            )
        )
        trial = duel.ask()
        for place, value in enumerate(values):
            trial.report(float(value), place)
        return trial.should_prune()
