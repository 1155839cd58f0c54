import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import ExecutionException


def runs(store: MlflowClient) -> list[Run]:
    return list(
        store.search_runs([os.environ["MLFLOW_EXPERIMENT_ID"]], order_by=["start_time ASC"])
    )


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 100
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    assert condition()


def project(folder: Path) -> Path:
    folder.mkdir()
    # The command must be this Python, whatever stands on PATH.
    (folder / "MLproject").write_text(
        textwrap.dedent(f"""\
            name: scratch
            entry_points:
              stop: {{command: "{sys.executable} main.py stop"}}
              fail: {{command: "{sys.executable} main.py fail"}}
            """)
    )
    (folder / "main.py").write_text(
        textwrap.dedent("""\
            import os, sys, time
            from pathlib import Path
            from ib_mlflow.tracking import open_study

            with open_study("scratch", {"way": sys.argv[1]}) as study:
                if sys.argv[1] == "fail":
                    raise ValueError("broken")
                Path("pid").write_text(str(os.getpid()))
                time.sleep(100)
            """)
    )
    return folder


def test_told_to_stop_under_mlflow_run_a_study_stays_killed(
    store: MlflowClient, tmp_path: Path
) -> None:
    folder = project(tmp_path / "project")
    command = [sys.executable, "-m", "mlflow", "run", str(folder), "--env-manager", "local"]
    launcher = subprocess.Popen([*command, "-e", "stop"], stderr=subprocess.PIPE)
    note = folder / "pid"
    wait_for(lambda: note.exists() and bool(note.read_text()))
    os.kill(int(note.read_text()), signal.SIGTERM)
    _, output = launcher.communicate(timeout=100)
    assert launcher.returncode == -signal.SIGTERM
    assert b"Traceback" not in output
    assert [(run.data.params["way"], run.info.status) for run in runs(store)] == [
        ("stop", "KILLED")
    ]


@pytest.mark.slow
def test_broken_under_mlflow_run_a_study_is_failed(store: MlflowClient, tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    with pytest.raises(ExecutionException):
        mlflow.projects.run(str(folder), "fail", env_manager="local")
    assert [(run.data.params["way"], run.info.status) for run in runs(store)] == [
        ("fail", "FAILED")
    ]
