"""The password of a tracking URI is in nothing that a study prints, logs or stores."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from mlflow import MlflowClient

SECRET = "S3cr3tPw-9x"
BASIC = "Ym9iOlMzY3IzdFB3LTl4"
STUDY = """
import logging, os, sys
import numpy as np
logging.basicConfig(level=logging.DEBUG)
from synthetic import run
from ib_mlflow.tracking import open_study

run(epochs=1)
with open_study("by hand", {"a": 1}) as study:
    study.log_text("found", "report.md")
    study.log_image(np.zeros((2, 2, 3), dtype=np.uint8), "plane", 0)
    print("page", study.address, study.ui_command, study.ui_secret)
    if sys.argv[1:]:
        os.killpg(int(sys.argv[1]), 9)
        study.describe("never written")
"""
STORES = """
import logging, os, sys, traceback
logging.basicConfig(level=logging.DEBUG)
from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking import open_study

for uri in sys.argv[1:]:
    os.environ["MLFLOW_TRACKING_URI"] = uri
    try:
        with open_study("by hand", {}):
            pass
    except TrackingError:
        traceback.print_exc()
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """The port and the process group of a server whose store is a file."""
    port = free_port()
    words = ["server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with (tmp_path / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words, "--backend-store-uri", "sqlite:///server.db"],
            cwd=tmp_path,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + 120
    while True:
        try:
            urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
            break
        except OSError:
            assert process.poll() is None, "the server has ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.2)
    yield port, process.pid
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    process.wait(timeout=60)


def execute(script: str, folder: Path, *words: str, **more: str) -> tuple[int, str]:
    """Run a user's script in a process of its own; its exit code and all that it prints."""
    environment = os.environ | {
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
        "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
        **more,
    }
    environment.pop("MLFLOW_EXPERIMENT_ID", None)
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout


def assert_clean(printed: str, folder: Path) -> None:
    for word in (SECRET, BASIC):
        assert word not in printed, printed
        for path in folder.rglob("*"):
            assert path.is_dir() or word.encode() not in path.read_bytes(), path


@pytest.mark.slow
def test_of_a_server_that_answers_and_then_dies(tmp_path: Path, server: tuple[int, int]) -> None:
    port, group = server
    uri = f"http://bob:{SECRET}@127.0.0.1:{port}"
    # Asked to print its address, mlflow would print it whole.
    loud = {"MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "false", "MLFLOW_TRACKING_URI": uri}
    code, printed = execute(STUDY, tmp_path, **loud)
    assert code == 0, printed
    assert f"page http://127.0.0.1:{port}/#/experiments/0/runs/" in printed
    assert "None None" in printed
    assert_clean(printed, tmp_path)
    runs = MlflowClient(f"http://127.0.0.1:{port}").search_runs(["0"])
    assert {run.info.status for run in runs} == {"FINISHED"}

    code, printed = execute(STUDY, tmp_path, str(group), **loud)
    assert code == 1
    assert "Traceback" in printed
    assert f"127.0.0.1:{port}" in printed
    assert_clean(printed, tmp_path)


def test_of_stores_that_are_not_there(tmp_path: Path) -> None:
    uris = [
        f"http://bob:{SECRET}@127.0.0.1:{free_port()}",
        f"http://127.0.0.1:{free_port()}/?password={SECRET}",
        f"postgresql://bob:{SECRET}@127.0.0.1:9/db",
        f"postgresql://127.0.0.1:9/db?user=bob&password={SECRET}",
    ]
    code, printed = execute(STORES, tmp_path, *uris, MLFLOW_TRACKING_TOKEN=f"{SECRET}-too")
    assert code == 0, printed
    assert printed.count("TrackingError: the tracking store must answer; received") == len(uris)
    assert_clean(printed, tmp_path)
