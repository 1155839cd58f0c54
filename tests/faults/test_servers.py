"""A tracking server that dies under a study, and two studies that meet at one."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from mlflow import MlflowClient

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


class Server:
    """A server on a folder, which may be ended and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.uri = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        words = ["server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"]
        with (self.folder / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mlflow", *words, "--backend-store-uri", "sqlite:///s.db"],
                cwd=self.folder,
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

    def checkpoints(self) -> int:
        return len(list(self.folder.rglob("checkpoints/epoch_*.pt")))

    def pictures(self) -> list[int]:
        names = [file.name for file in self.folder.rglob("*+compressed.webp")]
        return sorted(int(re.search(r"\+step\+(\d+)\+", name)[1]) for name in names)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.kill()


def command(server: Server) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "projects", "main", "--scale", "toy"],
        cwd=server.folder,
        env={key: value for key, value in os.environ.items() if key != "MLFLOW_EXPERIMENT_ID"}
        | {"PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": server.uri, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(condition: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_server_that_is_gone_is_said_and_the_study_obeys_and_goes_on_later(server):
    process = command(server)
    wait_for(lambda: server.checkpoints() >= 6, process)
    server.kill()
    time.sleep(20)
    process.send_signal(signal.SIGTERM)
    told = time.monotonic()
    printed, _ = process.communicate(timeout=120)
    assert time.monotonic() - told < 30
    assert process.returncode == 143, printed
    assert "the tracking store is away: waiting for it, 240 s at most" in printed
    assert "main was interrupted; the same command goes on." in printed
    assert "Traceback" not in printed
    server.start()
    process = command(server)
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0, printed
    assert server.pictures() == [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 20]
    runs = MlflowClient(server.uri).search_runs(["0"])
    assert not [run for run in runs if run.info.status == "RUNNING"]


def test_two_commands_at_once_compute_a_child_once(server):
    processes = [command(server), command(server)]
    for process in processes:
        printed, _ = process.communicate(timeout=300)
        assert process.returncode == 0, printed
    runs = MlflowClient(server.uri).search_runs(["0"])
    children = [run for run in runs if "mlflow.parentRunId" in run.data.tags]
    assert [run.info.status for run in children] == ["FINISHED"]
    assert len(runs) == 3
