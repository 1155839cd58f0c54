"""Searches of known functions with known noise: how often is "better" wrong, how far from best."""

import math
from dataclasses import dataclass

import numpy as np
import optuna

from ib_mlflow.tuning import SearchPlan, Space
from ib_mlflow.tuning.comparisons import compare
from ib_mlflow.tuning.quiet import quiet
from ib_mlflow.tuning.racing import one_is_enough, pooled, score, worth_another
from ib_mlflow.tuning.samplers import make_sampler

NOISES = (0.0, 0.1, 0.5)
TRIALS, NETWORKS = 40, 4
"""Of plain TPE: a trial is the mean of its networks."""
SHARE = 0.6
FIRST = 2
"""Networks that a trial of ours begins with."""
STARTUP = 10
"""Trials after which it is asked whether one network is enough."""
LAST = 0.3
"""Share of our trainings that goes to trials that may be best."""


def quadratic(x, y):
    return (x - 0.3) ** 2 + (y - 0.6) ** 2


def branin(x, y):
    u, v = 15 * x - 5, 15 * y
    bowl = v - 5.1 / (4 * math.pi**2) * u**2 + 5 / math.pi * u - 6
    return bowl**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(u) + 10


def plateau(x, y):
    return max(0.0, math.hypot(x - 0.5, y - 0.5) - 0.25)


FUNCTIONS = {"quadratic": quadratic, "branin": branin, "plateau": plateau}
SPACE = Space.parse("x=0.0..1;y=0.0..1")
GRID = np.linspace(0, 1, 201)
LIMITS = {
    name: (min(values), max(values))
    for name, function in FUNCTIONS.items()
    for values in [[function(float(x), float(y)) for x in GRID for y in GRID]]
}


@dataclass(frozen=True)
class Simulation:
    """One simulated study: how far what was chosen is from the best, in shares of the range."""

    function: str
    noise: float
    ours: float
    plain: float
    wrong: bool
    claims: int
    trainings: float


def simulate(name, noise, seed):
    low, high = LIMITS[name]
    generator = np.random.default_rng([seed, 7])

    def networks(point, count):
        value = FUNCTIONS[name](point["x"], point["y"])
        return list(value + noise * (high - low) * generator.standard_normal(count))

    def regret(point):
        return max(0.0, FUNCTIONS[name](point["x"], point["y"]) - low) / (high - low)

    plain = regret(by_plain_tpe(networks, seed))
    point, points, comparison, trainings = by_ours(networks, seed)
    true = {number: regret(at) for number, at in points.items()}
    better = [rival for rival in comparison.rivals if rival.worse]
    best = true[comparison.best.number]
    wrong = any(not best < true[rival.scored.number] for rival in better)
    share = trainings / (TRIALS * NETWORKS)
    return Simulation(name, noise, regret(point), plain, wrong, len(better), share)


def by_plain_tpe(networks, seed):
    with quiet():
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        for _ in range(TRIALS):
            trial = study.ask(SPACE.distributions)
            study.tell(trial, float(np.mean(networks(trial.params, NETWORKS))))
        return study.best_params


def by_ours(networks, seed):
    """Few networks a trial, then more of those that may be best, by pooled errors."""
    budget = int(SHARE * TRIALS * NETWORKS)
    plan = SearchPlan(trials=budget, seed=seed)
    values, points = {}, {}
    count, number, left = FIRST, 0, int((1 - LAST) * budget)

    def scored():
        return [score(n, SPACE.read(points[n]), values[n]) for n in values]

    with quiet():
        study = optuna.create_study()
        while left >= count:
            study.sampler = make_sampler(plan, SPACE, number)
            trial = study.ask(SPACE.distributions)
            points[number] = trial.params
            values[number] = networks(trial.params, count)
            study.tell(trial, float(np.mean(values[number])))
            left, number = left - count, number + 1
            if number == STARTUP and one_is_enough(scored()):
                count, left = 1, budget - FIRST * STARTUP
        for _ in range(budget - sum(map(len, values.values()))):
            best = worth_another(pooled(scored()), "min").number
            values[best] += networks(points[best], 1)
    comparison = compare(pooled(scored()), "min")
    trainings = sum(len(each) for each in values.values())
    return points[comparison.best.number], points, comparison, trainings


def simulations(count):
    cells = [(name, noise) for name in FUNCTIONS for noise in NOISES]
    return [simulate(*cells[seed % len(cells)], seed) for seed in range(count)]
