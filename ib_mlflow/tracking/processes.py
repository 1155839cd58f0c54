"""Processes of this machine: whether one runs, and what tells it from others of its id."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_PROCESSES = Path("/proc")
_STATE, _START = 0, 19
"""Fields of /proc/<pid>/stat behind the name, from 0: the third and the 22nd of proc(5)."""


def exists(pid: int) -> bool:
    """Whether a process of this machine runs.

    Example:
        >>> exists(os.getpid())
        True
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    fields = _fields(pid)
    # A killed process stays in the table until its parent has asked for its exit code.
    return not fields or fields[_STATE] not in ("Z", "X")


def started(pid: int) -> str:
    """When a process began, as a text that no other process of its id shares.

    Arguments:
        pid: the process.

    Returns:
        Clock ticks behind the id of the machine's boot, where there is /proc; elsewhere what `ps`
        says; empty where neither knows.

    Example:
        >>> started(os.getpid()) == started(os.getpid())
        True
    """
    if fields := _fields(pid):
        try:
            boot = (_PROCESSES / "sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        except OSError:
            boot = ""
        return f"{boot} {fields[_START]}".strip()
    try:
        listing = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
        )
    except OSError:
        return ""
    return listing.stdout.strip()


def _fields(pid: int) -> list[str]:
    """What /proc tells of a process behind its name, which may hold spaces; nothing without it."""
    try:
        text = (_PROCESSES / f"{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
