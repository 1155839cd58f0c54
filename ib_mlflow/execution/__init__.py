"""Where independent computations run: here, in processes side by side, or on a Dask cluster.

A function and its items go in, results come out in the order of the items. Nothing here knows
what is computed.
"""

from ib_mlflow.execution.cluster import DaskExecutor
from ib_mlflow.execution.executor import Executor
from ib_mlflow.execution.processes import LocalExecutor
from ib_mlflow.execution.scheduler import check_address
from ib_mlflow.execution.worker import in_worker

__all__ = ["DaskExecutor", "Executor", "LocalExecutor", "check_address", "in_worker"]
