import importlib.util
import math

import numpy as np
import optuna
import pytest
from searched import GRID, TEXT

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.tuning import Objectives, SearchPlan, Space
from ib_mlflow.tuning.plan import SAMPLERS
from ib_mlflow.tuning.quiet import quiet
from ib_mlflow.tuning.samplers import (
    BY_NUMBER,
    check_sampler,
    make_sampler,
    population,
    seed_of,
    usual_sampler,
)

ONE, TWO = Objectives.parse("a:min"), Objectives.parse("a:min,b:max")


def drawn(plan, space, number, history=0):
    """The point of a number, after a history of any length."""
    with quiet():
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=99))
        for _ in range(history):
            study.tell(study.ask(space.distributions), 1.0)
        study.sampler = make_sampler(plan, space, number)
        return space.suggest(study.ask())


@pytest.mark.parametrize("sampler", BY_NUMBER)
def test_what_is_drawn_by_number_depends_on_seed_and_number_only(sampler):
    space = Space.parse(GRID)
    plan = SearchPlan(trials=50, sampler=sampler, seed=4)
    points = [drawn(plan, space, number) for number in range(50)]
    assert [drawn(plan, space, n, history=n % 3 + 1) for n in (0, 7, 49)] == [
        points[0], points[7], points[49]
    ]  # fmt: skip
    other = SearchPlan(trials=50, sampler=sampler, seed=5)
    assert [drawn(other, space, number) for number in range(50)] != points
    if sampler == "grid":
        assert len({tuple(point.values()) for point in points}) == space.size == 50


def test_a_sequence_fills_the_space_evenly():
    plan, space = SearchPlan(trials=16, sampler="qmc"), Space.parse("x=0..1.0;y=1..10.0:log")
    xs = sorted(float(drawn(plan, space, number)["x"]) for number in range(16))
    assert all(place / 16 <= x < (place + 1) / 16 for place, x in enumerate(xs))


@pytest.mark.parametrize(
    ("sampler", "space", "objectives", "message"),
    [
        ("grid", TEXT, ONE, "received x=0.0..1.0. Give x a :step"),
        ("bruteforce", TEXT, ONE, "take sampler=qmc"),
        ("grid", GRID, ONE, "received trials=60 of 50 points. Write trials=50."),
        ("bruteforce", GRID, ONE, "Write trials=50."),
        ("cmaes", "x=0..1.0;y=a|b", ONE, "received choices of y"),
        ("cmaes", "x=0..1.0", ONE, "received only x"),
        ("cmaes", TEXT, TWO, "must have one objective"),
    ],
)
def test_what_a_sampler_cannot_honour_is_refused_by_name(sampler, space, objectives, message):
    with pytest.raises(ConfigurationError) as caught:
        check_sampler(SearchPlan(trials=60, sampler=sampler), Space.parse(space), objectives)
    assert message in str(caught.value)
    assert f"sampler={sampler}" in str(caught.value)


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="pip install cmaes"):
        check_sampler(SearchPlan(trials=5, sampler="cmaes"), Space.parse(TEXT), ONE)


@pytest.mark.parametrize("sampler", sorted(SAMPLERS))
def test_every_sampler_draws_in_the_space(sampler):
    plan = SearchPlan(trials=8, sampler=sampler, batch=2)
    check_sampler(plan, Space.parse(GRID), ONE)
    assert list(drawn(plan, Space.parse(GRID), 3, history=12)) == ["x", "y", "z"]


def test_seeds_differ_and_generations_fit():
    assert len({seed_of(s, n) for s in range(20) for n in range(20)}) == 400
    assert [population(trials) for trials in (1, 40, 10_000)] == [4, 8, 50]


def test_batches_are_drawn_by_the_gaussian_process_where_nobody_says_otherwise():
    def usual(objectives=ONE, trials=200, batch=2, pruner="none"):
        return usual_sampler(objectives, trials=trials, batch=batch, pruner=pruner)

    assert usual() == "gp"
    others = [usual(TWO), usual(trials=201), usual(batch=1), usual(pruner="median")]
    assert others == ["tpe"] * 4


def least(sampler, batch, trials, seed):
    """The log of what is left to the least value of a smooth function, its two scales skewed."""
    space = Space.parse("x=0.01..1.0:log;y=0.001..1.0:log")
    plan = SearchPlan(trials=trials, sampler=sampler, batch=batch, seed=seed)
    with quiet():
        study = optuna.create_study()
        for first in range(0, trials, batch):
            asked = []
            for number in range(first, first + batch):
                study.sampler = make_sampler(plan, space, number)
                asked.append(study.ask(space.distributions))
            for trial in asked:
                x, y = (math.log10(trial.params[name]) for name in "xy")
                study.tell(trial, (x + 0.7) ** 2 + 0.25 * (y + 1.5 + 0.5 * x) ** 2)
        return math.log10(study.best_value + 1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(("trials", "seeds"), [(30, 5), (100, 10)])
def test_the_best_of_usual_batches_is_no_worse_than_that_of_trials_one_by_one(trials, seeds):
    batch = trials // 5 if trials == 100 else trials // 2
    usual = usual_sampler(ONE, trials=trials, batch=batch, pruner="none")
    lost = np.array(
        [least(usual, batch, trials, seed) - least("tpe", 1, trials, seed) for seed in range(seeds)]
    )
    assert lost.mean() <= 2 * lost.std(ddof=1) / math.sqrt(seeds)
    if trials == 100:
        # And what is tested can fail: batches of the Parzen estimator are worse.
        parzen = [least("tpe", batch, trials, seed) for seed in range(seeds)]
        assert np.mean(parzen) > np.mean([least(usual, batch, trials, seed) for seed in (0, 1, 2)])
