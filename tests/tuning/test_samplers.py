import importlib.util

import optuna
import pytest
from searched import GRID, TEXT

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.tuning import Objectives, SearchPlan, Space
from ib_mlflow.tuning.plan import SAMPLERS
from ib_mlflow.tuning.quiet import quiet
from ib_mlflow.tuning.samplers import BY_NUMBER, check_sampler, make_sampler, population, seed_of

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
