"""ln of a mixture's kernel sum at many queries, by the tree or over all pairs, whichever pays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numba
import numpy as np

from ib_mlflow.information.mixture.partition import divide
from ib_mlflow.information.mixture.sums import TOGETHER, log_sums
from ib_mlflow.information.mixture.traverse import (
    EXPANSIONS,
    PAIRS,
    SUMS,
    VISITS,
    traverse,
    workspace,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from ib_mlflow.information.mixture.tree import Tree

Method = Literal["tree", "brute"]

# Queries that go down the tree together: as many as are near each other, in units of the kernel's
# deviation; of those that are far from each other, few.
BLOCK, SPARSE, WIDTH = 64, 2, 6.0
PROBES = 48  # blocks that are tried before a method is chosen, but not more than a sixteenth
WORTH = 0.8  # foretold share of the work of all pairs up to which the tree is taken
PIECES = 16  # pieces of work per thread, because they are not equally long
# Pairs in all that are summed sooner than a tree is tried.
SMALL = 2_000_000


@dataclass(frozen=True, eq=False)
class LogSums:
    """ln of the weighted kernel sum at each query, in nats.

    Arguments:
        values: (n,).
        bounds: (n,) the largest error of each, but for rounding.
        method: how they were found.
        pairs: pairs of a query and a component that were evaluated.
        work: pairs whose evaluation would have taken as long.
    """

    values: NDArray[np.float64]
    bounds: NDArray[np.float64]
    method: Method
    pairs: int
    work: float

    def over(self, other: LogSums) -> LogSums:
        """Of the ratio to other sums at the same queries."""
        return LogSums(
            self.values - other.values,
            self.bounds + other.bounds,
            self.method,
            self.pairs + other.pairs,
            self.work + other.work,
        )

    def at(self, order: NDArray[np.int64]) -> LogSums:
        """Of the queries put where the order says."""
        values, bounds = np.empty_like(self.values), np.empty_like(self.bounds)
        values[order], bounds[order] = self.values, self.bounds
        return replace(self, values=values, bounds=bounds)

    def split(self, sizes: Sequence[int]) -> list[LogSums]:
        """Of successive queries, so many in each part; the counts stay those of all."""
        ends = np.cumsum(sizes)[:-1]
        parts = zip(np.split(self.values, ends), np.split(self.bounds, ends), strict=True)
        return [replace(self, values=values, bounds=bounds) for values, bounds in parts]


def mix(parts: Sequence[LogSums], shares: Sequence[float]) -> LogSums:
    """Of the sum of parts with shares, at the same queries."""
    weighted = np.stack([p.values + np.log(share) for p, share in zip(parts, shares, strict=True)])
    values = np.logaddexp.reduce(weighted, axis=0)
    given = np.stack([part.bounds for part in parts])
    errors = np.sum(np.exp(weighted - values) * np.expm1(np.minimum(given, 1.0)), axis=0)
    # None errs by more than the worst part; by how much less is told where errors are small.
    bounds = np.where(
        given.max(axis=0) <= 0.1, -np.log1p(-np.minimum(errors, 0.5)), given.max(axis=0)
    )
    pairs, work = sum(part.pairs for part in parts), sum(part.work for part in parts)
    return LogSums(values, bounds, parts[0].method, pairs, work)


def spread(work: Callable[[int, int], object], count: int) -> None:
    """Do the work on `count` items in pieces, on as many threads as there are, this one among them.

    A thread takes the next piece when it is done with one, which costs less than to hand out each.
    """
    threads = numba.get_num_threads()
    bounds = np.unique(np.linspace(0, count, PIECES * threads + 1, dtype=np.int64)).tolist()
    pieces = iter(list(pairwise(bounds)))

    def take() -> None:
        for piece in pieces:
            work(*piece)

    if threads == 1 or len(bounds) <= 2:
        take()
        return
    with ThreadPoolExecutor(threads - 1) as pool:
        others = [pool.submit(take) for _ in range(threads - 1)]
        take()
    for other in others:
        other.result()


def all_pairs(tree: Tree, queries: NDArray[np.float64]) -> LogSums:
    """Sum over all pairs.

    Arguments:
        tree: of the components.
        queries: (n, d) in units of the kernel's deviation.
    """
    n = len(queries)
    values, bounds = np.empty(n), np.empty(n)

    def work(begin: int, end: int) -> None:
        first, last = begin * TOGETHER, min(end * TOGETHER, n)
        log_sums(tree.points, tree.weights, queries, first, last, values, bounds)

    spread(work, -(-n // TOGETHER))
    pairs = n * len(tree.weights)
    return LogSums(values, bounds, "brute", pairs, pairs)


class Descent:
    """Queries in blocks, ready to go down a tree.

    Arguments:
        tree: of the components.
        queries: (n, d) in units of the kernel's deviation.
        tolerance: largest error of each logarithm, in nats.
    """

    def __init__(self, tree: Tree, queries: NDArray[np.float64], tolerance: float) -> None:
        self.tree = tree
        self.queries = queries.T.copy()  # a copy even of one row, because it is reordered
        partition, self.order = divide(self.queries, few=SPARSE, many=BLOCK, width=WIDTH)
        leaves = partition.right < 0
        self.blocks = np.stack([partition.first[leaves], partition.last[leaves]])
        # With an error of at most this share of the sum, that of the logarithm, relative to the
        # computed sum, is at most log(1 + tolerance).
        self.share = tolerance / (1.0 + 2.0 * tolerance)

    def descend(self, blocks: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Values and bounds (2, n), filled in for the queries of the blocks; and work (4, b)."""
        tree, results = self.tree, np.empty((2, self.queries.shape[1]))
        counts = np.empty((4, blocks.shape[1]), np.int64)
        nodes = tree.partition.first, tree.partition.last, tree.partition.right
        given = (tree.points, tree.weights, *nodes, tree.facts), self.queries, blocks, self.share
        widest = int((blocks[1] - blocks[0]).max())

        def work(begin: int, end: int) -> None:
            space = workspace(tree, widest)
            traverse(*given, begin, end, results[0], results[1], counts, space)

        spread(work, blocks.shape[1])
        return results, counts

    def cost(self) -> float:
        """Work that a try of some blocks foretells, as a share of that of all pairs."""
        count = self.blocks.shape[1]
        tried = np.linspace(0, count, max(1, min(PROBES, count // 16)), endpoint=False)
        blocks = np.ascontiguousarray(self.blocks[:, tried.astype(np.int64)])
        counts = self.descend(blocks)[1].sum(axis=1)
        queries = float((blocks[1] - blocks[0]).sum())
        return predicted_work(counts, *self.tree.points.shape) / queries

    def sums(self) -> LogSums:
        """Send all blocks down the tree."""
        results, counts = self.descend(self.blocks)
        total, (d, k) = counts.sum(axis=1), self.tree.points.shape
        work = k * predicted_work(total, d, k)
        sums = LogSums(results[0], results[1], "tree", int(total[PAIRS]), work)
        return sums.at(self.order)


def predicted_work(counts: NDArray[np.int64], d: int, k: int) -> float:
    """Time of the counted work in units of the time in which one query meets all components."""
    pair = 1.0 + 0.12 * d  # nanoseconds, like the others
    visit, expansion, leaf = 20.0 + 4.0 * d, 3.0 + 0.6 * d + 0.15 * d * d, 25.0 + 3.0 * d
    spent = visit * counts[VISITS] + expansion * counts[EXPANSIONS]
    return float(spent + leaf * counts[SUMS] + pair * counts[PAIRS]) / (pair * k)


def evaluate(
    tree: Tree,
    queries: NDArray[np.float64],
    *,
    tolerance: float,
    method: Literal["auto", "tree", "brute"],
    device: str,
) -> LogSums:
    """Find ln of the weighted kernel sum at each query, the faster way or the one asked for.

    Arguments:
        tree: of the components.
        queries: (n, d) in units of the kernel's deviation.
        tolerance: largest error of each logarithm that the tree may make, in nats.
        method: tree, brute (all pairs), or auto for the faster one.
        device: where all pairs are summed.
    """
    pairs = len(queries) * len(tree.weights)
    if method == "tree" or (method == "auto" and pairs > SMALL):
        descent = Descent(tree, queries, tolerance)
        if method == "tree" or descent.cost() <= WORTH:
            return descent.sums()
    if device != "cpu":
        # Only here, because it takes a second to import.
        from ib_mlflow.information.mixture.cuda import find_device, torch_log_sums

        resolved = find_device(device)
        if resolved.type != "cpu":
            values = torch_log_sums(tree, queries, resolved)
            return LogSums(values, np.zeros(len(queries)), "brute", pairs, pairs)
    return all_pairs(tree, queries)
