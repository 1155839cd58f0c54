"""Ways to the same result, timed in turn."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Shortest(NamedTuple):
    """Shortest seconds of each way: by the clock, and of the processors, all threads together."""

    clock: list[float]
    processor: list[float]


def in_turn(ways: Sequence[Callable[[], object]], repetitions: int) -> Shortest:
    """Time ways, all of them run once per repetition."""
    times = np.empty((repetitions, len(ways), 2))
    for repetition in times:
        for taken, way in zip(repetition, ways, strict=True):
            start, used = time.perf_counter(), time.process_time()
            way()
            taken[:] = time.perf_counter() - start, time.process_time() - used
    clock, processor = times.min(axis=0).T.tolist()
    return Shortest(clock, processor)
