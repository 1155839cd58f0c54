import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ib_mlflow.tracking.launcher import _is_mlflow_run, dismiss, find_launcher

ASK = "from ib_mlflow.tracking.launcher import find_launcher; print(find_launcher())"


@pytest.mark.parametrize(
    ("words", "waits"),
    [
        (["/venv/bin/python", "/venv/bin/mlflow", "run", "."], True),
        (["/venv/bin/mlflow", "--env-file", "a", "run", "."], True),
        (["python3", "-m", "mlflow", "run", "."], True),
        (["python3", "-m", "mlflow", "ui"], False),
        (["python3", "train.py", "run", "mlflow"], False),
        (["bash", "-c", "mlflow run ."], False),
        ([""], False),
    ],
)
def test_a_command_that_waits_for_a_study(words: list[str], waits: bool) -> None:
    assert _is_mlflow_run(words) is waits


def test_without_a_run_there_is_no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    assert find_launcher() is None
    monkeypatch.setenv("MLFLOW_RUN_ID", "abc")
    assert find_launcher() is None  # pytest is no `mlflow run`


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system hides its processes")
def test_the_launcher_is_found_above_a_shell(tmp_path: Path) -> None:
    # A module that calls itself mlflow, and starts what it is given through a shell.
    (tmp_path / "mlflow.py").write_text(
        "import os, subprocess, sys\n"
        "print(os.getpid(), flush=True)\n"
        "subprocess.run(['bash', '-c', f'true && {sys.argv[2]}; true'], check=True, cwd='/')\n"
    )
    (tmp_path / "launcher.py").write_text(Path(find_launcher.__code__.co_filename).read_text())
    ask = f'{sys.executable} -c \'import sys; sys.path[0:0] = ["{tmp_path}"]; ' + (
        "import launcher; print(launcher.find_launcher())'"
    )
    answer = subprocess.run(
        [sys.executable, "-m", "mlflow", "run", ask],
        env=os.environ | {"MLFLOW_RUN_ID": "abc"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    own, launcher = answer.stdout.split()
    assert own == launcher


def test_a_launcher_is_told_to_stop_and_may_be_gone() -> None:
    process = subprocess.Popen(["sleep", "60"])
    dismiss(process.pid)
    assert process.wait() == -signal.SIGTERM
    dismiss(process.pid)
