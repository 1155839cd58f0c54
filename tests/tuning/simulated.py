"""Searches as `tune` makes them, with formulas in place of trainings.

The search, its samplers and pruners, the heats of a race, Optuna's Terminator, the networks that
decide and the comparison are the library's; only `run_batch`, which trains, is a known function
with known noise. So it is known how often "better" is wrong, and how far what was chosen is from
the best.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import optuna

from ib_mlflow.studies.searching import finals, trials
from ib_mlflow.studies.searching.finals import further_networks
from ib_mlflow.studies.searching.heats import in_heats
from ib_mlflow.studies.searching.searched import Searched
from ib_mlflow.tuning import Objectives, SearchPlan, Space, enough, open_optuna_study, search
from ib_mlflow.tuning.quiet import quiet

NOISES = (0.0, 0.1, 0.5)
"""Of one network, in shares of the function's range."""
TRIALS, NETWORKS = 40, 4
"""Of plain TPE: a trial is the mean of its networks, and the best mean is chosen."""
LOSS = Objectives.parse("loss:min")
SPACE = Space.parse("x=0.0..1;y=0.0..1")


def quadratic(x, y):
    return (x - 0.3) ** 2 + (y - 0.6) ** 2


def branin(x, y):
    u, v = 15 * x - 5, 15 * y
    bowl = v - 5.1 / (4 * math.pi**2) * u**2 + 5 / math.pi * u - 6
    return bowl**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(u) + 10


def plateau(x, y):
    return max(0.0, math.hypot(x - 0.5, y - 0.5) - 0.25)


FUNCTIONS = {"quadratic": quadratic, "branin": branin, "plateau": plateau}
GRID = np.linspace(0, 1, 201)
LIMITS = {
    name: (min(values), max(values))
    for name, function in FUNCTIONS.items()
    for values in [[function(float(x), float(y)) for x in GRID for y in GRID]]
}


@dataclass(frozen=True)
class Way:
    """How `tune` is told to search: its parameters, by the same names."""

    trials: int
    members: int
    deciding: int
    sampler: str = "tpe"
    batch: int = 1
    race: int = 0
    enough: bool = False


@dataclass(frozen=True)
class Group:
    name: str
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Spec:
    """What stands for an ensemble."""

    name: str
    groups: tuple[Group, ...]
    point: Mapping[str, str]
    task = SimpleNamespace(train_set=None, validation_set=None)


@dataclass(frozen=True)
class Formula:
    """What stands for a study that is tuned, and for its trainings."""

    name: str
    noise: float
    seed: int
    members: int
    race: int = 0
    deciding: int = 0

    def spec(self, name: str, parameters: Mapping[str, str]) -> Spec:
        return Spec(name, (Group(name, tuple(range(self.members))),), parameters)

    def heats(self, name: str, parameters: Mapping[str, str]) -> list[Spec]:
        return in_heats(self.spec(name, parameters), self.race)

    def regret(self, point: Mapping[str, object]) -> float:
        """How far a point is from the best, in shares of the range."""
        low, high = LIMITS[self.name]
        value = FUNCTIONS[self.name](float(point["x"]), float(point["y"]))
        return max(0.0, (value - low) / (high - low))

    def networks(self, point: Mapping[str, object], seeds: Sequence[int]) -> np.ndarray:
        """What networks at a point come to: the same seed at the same point the same."""
        place = [int(float(point[name]) * 2**52) for name in ("x", "y")]
        draws = [
            np.random.default_rng([self.seed, seed, *place]).standard_normal() for seed in seeds
        ]
        return self.regret(point) + self.noise * np.array(draws)

    @contextmanager
    def in_place_of_trainings(self) -> Iterator[list[int]]:
        """Networks come of the formula; what is yielded counts them, a batch each."""
        trained = []

        def run_batch(_study, specs, *, begins=None, stops=None, ends=None):
            outcomes = []
            for spec in specs:
                (group,) = spec.groups
                trained.append(len(group.seeds))
                child = SimpleNamespace(run_id=spec.name)
                recording = SimpleNamespace(
                    child=lambda _, child=child: child, summarise=lambda *_: None
                )
                scalars = {"loss": self.networks(spec.point, group.seeds)}
                outcomes.append(
                    SimpleNamespace(
                        spec=spec,
                        state="complete",
                        epoch=1,
                        trained=SimpleNamespace(recording=recording),
                        scalars=scalars,
                    )
                )
            return outcomes

        with (
            patch.object(trials, "run_batch", run_batch),
            patch.object(finals, "run_batch", run_batch),
        ):
            yield trained


@dataclass(frozen=True)
class Simulation:
    """One simulated study: how far its choice is from the best, and what was called better."""

    formula: Formula
    regret: float
    wrong: bool
    claims: int
    trained: int


def simulate(storage, way, name, noise, seed):
    formula = Formula(name, noise, seed, way.members, way.race, way.deciding)
    plan = SearchPlan(
        way.trials,
        way.sampler,
        "wilcoxon" if way.race else "none",
        batch=way.batch,
        seed=seed,
        enough=way.enough,
    )
    study = open_optuna_study(storage, f"{name} {noise} {seed} {way}", SPACE, LOSS)
    stop = partial(enough, study) if way.enough else None
    with formula.in_place_of_trainings() as trained:
        evaluate = trials.Trials(None, formula, LOSS, reports=way.race > 0)
        searched = Searched(
            SimpleNamespace(target=formula, plan=plan),
            study,
            search(study, plan, evaluate, enough=stop),
        )
        searched = replace(searched, further=further_networks(None, searched))
    comparison = searched.comparison
    best = formula.regret(comparison.best.parameters)
    better = [rival for rival in comparison.rivals if rival.worse]
    wrong = any(not best < formula.regret(rival.scored.parameters) for rival in better)
    return Simulation(formula, best, wrong, len(better), sum(trained))


def plain_regret(formula):
    """How far from the best is what Optuna's own loop chooses, with its default sampler."""
    with quiet():
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=formula.seed))
        for _ in range(TRIALS):
            trial = study.ask(SPACE.distributions)
            values = formula.networks(trial.params, range(NETWORKS))
            study.tell(trial, float(np.mean(values)))
        return formula.regret(study.best_params)


def simulations(storage, way, count):
    cells = [(name, noise) for name in FUNCTIONS for noise in NOISES]
    return [simulate(storage, way, *cells[seed % len(cells)], seed) for seed in range(count)]
