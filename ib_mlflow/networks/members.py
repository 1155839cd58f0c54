"""The members of an ensemble: which seeds, which device, which threads."""

from __future__ import annotations

import functools
import operator
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.threads import threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LARGEST_SEED = 2**32 - 1  # torch's generator on the CPU looks at no more bits
SLICES_PER_THREAD = 4  # so that a thread that is held up elsewhere leaves work to the others


def checked_seeds(seeds: Sequence[int]) -> tuple[int, ...]:
    """The seeds as a tuple of integers, at least one, each from 0 to 2³² − 1.

    Example:
        >>> checked_seeds(range(3))
        (0, 1, 2)
    """
    try:
        integers = tuple(operator.index(seed) for seed in seeds)
    except TypeError:
        integers = ()
    if not integers or min(integers) < 0 or max(integers) > LARGEST_SEED:
        raise InvalidInputError(
            "seeds must be a sequence of one or more integers from 0 to 2**32 - 1",
            received=seeds,
            fix="Give one seed per member, for example seeds=range(20).",
        )
    return integers


def consecutive_seeds(members: int | None, seed: int | None) -> tuple[int, ...]:
    """As many seeds as members (1 if not given), from the given one (0 if not given) upwards.

    Example:
        >>> consecutive_seeds(members=3, seed=7)
        (7, 8, 9)
    """
    try:
        count = 1 if members is None else operator.index(members)
        first = 0 if seed is None else operator.index(seed)
    except TypeError:
        count, first = 0, 0
    if count < 1 or not 0 <= first <= LARGEST_SEED + 1 - count:
        raise InvalidInputError(
            "members must be a positive integer, and seeds lie from 0 to 2**32 - 1",
            received=f"members={members}, seed={seed}",
            fix="Try members=20, seed=0.",
        )
    return tuple(range(first, first + count))


def checked_propagation(seed: int, repeats: int) -> int:
    """The seed of a propagation, from 0 to 2³² − 1; repeats must be positive.

    Example:
        >>> checked_propagation(seed=7, repeats=64)
        7
    """
    try:
        integer, count = operator.index(seed), operator.index(repeats)
    except TypeError:
        integer, count = -1, 0
    if not 0 <= integer <= LARGEST_SEED or count < 1:
        raise InvalidInputError(
            "seed must be an integer from 0 to 2**32 - 1, and repeats a positive integer",
            received=f"seed={seed}, repeats={repeats}",
            fix="Try seed=0, repeats=64.",
        )
    return integer


def checked_device(device: str | torch.device) -> torch.device:
    """The device; "auto" is CUDA where there is one, else the CPU.

    Example:
        >>> checked_device("cpu")
        device(type='cpu')
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        place = torch.device(device)
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError) as error:
        raise InvalidInputError(
            "device must name a device that torch finds on this machine",
            received=repr(device),
            fix='Use "auto" or "cpu".',
        ) from error
    return place


def in_threads(function: Callable[[int, int], object], count: int) -> None:
    """Call function(first, last) on consecutive slices of 0..count-1, spread over kept threads.

    The function must release the interpreter's lock. It returns, or raises what the first slice
    that failed did, when no slice is at work any more. Called in such a thread it takes no others,
    for they may all wait for it.

    Example:
        >>> squares = [0] * 50
        >>> def compute(first, last):
        ...     squares[first:last] = [member**2 for member in range(first, last)]
        >>> in_threads(compute, 50)
        >>> squares[::10]
        [0, 100, 400, 900, 1600]
    """
    workers = min(threads(), count)
    if workers == 1 or getattr(_HERE, "kept", False):
        function(0, count)
        return
    slices = min(count, SLICES_PER_THREAD * workers)
    bounds = [count * k // slices for k in range(slices + 1)]
    pool, futures = _pool(threads()), list[Future[object]]()
    try:
        futures.extend(pool.submit(function, first, last) for first, last in pairwise(bounds))
        for future in futures:
            future.result()
    finally:
        for future in futures:
            future.cancel()
        wait(futures)


_HERE = threading.local()


def _keep() -> None:
    _HERE.kept = True


@functools.cache
def _pool(size: int) -> ThreadPoolExecutor:
    """Made once, for threads of its own for each layer of each pass would cost more than it."""
    return ThreadPoolExecutor(size, thread_name_prefix="members", initializer=_keep)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has no threads of its parent


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute every operation on one thread, so that threads can be given to members.

    Example:
        >>> with one_thread():
        ...     torch.get_num_threads()
        1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
