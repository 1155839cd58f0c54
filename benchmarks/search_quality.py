"""Search quality: the best value after 100 trials, drawn one by one and in batches of 20.

A batch is drawn before any of its values is known, as `batch_trials=20` draws it: by the search's
own samplers. The Parzen estimator (tpe) takes a trial that is still running for a bad one, a
constant liar; the Gaussian process (gp), which batches are drawn by where the sampler is left open,
expects of it what the others let it expect. One by one is by the Parzen estimator. Functions
whose least value is known stand for trainings. For each function all best values of both ways are
printed, as distances from the least value, by seed; and their mean difference, seed by seed, with
an interval at 95 % (Student's t), on a logarithmic scale too, for a few seeds that end far off
would hide the others. Trials drawn at random, which no batch makes worse, stand beside them.

    python benchmarks/search_quality.py [--trials 100] [--batch 20] [--seeds 10]
"""

from __future__ import annotations

import argparse
import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import optuna
from scipy.stats import t as student

from ib_mlflow.tuning import Objectives, SearchPlan, Space
from ib_mlflow.tuning.quiet import quiet
from ib_mlflow.tuning.samplers import make_sampler, usual_sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

LEVEL = 0.95
LOSS = Objectives.parse("loss:min")
FLOOR = 1e-12
"""Distances below this are the same on a logarithmic scale."""
BRANIN_LEAST = 0.39788735772973816
HARTMANN_LEAST = -3.322368011391339
HARTMANN_WEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
HARTMANN_SCALES = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
HARTMANN_CENTRES = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def valley(point: Mapping[str, float]) -> float:
    """A smooth stand-in for a validation loss over a learning rate and a noise, both log."""
    rate, beta = math.log10(point["learning_rate"]), math.log10(point["beta"])
    return (rate + 0.7) ** 2 + 0.25 * (beta + 1.5 + 0.5 * rate) ** 2


def branin(point: Mapping[str, float]) -> float:
    """Three equal minima in two dimensions."""
    u, v = 15 * point["x"] - 5, 15 * point["y"]
    bowl = v - 5.1 / (4 * math.pi**2) * u**2 + 5 / math.pi * u - 6
    return bowl**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(u) + 10 - BRANIN_LEAST


def hartmann(point: Mapping[str, float]) -> float:
    """Six dimensions, several local minima."""
    x = np.array(list(point.values()))
    powers = (HARTMANN_SCALES * (x - HARTMANN_CENTRES) ** 2).sum(axis=1)
    return float(-HARTMANN_WEIGHTS @ np.exp(-powers)) - HARTMANN_LEAST


FUNCTIONS: dict[str, tuple[Callable[[Mapping[str, float]], float], str]] = {
    "valley": (valley, "learning_rate=0.01..1:log;beta=0.001..1:log"),
    "branin": (branin, "x=0.0..1;y=0.0..1"),
    "hartmann": (hartmann, ";".join(f"x{number}=0.0..1" for number in range(1, 7))),
}


def best(name: str, plan: SearchPlan) -> float:
    """How far the best of a search's trials is from the least value."""
    function, text = FUNCTIONS[name]
    space = Space.parse(text)
    bounds = [*range(0, plan.trials, plan.batch), plan.trials]
    with quiet():
        study = optuna.create_study()
        for first, last in pairwise(bounds):
            trials = []
            for number in range(first, last):
                study.sampler = make_sampler(plan, space, number)
                trials.append(study.ask(space.distributions))
            for trial in trials:
                study.tell(trial, function(trial.params))
        return float(study.best_value)


def difference(
    ours: NDArray[np.float64], theirs: NDArray[np.float64]
) -> tuple[float, float, float]:
    """The mean of ours − theirs, seed by seed, and its interval."""
    paired = ours - theirs
    error = paired.std(ddof=1) / math.sqrt(paired.size)
    half = float(student.ppf(0.5 + LEVEL / 2, paired.size - 1)) * float(error)
    return float(paired.mean()), float(paired.mean()) - half, float(paired.mean()) + half


def compare(name: str, options: argparse.Namespace) -> bool:
    """Search one function in all ways, print them, and tell whether batches are worse."""
    batches = usual_sampler(LOSS, trials=options.trials, batch=options.batch, pruner="none")
    plans = {
        "one by one": ("tpe", 1),
        "tpe in batches": ("tpe", options.batch),
        "in batches": (batches, options.batch),
        "random": ("random", 1),
    }
    ends = {
        way: np.array(
            [
                best(name, SearchPlan(options.trials, sampler, batch=batch, seed=seed))
                for seed in range(options.seeds)
            ]
        )
        for way, (sampler, batch) in plans.items()
    }
    print(f"{name}: best of {options.trials} trials, less the least value; batches of "
          f"{options.batch}")  # fmt: skip
    for way, values in ends.items():
        listed = " ".join(f"{value:.2e}" for value in values)
        print(f"  {way:14} {listed}   median {np.median(values):.2e}")
    logs = {way: np.log10(np.maximum(values, FLOOR)) for way, values in ends.items()}
    worse = False
    for scale, of in (("", ends), ("log10: ", logs)):
        mean, low, high = difference(of["in batches"], of["one by one"])
        print(f"  {scale}in batches − one by one {mean:+.2e} [{low:+.2e}, {high:+.2e}]")
        worse |= low > 0
    mean, low, high = difference(logs["tpe in batches"], logs["one by one"])
    print(f"  log10: tpe in batches − one by one {mean:+.2e} [{low:+.2e}, {high:+.2e}]")
    gain, least, most = difference(logs["in batches"], logs["random"])
    print(f"  log10: in batches − random {gain:+.2e} [{least:+.2e}, {most:+.2e}]")
    return worse


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--functions", nargs="+", choices=FUNCTIONS, default=list(FUNCTIONS))
    options = parser.parse_args()
    worse = [name for name in options.functions if compare(name, options)]
    if worse:
        raise SystemExit(f"batches end worse: {', '.join(worse)}")


if __name__ == "__main__":
    main()
