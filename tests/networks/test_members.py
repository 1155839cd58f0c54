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


def test_an_error_in_a_thread_is_not_lost(monkeypatch):
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", 2)

    def fail(first, last):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_threads(fail, 4)


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
