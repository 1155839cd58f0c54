"""A tracking server that may be ended and started again, and what a study leaves at it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from commands import Begin, Command
from mlflow import MlflowClient
from mlflow.entities import Run

from ib_mlflow.tracking.tags import REUSED_FROM


class Server:
    """A server on a folder, which may be ended and started again on the same port.

    Arguments:
        folder: for its files; commands are typed there too.
        template: a database with MLflow's tables, for making them takes seconds.
        begin: how a command is begun.
    """

    def __init__(self, folder: Path, template: Path, begin: Begin) -> None:
        self.folder, self._begin = folder, begin
        shutil.copy(template, folder / "s.db")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.uri = f"http://127.0.0.1:{self.port}"
        self.client = MlflowClient(self.uri)
        self.start()
        self.experiment = self.client.create_experiment("served")

    def start(self) -> None:
        words = ["server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"]
        with (self.folder / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mlflow", *words, "--backend-store-uri", "sqlite:///s.db"],
                cwd=self.folder,
                # Its jobs are processes that import all of MLflow each.
                env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 120
        while True:
            try:
                urlopen(f"{self.uri}/health", timeout=5).close()
                return
            except OSError:
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.2)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def command(self) -> Command:
        """Type a study's command, whose runs are kept at the server."""
        environment = os.environ | {
            "MLFLOW_TRACKING_URI": self.uri,
            "MLFLOW_EXPERIMENT_ID": self.experiment,
            "OMP_NUM_THREADS": "1",
        }
        return self._begin(["main", "--scale", "toy"], self.folder, environment)

    def checkpoints(self) -> int:
        return len(list(self.folder.rglob("checkpoints/epoch_*.pt")))

    def pictures(self) -> list[int]:
        """The steps of the one child run's pictures."""
        (child,) = self.children()
        folder = self.folder / "mlartifacts" / child.info.experiment_id / child.info.run_id
        names = [file.name for file in folder.rglob("*+compressed.webp")]
        return sorted(int(re.search(r"\+step\+(\d+)\+", name)[1]) for name in names)

    def runs(self) -> list[Run]:
        return list(self.client.search_runs([self.experiment]))

    def children(self) -> list[Run]:
        """Those that were computed; a second study shows them as light ones."""
        children = [run for run in self.runs() if "mlflow.parentRunId" in run.data.tags]
        return [run for run in children if REUSED_FROM not in run.data.tags]

    def points(self) -> dict[str, list[tuple[int, float]]]:
        """Every point of the one child run, step and value by metric."""
        (child,) = self.children()
        return {
            key: [
                (point.step, point.value)
                for point in self.client.get_metric_history(child.info.run_id, key)
            ]
            for key in child.data.metrics
        }


def wait_for(condition: Callable[[], bool], process: Command) -> None:
    """Wait until something is so, while the command is at work."""
    deadline = time.monotonic() + 300
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.01)
