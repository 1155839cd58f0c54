"""The one loop of every computation that is recorded step by step."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from ib_mlflow.execution.progress import progress
from ib_mlflow.studies.running.pauses import pauses_shown

T = TypeVar("T")
Shown = Mapping[str, str]


def record_steps(
    steps: Iterable[T],
    log: Callable[[T], tuple[int, Shown]],
    *,
    total: int,
    name: str,
    unit: str,
) -> None:
    """Take the steps of a computation one by one, and log each before the next is computed.

    Arguments:
        steps: computes them.
        log: records one, and gives its position and what the bar shows of it.
        total: the last position.
        name: what is computed.
        unit: what is counted.
    """
    with progress(total, name, unit) as bar, pauses_shown(bar.note):
        for step in steps:
            position, shown = log(step)
            bar.reach(position, **shown)
