"""The networks of a trial, some seeds at a time, each heat in a child run of its own.

What a heat has trained is never trained again: a point that is stopped after its first heat goes on
with the second wherever it is asked for.
"""

from dataclasses import replace

from ib_mlflow.studies.running.ensembles import EnsembleSpec


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
