"""Equal rows found by hashing against sorting and against pandas, in one run.

The usual code gives every row as raw bytes to np.unique, which sorts them; pandas hashes one number
a row, so that it is compared on one column. The ways are timed in turn, up to the numbers of rows
that the slow ones take seconds for; ratios are of the shortest times, since other processes only
ever add to a time. All rows are distinct, or each comes about ten times. A row costs a few accesses
to memory, in the caches or beyond them: the time per row grows up to a few million rows, and hardly
from there on. Pandas, which numbers no rows of several columns, is as fast where most rows repeat.

    python benchmarks/rows.py [--most 20000000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ib_mlflow.information.discrete.rowhash import distinct_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Way = Callable[[NDArray[np.int64]], NDArray[np.integer]]

SIZES = (100_000, 300_000, 1_000_000, 3_000_000, 5_000_000, 10_000_000, 20_000_000)
SORTED_UP_TO, FACTORIZED_UP_TO = 3_000_000, 10_000_000
# What a row may cost at the most rows, in units of its cost at the first number beyond the caches.
BEYOND_CACHES, LARGEST_GROWTH = 3_000_000, 3.0
AT_LEAST_SORTED, AT_LEAST_PANDAS = 5.0, 0.6


def by_sorting(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sizes of the groups of equal rows, in some order."""
    row = np.dtype((np.void, rows.itemsize * rows.shape[1]))
    _, _, counts = np.unique(rows.view(row), return_inverse=True, return_counts=True)
    return counts


def by_pandas(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same, of rows with one column."""
    return np.bincount(pd.factorize(rows[:, 0])[0])


def by_hashing(rows: NDArray[np.int64]) -> NDArray[np.uint32]:
    """The same, by the library."""
    return distinct_rows(rows)[1]


def seconds(way: Way, rows: NDArray[np.int64]) -> tuple[float, NDArray[np.integer]]:
    """The time of one call, and its answer sorted."""
    start = time.perf_counter()
    counts = way(rows)
    return time.perf_counter() - start, np.sort(counts)


def compare(rows: NDArray[np.int64], rounds: int) -> dict[str, float]:
    """Shortest seconds of each way that n is not too large for, in turn; they must agree."""
    ways: dict[str, Way] = {"ours": by_hashing}
    if len(rows) <= SORTED_UP_TO:
        ways["sorting"] = by_sorting
    if rows.shape[1] == 1 and len(rows) <= FACTORIZED_UP_TO:
        ways["pandas"] = by_pandas
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        answers = []
        for name, way in ways.items():
            taken, counts = seconds(way, rows)
            times[name].append(taken)
            answers.append(counts)
        for answer in answers[1:]:
            np.testing.assert_array_equal(answer, answers[0])
    return {name: min(each) for name, each in times.items()}


def sample(n: int, columns: int, times: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Rows (n, columns), each coming so many times on average."""
    rows = rng.integers(-(2**62), 2**62, size=(n // times, columns))
    return rows if times == 1 else rows[rng.integers(len(rows), size=n)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--most", type=int, default=SIZES[-1])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    distinct_rows(sample(10, 2, 1, rng))
    sizes = [size for size in SIZES if size <= options.most]
    growths: list[float] = []
    ratios: dict[str, list[float]] = {"sorting": [], "pandas": []}
    print(f"{'rows':>9} {'columns':>8} {'each':>5} {'ns a row':>9} {'sorting':>8} {'pandas':>8}")
    for columns, times in ((1, 1), (4, 1), (1, 10), (4, 10)):
        costs = {}
        for n in sizes:
            taken = compare(sample(n, columns, times, rng), options.rounds)
            costs[n] = 1e9 * taken["ours"] / n
            line = f"{n:9} {columns:8} {times:5} {costs[n]:9.1f}"
            for name, own in ratios.items():
                if name in taken:
                    own.append(taken[name] / taken["ours"])
                line += f" {own[-1]:6.1f} x" if name in taken else 9 * " "
            print(line.rstrip())
        growths += [cost / costs[BEYOND_CACHES] for n, cost in costs.items() if n > BEYOND_CACHES]
    print()
    missed = False
    for name, least in (("sorting", AT_LEAST_SORTED), ("pandas", AT_LEAST_PANDAS)):
        slowest, fastest = min(ratios[name]), max(ratios[name])
        print(f"{name}: {slowest:.1f} to {fastest:.1f} times, at least {least}")
        missed |= slowest < least
    if growths:
        print(f"cost of a row beyond {BEYOND_CACHES}: up to {max(growths):.1f} times that there, "
              f"at most {LARGEST_GROWTH}")  # fmt: skip
        missed |= max(growths) > LARGEST_GROWTH
    if missed:
        raise SystemExit("a target was missed")


if __name__ == "__main__":
    main()
