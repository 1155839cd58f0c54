"""The `mlflow run` that waits for this process, and what it must not do to a killed study."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path, PurePosixPath


def find_launcher() -> int | None:
    """Find the process that gave this one its run.

    It is the parent, or stands above the shell that activates an environment.

    Returns:
        The process id of `mlflow run`; None without one (a study started by hand, a project run
        from within a Python program), or where the system does not show its processes.

    Example:
        >>> find_launcher() is None  # a doctest is not started by `mlflow run`
        True
    """
    if "MLFLOW_RUN_ID" not in os.environ:
        return None
    pid = os.getppid()
    while pid > 1:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")
            above = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except (OSError, UnicodeDecodeError):
            return None
        if _is_mlflow_run(words):
            return pid
        if PurePosixPath(words[0]).name not in ("bash", "sh"):
            return None
        pid = int(above[1])
    return None


def dismiss(launcher: int) -> None:
    """Tell the waiting `mlflow run` to stop too, when the study was told to.

    MLflow 3.17 means to leave a run alone that has ended, but compares the status's name with a
    number: it marks every run whose command did not succeed as FAILED, a KILLED one as well.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(launcher, signal.SIGTERM)


def _is_mlflow_run(words: list[str]) -> bool:
    # `python /…/bin/mlflow run`, `/…/bin/mlflow run`, or `python -m mlflow run`.
    for place, word in enumerate(words[:3]):
        if PurePosixPath(word).name == "mlflow":
            return "run" in words[place + 1 :]
    return False
