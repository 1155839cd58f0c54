"""The last part of a search: more networks of the points that may be best."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from ib_mlflow.execution.progress import progress
from ib_mlflow.studies.searching.batches import run_batch
from ib_mlflow.studies.searching.heats import another
from ib_mlflow.studies.searching.searched import Searched
from ib_mlflow.studies.searching.targets import Target
from ib_mlflow.studies.searching.trial_runs import end_heat, trial_name
from ib_mlflow.tracking import StudyRun
from ib_mlflow.tuning.racing import pooled, worth_another
from ib_mlflow.tuning.scores import Scored, score, scored_trials


def further_networks(study: StudyRun, searched: Searched[Target]) -> Mapping[int, Sequence[float]]:
    """Train more networks, each of the point that is best or may be, as many as the target asks.

    Their number does not depend on what they show, for a search that ended where its best is told
    from the rest would be told so too often. Each is a child run, read back when it is asked for
    again.

    Reference:
        Auer, Cesa-Bianchi & Fischer (2002), Finite-time analysis of the multiarmed bandit problem.

    Arguments:
        study: the run of the search.
        searched: that has ended, with one objective.

    Returns:
        By the number of its trial, the values of a point's networks that have not diverged.
    """
    target, count = searched.job.target, searched.job.target.deciding
    further: dict[int, list[float]] = {}
    trials = {trial.number: trial for trial in _with_networks(searched)} if count else {}
    if not any(len(searched.networks(number)) > 1 for number in trials):
        return {}
    (objective,) = searched.study.objectives.objectives
    trained = dict.fromkeys(trials, 0)
    with progress(count, "deciding", "network") as bar:
        for place in range(count):
            scored = [
                score(n, of.parameters, [*searched.networks(n), *further.get(n, ())])
                for n, of in trials.items()
            ]
            number = worth_another(pooled(scored), objective.direction).number
            spec = target.spec(trial_name(number), trials[number].parameters)
            ends = partial(end_heat, number, [objective.name])
            (outcome,) = run_batch(study, [another(spec, trained[number])], ends=ends)
            trained[number] += 1
            if outcome.trained is not None and outcome.state == "complete":
                values = outcome.scalars[objective.name]
                further.setdefault(number, []).extend(values[np.isfinite(values)].tolist())
            bar.reach(place + 1)
    return further


def _with_networks(searched: Searched[Target]) -> list[Scored]:
    trials = scored_trials(searched.study, searched.outcome.trials)
    return [trial for trial in trials if searched.networks(trial.number)]
