"""The members of an ensemble: which seeds, which device, which threads."""

from __future__ import annotations

import operator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numba
import torch

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LARGEST_SEED = 2**32 - 1  # torch's generator on the CPU looks at no more bits
SLICES_PER_THREAD = 4  # so that a thread that is held up elsewhere leaves work to the others


def checked_seeds(seeds: Sequence[int]) -> tuple[int, ...]:
    """The seeds as a tuple of integers, at least one, each from 0 to 2³² − 1."""
    try:
        chosen = tuple(operator.index(seed) for seed in seeds)
    except TypeError:
        chosen = ()
    if not chosen or min(chosen) < 0 or max(chosen) > LARGEST_SEED:
        raise InvalidInputError(
            "seeds must be a sequence of one or more integers from 0 to 2**32 - 1",
            received=seeds,
            fix="Give one seed per member, for example seeds=range(20).",
        )
    return chosen


def checked_device(device: str | torch.device) -> torch.device:
    """The device; "auto" is CUDA where there is one, else the CPU."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
        torch.empty(0, device=chosen)
    except (RuntimeError, AssertionError) as error:
        raise InvalidInputError(
            "device must name a device that torch finds on this machine",
            received=repr(device),
            fix='Use "auto" or "cpu".',
        ) from error
    return chosen


def over_members(function: Callable[[int, int], object], members: int) -> None:
    """Call function(first, last) on consecutive slices of the members, spread over threads.

    There are as many threads as numba has been given (NUMBA_NUM_THREADS, `numba.set_num_threads`;
    else the cores of the process), since torch is often better off with one. The function must
    release the interpreter's lock.
    """
    threads = min(numba.get_num_threads(), members)
    if threads == 1:
        function(0, members)
        return
    slices = min(members, SLICES_PER_THREAD * threads)
    bounds = [members * k // slices for k in range(slices + 1)]
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(function, bounds[:-1], bounds[1:]):
            pass
