"""The networks of a trial, some seeds at a time, each heat in a child run of its own.

What a heat has trained is never trained again: a point that is stopped after its first heat goes on
with the second wherever it is asked for.
"""

import math
from collections.abc import Collection
from dataclasses import replace

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.tuning.pruners import FEWEST_SEEDS


def in_heats(spec: EnsembleSpec, size: int) -> list[EnsembleSpec]:
    """Divide the networks of a trial.

    Arguments:
        spec: an ensemble of one group.
        size: networks of a heat; 0 for all in one.

    Returns:
        The heats, in the order of the seeds. The first has the trial's name.

    Example:
        >>> [heat.name for heat in in_heats(spec, 4)]  # doctest: +SKIP
        ['trial 3', 'trial 3, seeds 4 to 7']
    """
    (group,) = spec.groups
    size = size or len(group.seeds)
    heats = [group.seeds[first : first + size] for first in range(0, len(group.seeds), size)]
    return [with_seeds(spec, seeds, first=not place) for place, seeds in enumerate(heats)]


def another(spec: EnsembleSpec, place: int) -> EnsembleSpec:
    """One more network of a trial.

    Arguments:
        spec: an ensemble of one group, the trial's.
        place: the network's among those beyond the trial's own, from 0.
    """
    (group,) = spec.groups
    return with_seeds(spec, (max(group.seeds) + 1 + place,))


def with_seeds(spec: EnsembleSpec, seeds: tuple[int, ...], *, first: bool = False) -> EnsembleSpec:
    """A trial with other seeds, of a name of its own.

    Arguments:
        spec: an ensemble of one group, the trial's.
        seeds: one a network, ascending.
        first: whether it keeps the trial's name.
    """
    (group,) = spec.groups
    words = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"
    name = spec.name if first else f"{spec.name}, {words}"
    return replace(spec, name=name, groups=(replace(group, name=name, seeds=seeds),))


def check_seeds(points: Collection[tuple[int, ...]], race: int) -> None:
    """Refuse points that cannot be held against each other seed by seed.

    Arguments:
        points: the seeds of each point's networks, (e,), ascending.
        race: networks of a heat; 0 for all at once.

    Raises:
        ConfigurationError: their seeds differ, or are too few for the Wilcoxon pruner to stop one
            before all of its networks are trained.

    Example:
        >>> check_seeds([(0, 1, 2, 3, 4), (0, 1, 2, 3, 4)], race=4)
    """
    most = max(points, key=len)
    other = next((seeds for seeds in points if seeds != (most[: len(seeds)] if race else most)), ())
    if other:
        raise ConfigurationError(
            "pruner=wilcoxon holds points against each other that have the same seeds",
            received=f"seeds {_range(most)} of one and {_range(other)} of another",
            fix="Let members and seed be no searched parameters, or take another pruner.",
        )
    # In a race a point can be stopped between two heats only.
    least = race * math.ceil(FEWEST_SEEDS / race) + 1 if race else FEWEST_SEEDS
    if len(most) < least:
        raise ConfigurationError(
            f"pruner=wilcoxon can stop a point after {FEWEST_SEEDS} networks or more"
            + (", between two of its heats" if race else ""),
            received=f"{f'race={race} and ' if race else ''}members={len(most)}",
            fix=f"Give members={least} or more, or "
            + ("leave race out." if race else "take another pruner."),
        )


def _range(seeds: tuple[int, ...]) -> str:
    return f"{seeds[0]} to {seeds[-1]}"
