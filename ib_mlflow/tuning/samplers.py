"""Optuna's samplers by name, each made anew for one trial from the seed and the trial's number.

A sampler that lives as long as its process holds a random state that dies with it. One that is
made for each trial draws the same point from the same history, whoever was killed before; and as
numbers are given out once, no two workers draw with one seed.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import numpy as np
from optuna import samplers

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.tuning.numbered import grid_point, sobol_point
from ib_mlflow.tuning.quiet import quiet

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

    from ib_mlflow.tuning.objectives import Objectives
    from ib_mlflow.tuning.plan import SearchPlan
    from ib_mlflow.tuning.spaces import Space

BY_NUMBER = ("qmc", "random", "grid")
"""Samplers whose points do not depend on what is known: any number of workers draws the same."""
FINITE = ("grid", "bruteforce")
USUAL = ("gp", "tpe")
"""What `usual_sampler` may choose."""
GP_MOST = 200
"""Trials up to which `usual_sampler` takes the Gaussian process: it draws a point of 200 in 0.1 s
of processor time and one of 400 in 0.3 s, for what is known is inverted as a matrix."""
SOBOL_MOST = 2**30


def usual_sampler(objectives: Objectives, *, trials: int, batch: int, pruner: str) -> str:
    """The sampler of a search that leaves it open.

    In batches points are drawn before the values of others are known. The Parzen estimator knows
    of those only where they are, and its batches end farther from the best; the Gaussian process
    knows what each is likely to tell, and loses nothing (`benchmarks/search_quality.py`). It
    learns nothing from trials that were stopped.

    Arguments:
        objectives: what for.
        trials: how many are asked for.
        batch: how many at a time.
        pruner: by name.

    Returns:
        "gp" for batches of at most 200 trials, with one objective and no pruner; else "tpe".

    Example:
        >>> from ib_mlflow.tuning import Objectives
        >>> loss = Objectives.parse("loss:min")
        >>> usual_sampler(loss, trials=100, batch=20, pruner="none")
        'gp'
        >>> usual_sampler(loss, trials=100, batch=1, pruner="none")
        'tpe'
    """
    alone = batch == 1 or objectives.several or pruner != "none" or trials > GP_MOST
    return "tpe" if alone or importlib.util.find_spec("torch") is None else "gp"


def check_sampler(plan: SearchPlan, space: Space, objectives: Objectives) -> None:
    """Refuse by name what a sampler cannot honour, before anything is computed.

    Arguments:
        plan: of the search.
        space: that is searched.
        objectives: what for.

    Raises:
        ConfigurationError: the sampler wants other parameters, another number of objectives or
            of trials, or a package that is not installed.
    """
    name, size = plan.sampler, space.size
    continuous = [parameter.name for parameter in space.parameters if parameter.continuous]
    if name in FINITE and size is None:
        raise ConfigurationError(
            f"sampler={name} must have choices, whole numbers or steps",
            received=f"{continuous[0]}={space.description[continuous[0]]}",
            fix=f"Give {continuous[0]} a :step, or take sampler=qmc.",
        )
    if name in FINITE and size is not None and plan.trials > size:
        raise ConfigurationError(
            f"sampler={name} must have a point for every trial",
            received=f"trials={plan.trials} of {size} points",
            fix=f"Write trials={size}.",
        )
    if name == "cmaes":
        _check_cmaes(space, objectives)
    if name == "gp" and importlib.util.find_spec("torch") is None:
        raise ConfigurationError(
            "sampler=gp must have the package torch", received="none", fix="Install torch."
        )
    if name == "qmc" and plan.trials > SOBOL_MOST:
        raise ConfigurationError(
            "sampler=qmc must have at most 2**30 trials", received=plan.trials, fix="Take random."
        )


def make_sampler(plan: SearchPlan, space: Space, number: int) -> BaseSampler:
    """Make the sampler of one trial.

    Arguments:
        plan: of the search.
        space: that is searched.
        number: the trial's among those asked for, from 0.

    Returns:
        The sampler, of this trial only.

    Example:
        >>> from ib_mlflow.tuning import SearchPlan, Space
        >>> space = Space.parse("beta=0.001..0.1:log")
        >>> type(make_sampler(SearchPlan(trials=3), space, 0)).__name__
        'TPESampler'
    """
    with quiet():
        return _make(plan, space, number)


def seed_of(seed: int, number: int) -> int:
    """The seed of one trial, 0 to 2³² − 1.

    Arguments:
        seed: of the search.
        number: the trial's.

    Example:
        >>> seed_of(0, 1) == seed_of(1, 0)
        False
    """
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def population(trials: int) -> int:
    """The individuals of a generation: some five generations, at most Optuna's 50.

    Example:
        >>> population(40), population(1000)
        (8, 50)
    """
    return max(4, min(50, trials // 5))


def _make(plan: SearchPlan, space: Space, number: int) -> BaseSampler:
    name, seed = plan.sampler, seed_of(plan.seed, number)
    if plan.first and number == 0:
        return samplers.PartialFixedSampler(dict(plan.first), samplers.RandomSampler(seed=seed))
    if name in ("grid", "qmc"):
        point = (grid_point if name == "grid" else sobol_point)(space, plan.seed, number)
        return samplers.PartialFixedSampler(point, samplers.RandomSampler(seed=seed))
    if name == "random":
        return samplers.RandomSampler(seed=seed)
    if name == "gp":
        return samplers.GPSampler(seed=seed, warn_independent_sampling=False)
    if name == "nsga2":
        return samplers.NSGAIISampler(seed=seed, population_size=population(plan.trials))
    if name == "cmaes":
        return samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
    if name == "bruteforce":
        return samplers.BruteForceSampler(seed=seed)
    return samplers.TPESampler(
        seed=seed,
        multivariate=True,
        constant_liar=plan.parallel,
    )


def _check_cmaes(space: Space, objectives: Objectives) -> None:
    if importlib.util.find_spec("cmaes") is None:
        raise ConfigurationError(
            "sampler=cmaes must have the package cmaes",
            received="none",
            fix="pip install cmaes, or take sampler=gp.",
        )
    choices = [name for name, text in space.description.items() if "|" in text]
    if choices or len(space.names) < 2:
        received = f"choices of {choices[0]}" if choices else f"only {space.names[0]}"
        raise ConfigurationError(
            "sampler=cmaes must have two or more parameters, none with choices",
            received=received,
            fix="Take sampler=tpe or gp.",
        )
    if objectives.several:
        raise ConfigurationError(
            "sampler=cmaes must have one objective",
            received=str(objectives),
            fix="Take sampler=nsga2, tpe or gp.",
        )
