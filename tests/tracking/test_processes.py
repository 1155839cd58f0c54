import os
import subprocess
import sys
from pathlib import Path

import pytest

from ib_mlflow.tracking import processes
from ib_mlflow.tracking.processes import exists, started


def test_processes_are_told_apart_by_their_start() -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert started(other.pid)
        assert started(other.pid) == started(other.pid)
        assert started(other.pid) != started(os.getpid())
    finally:
        other.communicate(b"\n")
    assert not exists(other.pid)
    assert not started(other.pid)


def test_without_proc_another_program_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(processes, "_PROCESSES", tmp_path)
    assert exists(os.getpid())
    program = tmp_path / "ps"
    program.write_text("#!/bin/sh\necho Wed Nov 25 08:15:45 2026\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert started(os.getpid()) == "Wed Nov 25 08:15:45 2026"
    monkeypatch.setenv("PATH", "")
    assert started(os.getpid()) == ""
