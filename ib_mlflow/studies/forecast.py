"""What a study would take, from a few measured steps of each kind of network that it fits."""

import math
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from ib_mlflow.data import head
from ib_mlflow.networks.members import checked_device
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.training.fitting import Fitted, Plan

TIMED = (3, 6, 18)
"""Updates up to which each of three evaluations is timed; the first are to warm up."""
CHILD_SECONDS = 0.2
"""What a child run costs beside its network: a start, metrics, artifacts."""


@dataclass(frozen=True, eq=False)
class Work:
    """Networks of one kind that a study fits.

    Arguments:
        name: of the kind.
        count: how many there are.
        plan: how each is fitted; None where nothing is.
        fits: fits one of them by a plan, from the beginning; None likewise.
        measure: computes once what is measured of each at its end, of a part of the images; it
            takes the fitted one, where there is one. None for nothing.
        share: that part of all of them.
        kept: states of its weights that are kept, beside its last checkpoint.
        results: bytes of what was measured.
    """

    name: str
    count: int
    plan: Plan | None
    fits: Callable[[Plan], Iterator[Fitted]] | None
    measure: Callable[[Fitted | None], object] | None = None
    share: float = 1.0
    kept: int = 0
    results: int = 0


@dataclass(frozen=True)
class Cost:
    """What the networks of one kind take together.

    Arguments:
        name: of the kind.
        count: of networks.
        updates: of all of them.
        step: seconds of an update.
        seconds: of all of them, measuring included.
        disk: bytes.
    """

    name: str
    count: int
    updates: int
    step: float
    seconds: float
    disk: int


@dataclass(frozen=True)
class Forecast:
    """What a study would take.

    Arguments:
        study: its name.
        costs: by kind of network.
        memory: bytes that one process took for the largest measured step.
        device: on which steps were measured.
    """

    study: str
    costs: Sequence[Cost]
    memory: int
    device: str

    @property
    def seconds(self) -> float:
        """Of all networks together."""
        return sum(cost.seconds for cost in self.costs)

    def text(self) -> str:
        """What is printed: a line a kind, and the sums."""
        rows = [
            (
                cost.name,
                cost.count,
                cost.updates,
                f"{1000 * cost.step:.3g} ms",
                _hours(cost.seconds),
                _bytes(cost.disk),
            )
            for cost in self.costs
        ]
        table = Table(["networks", "number", "updates", "an update", "in all", "disk"], rows)
        updates = sum(cost.updates for cost in self.costs)
        disk = sum(cost.disk for cost in self.costs)
        kind = "processor time" if self.device == "cpu" else "time"
        return (
            f"{table.markdown()}\n\n{self.study} would take {updates:,} updates and about "
            f"{_hours(self.seconds)} of {kind} on this device ({self.device}), as measured on a "
            f"few of them, {_bytes(self.memory)} of memory a process and {_bytes(disk)} of disk. "
            "Caps of updates are counted in full, and what earlier runs hold is not taken off. "
            "Nothing was trained."
        )


def forecast(study: str, device: str, works: Sequence[Work]) -> Forecast:
    """Measure a few updates of each kind of network, and say what all would take.

    Arguments:
        study: its name.
        device: auto, cpu or cuda.
        works: what is fitted.

    Returns:
        The forecast: processor time on a CPU, where other programs do not count, else time.

    Example:
        >>> from torch import nn
        >>> from ib_mlflow.training.fitting import fit
        >>> x = torch.linspace(-1, 1, 64)[:, None].numpy()
        >>> squared = lambda model, x: (model(x) - x).square().sum(dim=1)
        >>> work = Work("lines", 3, Plan(updates=1000), lambda plan: fit(
        ...     nn.Linear(1, 1), squared, [x], validation=[x], plan=plan, seed=0))
        >>> forecast("toys", "cpu", [work]).costs[0].updates
        3000
    """
    kind = checked_device(device).type
    clock = time.process_time if kind == "cpu" else time.perf_counter
    costs = [_cost(work, clock) for work in works]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if kind != "cpu":
        memory = torch.cuda.max_memory_allocated()
    return Forecast(study, costs, memory, kind)


def _cost(work: Work, clock: Callable[[], float]) -> Cost:
    last, step, each, updates = None, 0.0, CHILD_SECONDS, 0
    if work.plan is not None and work.fits is not None:
        updates = work.plan.updates
        times, last = _timed(work.fits, work.plan, clock)
        step, evaluation, setting_up = _split(times, updates)
        each += setting_up + updates * step + len(work.plan.evaluations) * evaluation
    if work.measure is not None:
        start = clock()
        work.measure(last)
        each += (clock() - start) / work.share
    return Cost(
        name=work.name,
        count=work.count,
        updates=work.count * updates,
        step=step,
        seconds=work.count * each,
        disk=work.count * (_size(last, work.kept) + work.results),
    )


def _timed(
    fits: Callable[[Plan], Iterator[Fitted]], plan: Plan, clock: Callable[[], float]
) -> tuple[list[float], Fitted]:
    """When evaluations of a short training ended, behind when it began."""
    updates = min(plan.updates, TIMED[-1])
    evaluate = TIMED if updates == TIMED[-1] else (updates,)
    short = replace(plan, updates=updates, evaluate=evaluate, patience=None, least_fall=None)
    times, last = [clock()], None
    for fitted in fits(short):
        times.append(clock())
        last = fitted
    assert last is not None
    return times, last


def _split(times: Sequence[float], updates: int) -> tuple[float, float, float]:
    """Seconds of an update, of an evaluation, and of what is made before both."""
    if len(times) < len(TIMED) + 2:
        return (times[-1] - times[0]) / updates, 0.0, 0.0
    few, many = times[3] - times[2], times[4] - times[3]
    fewer, more = TIMED[1] - TIMED[0], TIMED[2] - TIMED[1]
    step = max((many - few) / (more - fewer), 0.0) or many / more
    evaluation = max(few - fewer * step, 0.0)
    return step, evaluation, max(times[1] - times[0] - evaluation, 0.0)


def _size(fitted: Fitted | None, kept: int) -> int:
    if fitted is None:
        return 0
    weights = _tensors(fitted.weights)
    return _tensors(fitted.checkpoint()) + kept * weights


def _tensors(state: object) -> int:
    if isinstance(state, torch.Tensor):
        return state.numel() * state.element_size()
    if isinstance(state, Mapping):
        return sum(_tensors(value) for value in state.values())
    if isinstance(state, list | tuple):
        return sum(_tensors(value) for value in state)
    return 0


def _hours(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 5400 else f"{seconds / 3600:,.3g} h"


def _bytes(count: int) -> str:
    power = min(4, max(1, int(math.log(max(count, 1), 1024))))
    return f"{count / 1024**power:.3g} {('', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def work_of(job: Any, name: str, count: int, *, images: int, kept: int = 0) -> Work:
    """The work of jobs that are alike, as one of them shows.

    Arguments:
        job: a fit job with a `plan` and `parts` of its own, which `dataclasses.replace` takes.
        name: of the kind.
        count: how many there are.
        images: of the evaluation part that one is measured on.
        kept: states of its weights that are kept.
    """
    n = job.parts.evaluation.n
    few = head(job.parts.evaluation, min(images, n))
    small = replace(job, parts=replace(job.parts, evaluation=few))

    def fits(plan: Plan) -> Iterator[Fitted]:
        short = replace(job, plan=plan)
        evaluations: Iterator[Fitted] = short.fits(short.network(), None)
        return evaluations

    def measure(fitted: Fitted | None) -> object:
        assert fitted is not None
        device = next(job.network().parameters()).device
        return small.measure(fitted.model().to(device))

    return Work(name, count, job.plan, fits, measure, few.n / n, kept, 8 * n)
