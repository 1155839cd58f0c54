"""A study at work: its run, and the processes that its child runs are spread over."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from ib_mlflow.execution import DaskExecutor, Executor, LocalExecutor
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.tracking import StudyRun, spread

Name = TypeVar("Name")
Item = TypeVar("Item")
Result = TypeVar("Result")


def executor_of(configuration: StudyConfiguration) -> Executor:
    """Return what a study's child runs are computed with.

    Arguments:
        configuration: its `workers`, `cluster` and `device`: on a cluster with `device=cuda` each
            child run takes one `GPU` of a worker's resources.

    Returns:
        Processes of this machine, or the workers of a Dask cluster; the numbers are the same.

    Raises:
        ConfigurationError: the cluster does not answer, or its workers lack something.

    Example:
        >>> executor_of(StudyConfiguration(workers=2)).in_process
        False
    """
    if configuration.cluster == "none":
        return LocalExecutor(configuration.workers)
    on_a_gpu = configuration.device.startswith("cuda")
    return DaskExecutor(configuration.cluster, resources={"GPU": 1} if on_a_gpu else None)


@dataclass(frozen=True)
class Runner:
    """What a study computes with.

    Arguments:
        study: its run.
        executor: where its child runs are computed.
    """

    study: StudyRun
    executor: Executor

    def spread(
        self, compute: Callable[[StudyRun, Item], Result], items: Iterable[Item]
    ) -> list[Result]:
        """Compute items that do not depend on each other, each in child runs of its own.

        Arguments:
            compute: of a module; records an item in child runs, or reads those that are finished.
            items: in the order of the results; picklable where there are several processes.

        Returns:
            What one process would have returned, whatever the number of processes.
        """
        return spread(self.study, self.executor, compute, items)

    def spread_by_name(
        self, compute: Callable[[StudyRun, Item], Result], items: Mapping[Name, Item]
    ) -> dict[Name, Result]:
        """Compute such items, each result under the name of its item.

        Arguments:
            compute: as for `spread`.
            items: by name.
        """
        return dict(zip(items, self.spread(compute, items.values()), strict=True))
