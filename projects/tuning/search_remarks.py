"""What a reader must know of how a search went: its sampler, and why trials failed."""

from collections.abc import Iterator
from typing import Any

from ib_mlflow.studies.parsing import AUTO
from ib_mlflow.studies.searching.searched import Searched
from ib_mlflow.tuning.ledger import ENDED
from .configuration import SearchConfiguration

REASONS = 5
"""Reasons that the report has at most; every trial's stands on its run."""


def on_sampler(searched: Searched[Any], configuration: SearchConfiguration) -> Iterator[str]:
    """That a search went on as it was begun, where another one would be begun otherwise.

    Arguments:
        searched: that has ended.
        configuration: its parameters.
    """
    if configuration.sampler != AUTO:
        return
    usual = configuration.plan_for(str(searched.study.objectives)).sampler
    sampler = searched.job.plan.sampler
    if sampler != usual:
        yield (
            f"The search was begun by {sampler}, and goes on by it. A new one of so many trials, "
            f"so many at a time, would be begun by {usual}: sampler={usual} begins it."
        )


def on_failures(searched: Searched[Any]) -> Iterator[str]:
    """Why trials failed, each reason once.

    Arguments:
        searched: that has ended.
    """
    trials = {
        number: trial.user_attrs[ENDED]["reason"]
        for number, trial in sorted(searched.outcome.trials.items())
        if trial.state.name == "FAIL"
    }
    reasons: dict[str, list[str]] = {}
    for number, reason in trials.items():
        reasons.setdefault(reason, []).append(str(number))
    for reason, numbers in list(reasons.items())[:REASONS]:
        yield f"Trial{'s' * (len(numbers) > 1)} {', '.join(numbers)} failed: {reason}"
    if len(reasons) > REASONS:
        yield f"Trials failed for {len(reasons) - REASONS} more reasons, which stand on their runs."
