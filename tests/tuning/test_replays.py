"""Pruners replayed over whole trials: what a real search with that pruner stops."""

from dataclasses import replace

import numpy as np
import pytest
from optuna.trial import TrialState
from searched import opened

from ib_mlflow.tuning import Result, SearchPlan, replays, search
from ib_mlflow.tuning.pruners import PRUNERS

STEPS = (1, 3, 9, 27)


def evaluate(batch):
    """Learning curves that end where x says; eight networks around each."""
    results = []
    for candidate in batch:
        x = float(candidate.parameters["x"])
        spread = 0.01 * np.random.default_rng(candidate.number).standard_normal(8)
        for step in STEPS:
            if candidate.stopped is None:
                networks = x + 1 / step + spread
                candidate.report(step, float(networks.mean()), by_seed=networks.tolist())
        results.append(Result(() if candidate.stopped is not None else (x,), (0.01,)))
    return results


PLAN = SearchPlan(trials=10, sampler="random", seed=3)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """All pruners on a search without one."""
    study = opened(f"sqlite:///{tmp_path_factory.mktemp('whole') / 'whole.db'}", "x=0..1.0")
    replayed = replays(study, PLAN, search(study, PLAN, evaluate).trials)
    study.close()
    return {replay.pruner: replay for replay in replayed}


@pytest.mark.parametrize("pruner", ["median", "hyperband", "wilcoxon"])
def test_a_replay_is_the_search_that_had_that_pruner(compared, tmp_path, pruner):
    replay, pruned = compared[pruner], replace(PLAN, pruner=pruner)
    real = search(opened(f"sqlite:///{tmp_path / 'real.db'}", "x=0..1.0"), pruned, evaluate)
    for trial, ended in zip(replay.trials, real.trials.values(), strict=True):
        last = max(ended.intermediate_values)
        # Stopping at the last step saves nothing, and is no stop of a replay.
        if ended.state is TrialState.PRUNED and last < STEPS[-1]:
            assert (trial.value, trial.spent) == (None, last)
        else:
            assert trial.spent == STEPS[-1]
    assert replay.stopped >= 1


def test_a_budget_cuts_off_what_is_not_paid_for(compared):
    assert list(compared) == list(PRUNERS)
    none, wilcoxon = compared["none"], compared["wilcoxon"]
    assert (none.stopped, none.spent) == (0, 10 * STEPS[-1])
    assert [len(none.within(budget)) for budget in (0, 26, 27, 80, 10**6)] == [0, 0, 1, 2, 10]
    best = min(trial.value for trial in none.trials)
    # What is worse seed by seed is never the best.
    assert min(trial.value for trial in wilcoxon.trials if trial.value is not None) == best
    assert wilcoxon.spent < none.spent
