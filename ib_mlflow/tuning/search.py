"""The search: ask for points, compute them, tell what they came to, until all have ended."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ib_mlflow.tuning.batch import Batch
from ib_mlflow.tuning.heart import Heart
from ib_mlflow.tuning.ledger import Ledger
from ib_mlflow.tuning.outages import patiently
from ib_mlflow.tuning.pruners import check_pruner
from ib_mlflow.tuning.samplers import check_sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from optuna.trial import FrozenTrial

    from ib_mlflow.tuning.candidates import Evaluate
    from ib_mlflow.tuning.plan import SearchPlan
    from ib_mlflow.tuning.storage import TuningStudy

POLL_SECONDS = 0.5
"""How often the storage is asked whether the trials of others have ended, in seconds."""


@dataclass(frozen=True)
class Outcome:
    """How a search ended.

    Arguments:
        trials: by number the trials that ended.
        complete: how many have values.
        pruned: how many were stopped.
        failed: how many have none.
        asked: how many were asked for; fewer have ended where the search was found to be enough.
    """

    trials: Mapping[int, FrozenTrial]
    complete: int
    pruned: int
    failed: int
    asked: int


def search(
    study: TuningStudy,
    plan: SearchPlan,
    evaluate: Evaluate,
    *,
    command: str = "",
    enough: Callable[[Mapping[int, FrozenTrial]], bool] | None = None,
) -> Outcome:
    """Search until as many trials have ended as the plan asks for, by this process or by others.

    A trial ends COMPLETE, PRUNED or FAIL. A trial whose process died has not ended: it is taken up
    again with the same parameters, at once on its machine and after two minutes of silence by
    another. A trial that failed, but not for good, is computed again by the next command. A point
    that has ended under another number is told its values, counts, and is not computed again.

    With one worker, a search that was killed and goes on has the trials of one that was not, bit
    for bit, under every sampler and pruner. With several it has under random, grid and qmc; under
    the others each trial equals a rerun of its parameters.

    Arguments:
        study: that keeps the trials.
        plan: the same in every worker.
        evaluate: computes a batch.
        command: what the commands that are typed are told apart by: the id of their run.
        enough: whether what has ended, by number, is enough; asked between batches.

    Returns:
        What has ended.

    Raises:
        ConfigurationError: the sampler or pruner cannot do what is asked.
        StorageError: the storage was away for too long.
        InvalidInputError: `evaluate` returned something else than a result a candidate.
        Exception: what `evaluate` raises. Its trials are begun again by the next command.
    """
    check_sampler(plan, study.space, study.objectives)
    check_pruner(plan.pruner, study.objectives)
    ledger = Ledger(study, plan, command)
    with Heart(study.storage) as heart:
        while True:
            ended = ledger.state().ended
            asked = {number: ended[number] for number in sorted(ended) if number < plan.trials}
            if len(asked) == plan.trials or (enough is not None and enough(asked)):
                return _outcome(asked, plan)
            try:
                claims = ledger.take()
            except BaseException:
                ledger.leave()
                raise
            if not claims:
                time.sleep(POLL_SECONDS)
                continue
            try:
                for claim in claims:
                    patiently(heart.add, claim.trial_id)
                Batch(study, plan, ledger, claims).run(evaluate)
            finally:
                for claim in claims:
                    heart.drop(claim.trial_id)
                # What has not ended by now is begun again by the next command.
                ledger.abandon(claims)


def _outcome(ended: Mapping[int, FrozenTrial], plan: SearchPlan) -> Outcome:
    counts = Counter(trial.state.name for trial in ended.values())
    return Outcome(ended, counts["COMPLETE"], counts["PRUNED"], counts["FAIL"], plan.trials)
