"""Studies whose children are taken, finished and left behind without any computation."""

import json
import os
import subprocess
import time
from collections.abc import Sequence

from mlflow import MlflowClient
from mlflow.entities import Run
from synthetic import child

from ib_mlflow.tracking import tags
from ib_mlflow.tracking.child_runs import ChildRuns
from ib_mlflow.tracking.children import Child, ChildSpec
from ib_mlflow.tracking.interrupts import Interrupts
from ib_mlflow.tracking.lease import Holder, Leases

PARENT = "mlflow.parentRunId"


class Study:
    """A study's run, and a process that takes children for it."""

    def __init__(self, store: MlflowClient, *, fresh: bool = False) -> None:
        given = {
            tags.STUDY: "synthetic",
            tags.VERSION: "0",
            "mlflow.user": "me",
            "mlflow.source.a": "b",
        }
        run = store.create_run(os.environ["MLFLOW_EXPERIMENT_ID"], tags=given)
        self.run_id = run.info.run_id
        self.leases = Leases(store)
        self.leases.take(self.run_id)
        self._store = store
        self._runs = ChildRuns(store, run, leases=self.leases, interrupts=Interrupts(), fresh=fresh)

    def joined_by(self, store: MlflowClient, leases: Leases) -> ChildRuns:
        """The children as another process of the study takes them."""
        run = store.get_run(self.run_id)
        return ChildRuns(store, run, leases=leases, interrupts=Interrupts(), fresh=False)

    def take(self, *specs: ChildSpec, patience: float = 0.0) -> list[Child]:
        return self._runs.take(specs or (child(),), patience)

    def end(self, status: str, children: Sequence[Child] = ()) -> None:
        for run_id in [*(each.run_id for each in children), self.run_id]:
            self._store.set_terminated(run_id, status)

    def die(self, *children: Child, host: str | None = None, age: float = 0.0) -> None:
        """As after kill -9: the runs stay RUNNING, and name a process that is gone."""
        gone = subprocess.Popen(["true"])
        gone.wait()
        holder = Holder(host or Holder.here().host, gone.pid, "gone", 0.0)
        content = json.loads(holder.to_json()) | {"beat": time.time() - age}
        for run_id in [*(each.run_id for each in children), self.run_id]:
            self._store.set_tag(run_id, tags.HOLDER, json.dumps(content))


def get(store: MlflowClient, run_id: str) -> Run:
    return store.get_run(run_id)
