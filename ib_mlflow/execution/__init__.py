"""Where independent computations run: one after the other here, or side by side in processes.

A function and its items go in, results come out in the order of the items. Nothing here knows
what is computed.
"""

from ib_mlflow.execution.executor import Executor
from ib_mlflow.execution.processes import LocalExecutor
from ib_mlflow.execution.worker import in_worker

__all__ = ["Executor", "LocalExecutor", "in_worker"]
