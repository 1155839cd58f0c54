"""What the figures of a study say above themselves: what all of its networks have in common."""

import re
from collections.abc import Sequence

from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.running.ensembles import EnsembleSpec

FIRST = "first network"
"""What a figure says that shows one network of many: the first that did not diverge."""
_COUNT = re.compile(r"\b(members?|networks?)\b")


def facts_of(specs: Sequence[EnsembleSpec]) -> tuple[str, ...]:
    """Name the task, the activation and the number of networks, each where it is one.

    Arguments:
        specs: the ensembles that a figure shows.

    Returns:
        Such as ("szt", "tanh", "20 members"); where they differ, panels say it.
    """
    tasks = {spec.task.name for spec in specs}
    activations = {
        "-".join(dict.fromkeys(spec.activations)) for spec in specs if len(spec.activations) > 0
    }
    counts = {len(group.seeds) for spec in specs for group in spec.groups}
    members = {f"{count} member" + ("s" if count > 1 else "") for count in counts}
    every = (tasks, activations, members)
    return tuple(next(iter(values)) for values in every if len(values) == 1)


def head(figure: Figure, title: str, facts: Sequence[str]) -> Figure:
    """Write what a study's networks have in common above one of its figures.

    Arguments:
        figure: the figure, which may say more, or of fewer networks, itself.
        title: of the study.
        facts: as `facts_of` gives them.

    Returns:
        The figure.

    Example:
        >>> from ib_mlflow.figures.style import new_figure
        >>> figure = figures.entitle(new_figure(9.0, 2.0), "first network")
        >>> head(figure, "Bin sizes", ["szt", "20 members"]).get_suptitle()
        'Bin sizes · szt · first network'
    """
    counted = bool(_COUNT.search(figure.get_suptitle()))
    kept = [fact for fact in facts if not (counted and _COUNT.search(fact))]
    return figures.entitle(figure, " · ".join([title, *kept]))
