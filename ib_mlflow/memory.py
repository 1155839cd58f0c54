"""How much memory is left, and a clear error for what needs more."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = 2**26 - 2**14  # bytes that glibc's allocator can be brought to keep
PROC, GROUPS = Path("/proc"), Path("/sys/fs/cgroup")
# Of the controller "memory", or of all in version 2: its folder, its limit, its use, and what of
# the use is files that give way.
VERSIONS = (
    ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ("", "memory.max", "memory.current", "inactive_file"),
)


def check_memory(needed: float, *, what: str, received: str, fix: str) -> None:
    """Refuse what needs more memory than is left, before anything is allocated.

    Arguments:
        needed: bytes.
        what: what must fit.
        received: how large it is.
        fix: what to do about it.

    Raises:
        InvalidInputError: if it does not fit.

    Example:
        >>> check_memory(2.0**80, what="a layer", received="2 rows", fix="Use fewer.")
        ... # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ib_mlflow.errors.InvalidInputError: a layer must fit in memory; received 2 rows, which ...
    """
    left = memory_left()
    if needed > left:
        raise _too_large(needed, left, what, received, fix)


def check_members(
    members: int, each: float, *, what: str, received: str, smaller: Callable[[float], str]
) -> None:
    """Refuse an ensemble that needs more memory than is left, and say how many members fit.

    Arguments:
        members: how many.
        each: bytes that one of them needs.
        what: what must fit.
        received: how large it is.
        smaller: what to do where not even one member fits, by the bytes that are left.

    Raises:
        InvalidInputError: if it does not fit.

    Example:
        >>> check_members(
        ...     20, 1e3, what="networks", received="20 members", smaller=lambda left: "Use fewer.")
    """
    left = memory_left()
    if members * each <= left:
        return
    most = int(left // max(each, 1.0))
    fix = f"Take at most {most} member{'s' * (most > 1)}." if most else smaller(left)
    raise _too_large(members * each, left, what, received, fix)


def _too_large(needed: float, left: float, what: str, received: str, fix: str) -> InvalidInputError:
    return InvalidInputError(
        f"{what} must fit in memory",
        received=f"{received}, which need {needed / 2**30:.1f} GiB where {left / 2**30:.1f} "
        "GiB are left",
        fix=fix,
    )


def memory_left() -> float:
    """Bytes that the machine has left; or this process's control group or own limit, if fewer."""
    left = [_machine_left(), *_own_left()]
    for line in _read(PROC / "self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        for folder, limit, use, files in VERSIONS:
            if folder in controllers.split(","):
                left += _group_left(GROUPS / folder, path, limit, use, files)
    return min(left)


def _own_left() -> list[float]:
    """What the process may still take where its addresses are limited, as by `ulimit -v`."""
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    pages = _read(PROC / "self/statm").split()
    if most == resource.RLIM_INFINITY or not pages:
        return []
    return [max(0.0, float(most) - os.sysconf("SC_PAGE_SIZE") * int(pages[0]))]


def _machine_left() -> float:
    for line in _read(PROC / "meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return 1024.0 * int(line.split()[1])
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def _group_left(root: Path, path: str, limit: str, use: str, files: str) -> list[float]:
    """What a control group and those around it have left.

    Inside a container the path may be unknown, and the root is the container's own group.
    """
    group, left = root / path.strip("/"), []
    for place in (group, *group.parents):
        most, used = _read(place / limit).strip(), _read(place / use).strip()
        if most.isdigit() and used.isdigit():
            given_way = [
                int(line.split()[1])
                for line in _read(place / "memory.stat").splitlines()
                if line.startswith(f"{files} ")
            ]
            left.append(float(int(most) - int(used) + sum(given_way)))
        if place == root:
            break
    return left


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def keep_freed_memory() -> None:
    """Let the allocator keep what a training step frees for the next one.

    glibc gives memory back to the system whenever twice the largest block that was ever freed lies
    free (mallopt(3), M_MMAP_THRESHOLD), and asking for it again costs a page fault for every 4 KiB.
    A block of its largest size, freed without being touched, makes that 64 MiB a thread.

    Example:
        >>> keep_freed_memory()
    """
    np.empty(KEPT // 2, np.uint8)
