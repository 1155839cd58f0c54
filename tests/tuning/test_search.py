import math
from collections import Counter

import pytest
from optuna.trial import TrialState
from searched import GRID, TEXT, computed, loss, opened, table

from ib_mlflow.errors import ConfigurationError, InvalidInputError
from ib_mlflow.tuning import Failure, Result, SearchPlan, Space, open_optuna_study, search
from ib_mlflow.tuning.plan import SAMPLERS

EVERY = [
    ("tpe", "none"), ("tpe", "median"), ("tpe", "hyperband"), ("gp", "none"), ("nsga2", "median"),
    ("cmaes", "hyperband"), ("qmc", "median"), ("random", "hyperband"), ("grid", "none"),
    ("bruteforce", "median"),
]  # fmt: skip


class CutError(Exception):
    """What cuts a search off in the tests."""


def cut_at(count):
    """Evaluate, but be cut off at the n-th report of all."""
    left = count

    def evaluate(batch):
        nonlocal left
        for candidate in batch:
            report = candidate.report

            def counted(step, value, report=report, **options):
                nonlocal left
                left -= 1
                if left < 0:
                    raise CutError
                return report(step, value, **options)

            candidate.report = counted
        return computed(batch)

    return evaluate


def test_every_sampler_is_tested():
    assert {sampler for sampler, _ in EVERY} == set(SAMPLERS)


@pytest.mark.parametrize(("sampler", "pruner"), EVERY)
def test_a_search_that_is_cut_off_and_goes_on_equals_one_that_is_not(tmp_path, sampler, pruner):
    """At one worker, under every sampler and pruner, bit for bit."""
    space = GRID if sampler in ("grid", "bruteforce") else TEXT
    plan = SearchPlan(trials=14, batch=4, sampler=sampler, pruner=pruner, seed=5)
    whole = search(opened(f"sqlite:///{tmp_path}/whole.db", space), plan, computed)
    study = opened(f"sqlite:///{tmp_path}/cut.db", space)
    cuts = 0
    for count in (3, 9, 13, 1, 22):
        try:
            search(study, plan, cut_at(count))
        except CutError:
            cuts += 1
    again = search(study, plan, computed)
    assert cuts >= 3
    assert table(again) == table(whole)
    assert again.complete + again.pruned == 14
    assert again.pruned > 0 or pruner != "hyperband"
    assert not [t for t in study.optuna_study.trials if t.state is TrialState.RUNNING]


def test_a_seed_decides_and_a_batch_is_a_batch(tmp_path):
    sizes = []

    def evaluate(batch):
        sizes.append([candidate.number for candidate in batch])
        return computed(batch)

    tables = []
    for place, seed in enumerate([1, 1, 2]):
        study = opened(f"sqlite:///{tmp_path}/{place}.db")
        plan = SearchPlan(trials=7, batch=3, seed=seed)
        tables.append(table(search(study, plan, evaluate)))
    assert tables[0] == tables[1] != tables[2]
    assert sizes[:3] == [[0, 1, 2], [3, 4, 5], [6]]


@pytest.mark.parametrize("pruner", ["median", "hyperband"])
def test_a_seed_decides_whatever_a_search_is_called(tmp_path, pruner):
    plan = SearchPlan(trials=16, batch=4, sampler="random", pruner=pruner, seed=3)
    tables = [
        table(search(opened(f"sqlite:///{tmp_path}/{name}.db", name=name), plan, computed))
        for name in ("main 20e3cd30740b", "main b01cb718436f", "mine")
    ]
    assert tables[0] == tables[1] == tables[2]
    assert "PRUNED" in {row[1] for row in tables[0]}


def test_more_trials_go_on_where_fewer_ended(storage_uri):
    study, numbers = opened(storage_uri), []

    def evaluate(batch):
        numbers.extend(candidate.number for candidate in batch)
        return computed(batch)

    search(study, SearchPlan(trials=5, sampler="qmc"), evaluate)
    outcome = search(study, SearchPlan(trials=9, sampler="qmc", batch=2), evaluate)
    assert numbers == list(range(9))
    assert outcome.complete == 9
    assert search(study, SearchPlan(trials=9, sampler="qmc"), evaluate).complete == 9
    assert numbers == list(range(9))


def test_a_known_point_is_told_and_not_computed_again(storage_uri):
    points = Counter()

    def evaluate(batch):
        points.update(tuple(candidate.parameters.values()) for candidate in batch)
        return computed(batch)

    study = opened(storage_uri, "x=0..1:step=0.5;y=1..2;z=1..2")
    outcome = search(study, SearchPlan(trials=30, batch=5, sampler="random"), evaluate)
    assert set(points.values()) == {1}
    assert outcome.complete == 30
    for trial in outcome.trials.values():
        original = outcome.trials[trial.user_attrs.get("same_as", trial.user_attrs["number"])]
        assert trial.values == original.values
        assert trial.params == original.params
        assert trial.user_attrs["run_id"] == original.user_attrs["run_id"]
        assert trial.user_attrs["standard_errors"] == [0.1]


def test_what_diverges_fails_for_good_and_what_raises_is_computed_by_the_next_command(storage_uri):
    study, begun = opened(storage_uri), Counter()

    def evaluate(batch):
        begun.update(candidate.number for candidate in batch)
        ends = {1: Result((math.nan,)), 2: Failure("the disk of bob:Hidden12@db was full")}
        first = {c.number: ends.get(c.number) for c in batch} if begun[2] < 2 else {}
        return [first.get(c.number) or Result((loss(c),)) for c in batch]

    plan = SearchPlan(trials=4)
    outcome = search(study, plan, evaluate, command="one")
    assert (outcome.complete, outcome.failed) == (2, 2)
    assert search(study, plan, evaluate, command="one").failed == 2
    outcome = search(study, plan, evaluate, command="two")
    assert (outcome.complete, outcome.failed) == (3, 1)
    assert outcome.trials[1].user_attrs["ended"]["reason"] == "loss is not a number"
    assert begun == {0: 1, 1: 1, 2: 2, 3: 1}


def test_an_earlier_attempt_leaves_its_run_and_its_checkpoint(storage_uri):
    study = opened(storage_uri)

    def interrupted(batch):
        batch[0].note(run_id="abc", checkpoint="epoch 7")
        batch[0].report(7, 1.0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(study, SearchPlan(trials=1), interrupted)
    (lost,) = study.optuna_study.trials
    assert lost.state is TrialState.FAIL

    def evaluate(batch):
        (candidate,) = batch
        assert (candidate.run_id, candidate.checkpoint) == ("abc", "epoch 7")
        assert candidate.last_step == 7
        candidate.report(7, 99.0)
        return [Result((2.0,))]

    outcome = search(study, SearchPlan(trials=1), evaluate)
    assert outcome.trials[0].params == lost.params
    assert outcome.trials[0].intermediate_values == {7: 1.0}


def test_seeds_of_an_ensemble_stop_what_is_worse_than_the_best(storage_uri):
    study = opened(storage_uri, "x=0..1:step=0.1")

    def evaluate(batch):
        results = []
        for candidate in batch:
            x = float(candidate.parameters["x"])
            seeds = [x + 0.01 * seed for seed in range(6)]
            candidate.report(10, x, by_seed=seeds)
            results.append(Result((x,)))
        return results

    plan = SearchPlan(trials=11, sampler="grid", pruner="wilcoxon")
    outcome = search(study, plan, evaluate)
    best = math.inf
    for trial in outcome.trials.values():
        worse = trial.params["x"] > best
        assert (trial.state is TrialState.PRUNED) == worse
        best = min(best, trial.params["x"])


def test_several_objectives_and_constraints(storage_uri):
    study = opened(storage_uri, objectives="loss:min,error:max")

    def evaluate(batch):
        return [
            Result((loss(c), float(c.number)), constraints={"reliable": c.number - 5.0})
            for c in batch
        ]

    outcome = search(study, SearchPlan(trials=12, batch=3, sampler="nsga2"), evaluate)
    assert outcome.complete == 12
    assert outcome.trials[7].constraints == {"reliable": 2.0}
    assert all(t.user_attrs["number"] <= 5 for t in study.optuna_study.best_trials)
    with pytest.raises(ConfigurationError, match="pruner=median must have one objective"):
        search(study, SearchPlan(trials=12, pruner="median"), evaluate)


def test_what_is_enough_ends_a_search(storage_uri):
    study = opened(storage_uri)
    outcome = search(study, SearchPlan(trials=50), computed, enough=lambda ended: len(ended) >= 6)
    assert (len(outcome.trials), outcome.asked) == (6, 50)


@pytest.mark.parametrize("results", [[], [Result((1.0, 2.0))], [Result(()), Result((1.0,))]])
def test_results_must_fit(storage_uri, results):
    with pytest.raises(InvalidInputError, match="a result a candidate"):
        search(opened(storage_uri), SearchPlan(trials=1), lambda batch: results)


def test_trials_of_other_programs_are_left_alone(storage_uri):
    study = opened(storage_uri)
    study.optuna_study.enqueue_trial({"x": 0.5})
    assert search(study, SearchPlan(trials=3), computed).complete == 3
    waiting = study.optuna_study.get_trials(states=(TrialState.WAITING,))
    assert len(waiting) == 1
    other = open_optuna_study(study.storage, "searched", Space.parse(TEXT), study.objectives)
    assert search(other, SearchPlan(trials=3), computed).complete == 3


@pytest.mark.parametrize("sampler", ["tpe", "qmc", "grid"])
def test_a_search_may_begin_at_a_point(storage_uri, sampler):
    space = GRID if sampler == "grid" else TEXT
    study = opened(storage_uri, space)
    first = study.space.holding({"x": 0.25, "y": 3, "z": 0.5, "other": 1})
    plan = SearchPlan(trials=4, batch=2, sampler=sampler, first=first)
    trials = search(study, plan, computed).trials
    assert trials[0].params == {"x": 0.25, "y": 3, "z": 0.5}
    assert all(trials[number].params != trials[0].params for number in (1, 2, 3))
    assert study.space.holding({"x": 0.25, "y": 3, "z": 7}) == ()
