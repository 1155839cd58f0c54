"""A tree over the components of a mixture, each node with its box, centroid and second moments."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numba import njit

from ib_mlflow.information.mixture.partition import PER_THREAD, Partition, divide

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAF = 96  # components of a leaf
# In more dimensions the second moments of the nodes outweigh the components themselves.
MOMENT_DIMENSIONS = 16

compiled = njit(
    cache=True,
    nogil=True,
    error_model="numpy",
    fastmath={"reassoc", "contract", "nsz", "nnan"},
)


@dataclass(frozen=True, eq=False)
class Tree:
    """Components reordered so that each node's are together, and what is known of each node.

    Arguments:
        points: (d, k) the components' centres, in units of the kernel's deviation.
        weights: (k,) their weights.
        order: (k,) the number of each component before it was reordered.
        partition: the nodes' components and children.
        facts: (nodes, width), a row each: the box's lowest corner (d,), its highest corner (d,),
            the centroid (d,), the lower triangle of the central second moments (d(d + 1)/2,;
            absent above MOMENT_DIMENSIONS), and last the weight, the radius around the centroid
            and the trace of the second moments.
    """

    points: NDArray[np.float64]
    weights: NDArray[np.float64]
    order: NDArray[np.int64]
    partition: Partition
    facts: NDArray[np.float64]


@compiled
def _describe_leaves(points: Any, weights: Any, nodes: Any, facts: Any, a: Any, b: Any) -> None:
    """Fill in the facts of the leaves among the nodes from a to b."""
    first, last, right = nodes
    d, width = points.shape[0], facts.shape[1]
    second = width > 3 * d + 3
    for node in range(a, b):
        if right[node] >= 0:
            continue
        start, end = first[node], last[node]
        count = end - start
        fact = facts[node]
        shift, part, squares = np.empty((d, count)), weights[start:end], np.zeros(count)
        mass = 0.0
        for i in range(count):
            mass += part[i]
        trace = 0.0
        for axis in range(d):
            row = points[axis, start:end]
            least, most, moment = row[0], row[0], 0.0
            for i in range(count):
                least, most = min(least, row[i]), max(most, row[i])
                moment += part[i] * (row[i] - row[0])
            centre = min(max(row[0] + moment / mass, least), most)
            fact[axis], fact[d + axis], fact[2 * d + axis] = least, most, centre
            moved = shift[axis]
            for i in range(count):
                moved[i] = row[i] - centre
                squares[i] += moved[i] * moved[i]
        at = 3 * d
        for axis in range(d if second else 0):
            for other in range(axis + 1):
                moment, left, right_ = 0.0, shift[axis], shift[other]
                for i in range(count):
                    moment += part[i] * left[i] * right_[i]
                fact[at] = moment / mass
                at += 1
        most = 0.0
        for i in range(count):
            most = max(most, squares[i])
            trace += part[i] * squares[i]
        fact[width - 3], fact[width - 2], fact[width - 1] = mass, np.sqrt(most), trace / mass


@compiled
def _describe_parents(right: Any, d: Any, facts: Any) -> None:
    """Fill in the facts of the other nodes from those of their children, which come later."""
    width = facts.shape[1]
    second = width > 3 * d + 3
    for node in range(right.size - 1, -1, -1):
        if right[node] < 0:
            continue
        fact, child, sibling = facts[node], facts[node + 1], facts[right[node]]
        mass = child[width - 3] + sibling[width - 3]
        p, q = child[width - 3] / mass, sibling[width - 3] / mass
        radius, trace = 0.0, p * child[width - 1] + q * sibling[width - 1]
        at = 3 * d
        for k in range(d):
            least, most = min(child[k], sibling[k]), max(child[d + k], sibling[d + k])
            centre = p * child[2 * d + k] + q * sibling[2 * d + k]
            far = max(centre - least, most - centre)
            radius += far * far
            fact[k], fact[d + k], fact[2 * d + k] = least, most, centre
            gap = child[2 * d + k] - sibling[2 * d + k]
            trace += p * q * gap * gap
            for m in range(k + 1 if second else 0):
                between = p * q * gap * (child[2 * d + m] - sibling[2 * d + m])
                fact[at] = p * child[at] + q * sibling[at] + between
                at += 1
        fact[width - 3], fact[width - 2], fact[width - 1] = mass, np.sqrt(radius), trace


def grow_tree(points: NDArray[np.float64], weights: NDArray[np.float64]) -> Tree:
    """Build the tree.

    Arguments:
        points: (d, k) C order, in units of the kernel's deviation; reordered in place.
        weights: (k,), positive.

    Example:
        >>> tree = grow_tree(np.array([[0.0, 1.0, 8.0]]), np.full(3, 1 / 3))
        >>> tree.partition.right.tolist(), tree.facts[0].round(3).tolist()
        ([-1], [0.0, 8.0, 3.0, 12.667, 1.0, 5.0, 12.667])
    """
    d, k = points.shape
    partition, order = divide(points, few=LEAF, many=LEAF, width=0.0)
    weights = np.ascontiguousarray(weights[order])
    triangle = d * (d + 1) // 2 if d <= MOMENT_DIMENSIONS else 0
    nodes = partition.first, partition.last, partition.right
    facts = np.empty((len(partition.first), 3 * d + triangle + 3))
    threads = min(numba.get_num_threads(), max(1, k // PER_THREAD))
    # More pieces than threads, because their leaves are not equally many.
    bounds = np.linspace(0, len(facts), 8 * threads + 1, dtype=np.int64).tolist()

    def describe(span: tuple[int, int]) -> None:
        _describe_leaves(points, weights, nodes, facts, *span)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(describe, pairwise(bounds)))
    _describe_parents(partition.right, d, facts)
    return Tree(points, weights, order, partition, facts)
