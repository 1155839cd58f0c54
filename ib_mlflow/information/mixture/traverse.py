"""Kernel sums by a tree, with a bound of the error of each.

What is far counts by its weight, what is narrow by its second moments, and the rest is summed pair
by pair. Sums at a query are relative to exp(-s/2), where s is the squared distance of something
that is about the nearest.

Reference:
    Gray & Moore (2001), "N-body problems in statistical learning", NIPS 13, for bounds per node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.information.mixture.leaf import OF_ALL, OF_OWN, sum_leaf
from ib_mlflow.information.mixture.nodes import add_jensen, box_distance, expand, promising
from ib_mlflow.information.mixture.sums import (
    HIGHEST,
    borrowed,
    compiled,
    exponential,
    log_above,
    log_error,
    summing,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information.mixture.tree import Tree

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {
    "mixture/leaf": "71a16ee164136f35",
    "mixture/nodes": "c7419da47917517d",
    "mixture/sums": "e7802b367cd521b8",
}
FEW = 4  # components that are summed sooner than expanded
BEYOND = 80.0  # squared distance from which a lower bound is not worth having
VISITS, EXPANSIONS, SUMS, PAIRS = range(4)


@summing
def _raise_least(sums: Any, n: Any) -> Any:
    """Raise the lower bounds by what has been summed; return the lowest, in the common scale."""
    lower, totals, errors, _, scales = sums
    least = np.inf
    for j in range(n):
        lower[j] = max(lower[j], totals[j] - errors[j])
        least = min(least, lower[j] * scales[j])
    return least


@summing
def _set_scales(sums: Any, n: Any) -> Any:
    """Make the scale of the query that is farthest from all the common one; return its s."""
    nearest, scales = sums[3], sums[4]
    most = nearest[:n].max()
    for j in range(n):
        scales[j] = exponential(min(0.5 * (most - nearest[j]), HIGHEST))
    return most


@compiled
def _bound_from_below(right: Any, facts: Any, x: Any, box: Any, work: Any, sums: Any) -> None:
    """Bound the sums by the nearest leaf, and by the nodes left aside on the way to it."""
    lower, totals, errors, nearest, _ = sums
    low, high, middle = box
    n, node = x.shape[1], 0
    lower[:n], totals[:n], errors[:n], nearest[:n] = 0.0, 0.0, 0.0, np.inf
    while right[node] >= 0:
        near, far = node + 1, right[node]
        to_near = box_distance(facts[near], middle, middle)
        if box_distance(facts[far], middle, middle) < to_near:
            near, far = far, near
        if box_distance(facts[far], low, high) < BEYOND:
            add_jensen(facts[far], x, n, work, nearest, lower)
        node = near
    add_jensen(facts[node], x, n, work, nearest, lower)


@summing
def _add_expansion(fact: Any, n: Any, allowed: Any, share: Any, work: Any, sums: Any) -> Any:
    """Add a node's expansion to all sums if it is good enough for all; tell whether it was."""
    value, bound = work[0], work[1]
    _, totals, errors, _, scales = sums
    mass = fact[fact.size - 3]
    worst = -np.inf
    for j in range(n):
        more = bound[j] - OF_OWN * share * (value[j] - bound[j])
        worst = max(worst, scales[j] * more)
    if worst > allowed:
        return False
    for j in range(n):
        totals[j] += mass * value[j]
        errors[j] += mass * bound[j]
    return True


def workspace(tree: Tree, queries: int) -> tuple[tuple[NDArray[Any], ...], ...]:
    """Arrays for a `traverse` of blocks of at most so many queries to work in."""
    (d, _), partition = tree.points.shape, tree.partition
    leaves = partition.right < 0
    most, nodes = int((partition.last - partition.first)[leaves].max()), len(leaves)
    return (
        tuple(np.empty((3, d))),
        tuple(np.empty((5, queries))),
        (np.empty(queries, np.int64), np.empty(d), np.empty(queries * most)),
        (
            np.empty((d, queries)),
            np.empty((4, queries)),
            np.empty(nodes, np.int64),
            np.empty(nodes),
        ),
    )


@compiled
def traverse(tree: Any, queries: Any, blocks: Any, share: Any, begin: Any, end: Any,
             values: Any, bounds: Any, work: Any, space: Any) -> None:  # fmt: skip
    """Write ln of the weighted kernel sum at the queries of some blocks, and bounds of its error.

    All queries of a block go down the tree together. A node is done with as soon as what it may
    err is allowed at every one of them.

    Arguments:
        tree: points (d, k), weights (k,), first, last, right (nodes,), facts (nodes, width).
        queries: (d, n), those of a block together.
        blocks: (2, blocks) the first query of each block and the one after its last.
        share: relative error allowed to each sum.
        begin: the first block.
        end: the block after the last.
        values: (n,), receives the logarithms.
        bounds: (n,), receives the largest errors of the logarithms.
        work: (4, blocks), receives counts: nodes visited, expansions, leaves summed, and pairs.
        space: arrays of `workspace`.
    """
    points, weights, first, last, right, facts = borrowed(tree)
    queries, blocks, values, bounds, work = borrowed((queries, blocks, values, bounds, work))
    box, sums, scratch = borrowed(space[0]), borrowed(space[1]), borrowed(space[2])
    moved, results, waiting, distance = borrowed(space[3])
    d, width = queries.shape[0], facts.shape[1]
    (low, high, middle), (_, totals, errors, nearest, _) = box, sums
    for block in range(begin, end):
        start, n = blocks[0, block], blocks[1, block] - blocks[0, block]
        x, counts = queries[:, start : start + n], work[:, block]
        for k in range(d):
            low[k], high[k] = x[k].min(), x[k].max()
            middle[k] = 0.5 * (low[k] + high[k])
        _bound_from_below(right, facts, x, box, results[0], sums)
        counts[:] = 0
        farthest = _set_scales(sums, n)
        least = _raise_least(sums, n)
        outside = 0.0  # half of the most that nodes counted by their weight contribute
        waiting[0], distance[0], height = 0, box_distance(facts[0], low, high), 1
        while height:
            height -= 1
            node = waiting[height]
            nearer, allowed = farthest - distance[height], OF_ALL * share * least
            counts[VISITS] += 1
            if 0.5 * nearer <= log_above(2.0 * allowed):
                half = 0.5 * exponential(min(0.5 * nearer, HIGHEST))
                if half <= allowed:
                    outside += facts[node, width - 3] * half
                    continue
            if last[node] - first[node] > FEW and promising(
                facts[node], middle, farthest, allowed, OF_OWN * share
            ):
                counts[EXPANSIONS] += n
                expand(facts[node], x, n, moved, nearest, results)
                if _add_expansion(facts[node], n, allowed, share, results, sums):
                    least = _raise_least(sums, n)
                    continue
            if right[node] < 0:
                span = first[node], last[node]
                pairs, rescaled = sum_leaf(
                    points, weights, span, facts[node], x, share, sums, scratch
                )
                counts[SUMS] += n
                counts[PAIRS] += pairs
                if rescaled:
                    before, farthest = farthest, _set_scales(sums, n)
                    outside *= exponential(0.5 * (farthest - before))
                least = _raise_least(sums, n)
                continue
            near, far = node + 1, right[node]
            to_near = box_distance(facts[near], low, high)
            to_far = box_distance(facts[far], low, high)
            if to_far < to_near:
                near, far, to_near, to_far = far, near, to_far, to_near
            waiting[height], distance[height] = far, to_far
            waiting[height + 1], distance[height + 1] = near, to_near
            height += 2
        for j in range(n):
            beyond = outside * exponential(0.5 * (nearest[j] - farthest))
            total = totals[j] + beyond
            values[start + j] = np.log(total) - 0.5 * nearest[j]
            bounds[start + j] = log_error(total, errors[j] + beyond)
