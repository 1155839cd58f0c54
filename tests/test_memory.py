import platform
import subprocess
import sys

import pytest

from ib_mlflow import memory
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.memory import check_memory, memory_left

GIB = 2**30


def machine(monkeypatch, tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(str(text))
    monkeypatch.setattr(memory, "PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "GROUPS", tmp_path / "groups")
    return memory_left() / GIB


MEMINFO = {"proc/meminfo": f"MemTotal: {64 * 2**20} kB\nMemAvailable:   {20 * 2**20} kB\n"}


def test_what_the_machine_has_left(monkeypatch, tmp_path):
    assert machine(monkeypatch, tmp_path, MEMINFO) == 20


@pytest.mark.parametrize(
    ("line", "folder", "names"),
    [
        ("0::/a/b", "a/b", ("memory.max", "memory.current", "inactive_file")),
        ("0::/a/b", "a", ("memory.max", "memory.current", "inactive_file")),
        ("0::/a/b", ".", ("memory.max", "memory.current", "inactive_file")),
        (
            "4:cpu,memory:/a\n0::/",
            "memory/a",
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ),
    ],
)
def test_the_groups_that_the_process_is_in_have_less(monkeypatch, tmp_path, line, folder, names):
    limit, use, files = names
    room = machine(monkeypatch, tmp_path, {
        **MEMINFO,
        "proc/self/cgroup": line,
        f"groups/{folder}/{limit}": 8 * GIB,
        f"groups/{folder}/{use}": 6 * GIB,
        f"groups/{folder}/memory.stat": f"anon 5\n{files} {GIB}\n",
    })  # fmt: skip
    assert room == 3


def test_a_group_without_a_limit_has_what_the_machine_has(monkeypatch, tmp_path):
    files = {"proc/self/cgroup": "0::/a", "groups/a/memory.max": "max\n", **MEMINFO}
    assert machine(monkeypatch, tmp_path, files) == 20


def test_where_nothing_is_said_it_is_all_that_is_built_in(monkeypatch, tmp_path):
    assert machine(monkeypatch, tmp_path, {}) > 0.1


def test_more_than_is_left_is_refused(monkeypatch, tmp_path):
    machine(monkeypatch, tmp_path, MEMINFO)
    about = {"what": "a layer", "received": "9 rows", "fix": "Use fewer."}
    check_memory(20 * GIB, **about)
    with pytest.raises(InvalidInputError, match=r"9 rows, which need 21\.0 GiB where 20\.0 GiB"):
        check_memory(21 * GIB, **about)


def test_a_limit_of_the_process_counts() -> None:
    """As of `ulimit -v`: in a process of its own, which then has at most what is left of it."""
    script = (
        "import resource; from ib_mlflow.memory import memory_left; "
        "resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30)); print(memory_left())"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert 0 < float(found.stdout) < 3 * 2**30


FAULTS = """
import resource
import numpy as np
from ib_mlflow.memory import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        blocks = [np.ones(2**19, np.float32) for _ in range(10)]
        del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
usual = faults()
keep_freed_memory()
faults()
print(usual, faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that is brought to it")
def test_freed_memory_is_kept_for_the_next_step():
    """Blocks of 20 MiB a step, whose pages otherwise come anew from the system."""
    run = subprocess.run([sys.executable, "-c", FAULTS], check=True, capture_output=True, text=True)
    usual, kept = map(int, run.stdout.split())
    assert usual > 20 * 10 * 2**21 / 4096 / 2
    assert kept < usual / 100
