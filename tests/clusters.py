"""A real Dask cluster on this machine: a scheduler and workers, each a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from distributed import Client

SECONDS = 180.0
CLI = "distributed.cli.dask_"


class DaskCluster:
    """Processes that are started, killed and waited for by the tests.

    Arguments:
        folder: for logs and what Dask keeps on disk.
    """

    def __init__(self, folder: Path, *, protocol: str = "tcp") -> None:
        self.folder = folder
        self._environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(sys.path),
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }
        self.workers: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        where = ["--host", "127.0.0.1", "--port", "0", "--protocol", protocol]
        self.scheduler = self._start("scheduler", *where, "--scheduler-file", str(file))
        wait_for(file.exists)
        time.sleep(0.1)
        self.address = str(json.loads(file.read_text())["address"])

    def add(self, *options: str, nanny: bool = False, threads: int = 1) -> subprocess.Popen[bytes]:
        """Start a worker; `client` waits until it is there."""
        words = ["--nthreads", str(threads), "--host", "127.0.0.1", *options]
        words += ["--local-directory", str(self.folder)]
        worker = self._start("worker", self.address, "--nanny" if nanny else "--no-nanny", *words)
        self.workers.append(worker)
        return worker

    @contextmanager
    def client(self) -> Iterator[Client]:
        """A client, once all workers have come."""
        with Client(self.address, set_as_default=False, timeout=SECONDS) as client:
            living = [worker for worker in self.workers if worker.poll() is None]
            if living:
                client.wait_for_workers(len(living), timeout=SECONDS)
            yield client

    def wait(self) -> "DaskCluster":
        """Wait until all workers have come."""
        with self.client():
            return self

    def info(self) -> dict[str, Any]:
        """What the scheduler knows of its workers, by address."""
        with self.client() as client:
            return dict(client.scheduler_info(n_workers=-1)["workers"])

    @property
    def log(self) -> str:
        """What scheduler and workers have printed."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        """End all processes."""
        if self.scheduler.poll() is not None:
            # Told to stop while they stop by themselves, workers would hang.
            for worker in self.workers:
                worker.wait(60)
        for process in [*self.workers, self.scheduler]:
            process.terminate()
        for process in [*self.workers, self.scheduler]:
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, what: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{what}{len(self.workers)}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"{CLI}{what}", "--no-dashboard", *words],
                cwd=self.folder,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


@contextmanager
def dask_cluster(
    folder: Path, workers: int = 0, *, nanny: bool = False, protocol: str = "tcp"
) -> Iterator[DaskCluster]:
    """A cluster that ends with the block, with so many workers of one thread."""
    cluster = DaskCluster(folder, protocol=protocol)
    try:
        for _ in range(workers):
            cluster.add(nanny=nanny)
        yield cluster.wait()
    finally:
        cluster.stop()


def wait_for(condition: Any, seconds: float = SECONDS) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """As by kill -9."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
