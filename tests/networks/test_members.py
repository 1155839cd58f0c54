import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import torch
from numba import config

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.members import checked_device, checked_seeds, in_threads, one_thread


@pytest.mark.parametrize("seeds", [(), (-1,), (2**32,), (0.5,), "ab", 3])
def test_seeds_that_are_not_seeds_are_refused(seeds):
    with pytest.raises(InvalidInputError, match="seeds must be a sequence"):
        checked_seeds(seeds)


def test_seeds_become_a_tuple_of_integers():
    assert checked_seeds(np.arange(3)) == (0, 1, 2)
    assert checked_seeds([7, 7]) == (7, 7)


def test_auto_is_a_device_that_exists():
    assert checked_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("device", ["gpu", "cuda:99"])
def test_devices_that_are_not_there_are_refused(device):
    with pytest.raises(InvalidInputError, match="device must name a device"):
        checked_device(device)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("members", [1, 2, 7, 50])
def test_every_member_is_visited_once(monkeypatch, threads, members):
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", threads)
    visits = np.zeros(members, int)

    def visit(first, last):
        visits[first:last] += 1

    in_threads(visit, members)
    assert (visits == 1).all()


@pytest.fixture
def two_threads(monkeypatch):
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", 2)


@pytest.mark.usefixtures("two_threads")
def test_an_error_in_a_thread_is_not_lost_and_no_slice_outlives_it():
    ended = []

    def fail(first, last):
        if first == 0:
            raise ZeroDivisionError
        time.sleep(0.05)
        ended.append(first)

    with pytest.raises(ZeroDivisionError):
        in_threads(fail, 4)
    known = list(ended)
    time.sleep(0.15)
    assert ended == known
    in_threads(lambda first, last: ended.clear(), 4)
    assert not ended, "the threads work on"


@pytest.mark.usefixtures("two_threads")
def test_threads_are_kept():
    """Of 50 calls two threads are at work, not a hundred."""
    threads = {}  # a thread that has ended gives its number back, so that they are held

    def visit(first, last):
        threads[id(threading.current_thread())] = threading.current_thread()

    for _ in range(50):
        in_threads(visit, 8)
    assert 1 <= len(threads) <= 2
    assert all(thread.is_alive() for thread in threads.values())


@pytest.mark.usefixtures("two_threads")
def test_a_thread_does_not_wait_for_itself():
    """Both threads ask for threads at once: neither would ever get one."""
    visits = np.zeros((8, 8), int)
    both = threading.Barrier(2)

    def outer(first, last):
        if first in (0, 1):
            both.wait(10)
        for row in range(first, last):

            def inner(begin, end, row=row):
                visits[row, begin:end] += 1

            in_threads(inner, 8)

    in_threads(outer, 8)
    assert (visits == 1).all()


CHILD = """
import os, sys
from numba import config
config.NUMBA_NUM_THREADS = 2
from ib_mlflow.networks.members import in_threads
def visits():
    seen = [0] * 8
    def visit(first, last):
        seen[first:last] = [1] * (last - first)
    in_threads(visit, 8)
    return sum(seen)
assert visits() == 8
{fork}
assert visits() == 8
"""
FORK = """
child = os.fork()
if not child:
    sys.exit(visits() + 34)  # by way of all that an interpreter does when it ends
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
"""


@pytest.mark.parametrize("fork", ["", FORK], ids=["alone", "forked"])
def test_kept_threads_stop_neither_an_end_nor_a_fork(fork):
    command = [sys.executable, "-W", "ignore", "-c", CHILD.format(fork=fork)]
    subprocess.run(command, check=True, timeout=60)


def test_torchs_threads_are_put_back():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 3
        with pytest.raises(ZeroDivisionError), one_thread():
            raise ZeroDivisionError
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
