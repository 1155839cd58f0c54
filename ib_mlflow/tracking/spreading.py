"""A study's computations, spread over the processes of an executor."""

from __future__ import annotations

import logging
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ib_mlflow.execution.progress import progress
from ib_mlflow.tracking.attaching import attach_study
from ib_mlflow.tracking.client import PatientClient
from ib_mlflow.tracking.lease import close_abandoned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ib_mlflow.execution import Executor
    from ib_mlflow.tracking.handle import StudyHandle
    from ib_mlflow.tracking.study import StudyRun

_log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")


def spread(
    study: StudyRun,
    executor: Executor,
    compute: Callable[[StudyRun, Item], Result],
    items: Iterable[Item],
) -> list[Result]:
    """Compute items in child runs, side by side, and return what one process would have.

    Each worker joins the study and computes an item, whose results stay in the item's child run.
    Then this process calls `compute` for each item in turn, which finds the child finished and
    reads it back: nothing but the item goes from process to process.

    After an item's failure no later one is begun, those that run are finished, and the failure is
    raised; the same command goes on from there. An item that needs what another one computes too
    (a classifier that several decoders invert) waits for that process.

    Arguments:
        study: the open study.
        executor: where items are computed; in this very process they are computed once.
        compute: records an item in child runs by `study.record` or `study.job`, or reads finished
            ones; at the top of a module. What it writes besides is written twice.
        items: picklable, each with child runs of its own.

    Returns:
        What `compute` returns in this process, in the order of the items.

    Raises:
        InvalidInputError: `compute` or an item cannot go to another process.
        ExecutionError: a worker was lost, again and again, at the same item.
        Exception: what `compute` raises.

    Example:
        >>> with open_study("betas", {}) as study:  # doctest: +SKIP
        ...     with LocalExecutor(workers=4) as executor:
        ...         trajectories = spread(study, executor, train_and_record, betas)
    """
    entries = list(items)
    if not executor.in_process:
        _compute_elsewhere(study, executor, compute, entries)
    return [compute(study, item) for item in entries]


def _compute_elsewhere(
    study: StudyRun,
    executor: Executor,
    compute: Callable[[StudyRun, Item], Result],
    items: list[Item],
) -> None:
    with progress(len(items), "child runs", "job") as bar:

        def report(done: int) -> None:
            bar.reach(done)
            # While others write, the study's own run must not look abandoned.
            study.beat()

        try:
            joined = partial(_compute_joined, study.handle, compute)
            with closing(executor.map(joined, items, report=report)) as results:
                for _ in results:
                    pass
        except BaseException:
            _close_lost(study.handle)
            raise


def _compute_joined(
    handle: StudyHandle, compute: Callable[[StudyRun, Item], object], item: Item
) -> None:
    with attach_study(handle) as study:
        compute(study, item)


def _close_lost(handle: StudyHandle) -> None:
    """End the runs of workers that were killed; what goes wrong here must not hide why."""
    try:
        close_abandoned(PatientClient(handle.tracking_uri), handle.experiment_id)
    except Exception:
        _log.exception("the runs of lost processes could not be ended")
