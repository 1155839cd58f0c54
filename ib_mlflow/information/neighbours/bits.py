# ruff: noqa: ARG001, the arguments of an intrinsic are counted by their names
"""Who is within each point's radius, as sets of bits: one set an axis, and what all have in common.

In many dimensions a box touches most leaves of a tree, and few of their points are inside. Along an
axis, those within a radius are a range of ranks, and the set of all below a rank is looked up: so a
word of 64 points costs two instructions an axis, however far they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba.extending
import numpy as np
from numba import njit, types

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

BLOCK = 16384  # points whose sets lie in cache together
STRIDE = 32  # ranks from one set that is kept to the next
WORD = 64

# Called with a number where compiled, while here it takes its type.
intrinsic: Callable[[Any], Any] = numba.extending.intrinsic

compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nsz", "nnan"})


@intrinsic
def _ones(_: Any, word: Any) -> Any:
    """How many bits are set."""

    def generate(_context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        return builder.ctpop(given[0])

    return types.int64(types.int64), generate


@intrinsic
def _lowest(_: Any, word: Any) -> Any:
    """The number of the lowest bit that is set; there must be one."""

    def generate(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        return builder.cttz(given[0], context.get_constant(types.boolean, 1))

    return types.int64(types.int64), generate


@compiled
def _keep_sets(ranked: Any, sets: Any) -> None:
    """Write the sets of the points with ranks below 0, STRIDE, 2 · STRIDE, …, for every axis."""
    for axis in range(len(ranked)):
        sets[axis, 0] = 0
        for kept in range(1, sets.shape[1]):
            words = sets[axis, kept]
            words[:] = sets[axis, kept - 1]
            for rank in range((kept - 1) * STRIDE, kept * STRIDE):
                place = ranked[axis, rank]
                words[place >> 6] |= np.int64(1) << (place & 63)


@compiled
def _leave(words: Any, places: Any, start: Any, end: Any) -> None:
    """Take the points of some ranks out of a set."""
    for rank in range(start, end):
        words[places[rank] >> 6] &= ~(np.int64(1) << (places[rank] & 63))


@compiled
def _range(x: Any, radius: Any, values: Any, first: Any, last: Any) -> None:
    """The first rank within the radius of x along each axis, and the one after the last.

    Rounded differences are monotone along sorted values. No step waits for another axis's.
    """
    first[:], last[:] = 0, 0
    size = values.shape[1]
    while size > 0:
        half = (size + 1) >> 1
        for axis in range(x.size):
            row = values[axis]
            first[axis] += half * (x[axis] - row[first[axis] + half - 1] > radius)
            last[axis] += half * (row[last[axis] + half - 1] - x[axis] <= radius)
        size -= half


@compiled
def _common(ranked: Any, sets: Any, first: Any, last: Any, words: Any) -> Any:
    """Write the set of the points that are in the range of every axis; return how many."""
    for axis in range(first.size):
        start, end = first[axis] // STRIDE, (last[axis] + STRIDE - 1) // STRIDE
        before, until = sets[axis, start], sets[axis, end]
        if axis == 0:
            for w in range(words.size):
                words[w] = until[w] ^ before[w]
        else:
            for w in range(words.size):
                words[w] &= until[w] ^ before[w]
        _leave(words, ranked[axis], start * STRIDE, first[axis])
        _leave(words, ranked[axis], last[axis], end * STRIDE)
    count = 0
    for w in range(words.size):
        count += _ones(words[w])
    return count


@compiled
def _place(box: Any, x: Any, radius: Any) -> Any:
    """Whether a box (2, d) is wholly within the radius of x (1), wholly beyond (-1), or neither."""
    near, far = 0.0, 0.0
    for axis in range(x.size):
        low, high = box[0, axis], box[1, axis]
        near = max(near, max(low - x[axis], x[axis] - high))
        far = max(far, max(x[axis] - low, high - x[axis]))
    return -1 if near > radius else (1 if far <= radius else 0)


@compiled
def count_bits(points: Any, radii: Any, boxes: Any, blocks: Any, counts: Any, shares: Any) -> None:
    """Count the others within each point's radius, in the maximum norm.

    Arguments:
        points: (n, d), those of a block near each other.
        radii: (n,).
        boxes: (blocks, 2, d) the lowest and the highest corners.
        blocks: sorted values (blocks, d, BLOCK), infinite behind the last point; their places in
            the block; and the kept sets (blocks, d, kept, words).
        counts: (n,), receives the counts.
        shares: (n,), receives the sums of 1 / count over the points that count one; or (0,).
    """
    values, ranked, sets = blocks
    n, d = points.shape
    many, words = len(boxes), sets.shape[3]
    size = words * WORD
    inside = np.empty(many * words, np.int64)
    places = np.empty(many, np.int64)
    first, last = np.empty(d, np.int64), np.empty(d, np.int64)
    steps = np.zeros(many)
    for i in range(n):
        x, radius, count = points[i], radii[i], -1  # itself is no neighbour
        for block in range(many):
            places[block] = _place(boxes[block], x, radius)
            if places[block] > 0:
                count += min(size, n - block * size)
            elif places[block] == 0:
                _range(x, radius, values[block], first, last)
                part = inside[block * words : (block + 1) * words]
                count += _common(ranked[block], sets[block], first, last, part)
        counts[i] = count
        if shares.size == 0:
            continue
        weight = 1.0 / max(count, 1)
        shares[i] -= weight
        for block in range(many):
            if places[block] > 0:
                steps[block] += weight
            elif places[block] == 0:
                for w in range(block * words, (block + 1) * words):
                    word = inside[w]
                    while word != 0:
                        shares[w * WORD + _lowest(word)] += weight
                        word &= word - 1
    for i in range(shares.size):
        shares[i] += steps[i // size]


def count_by_bits(
    points: NDArray[np.float64], radii: NDArray[np.float64], *, shares: bool
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Counts (n,) and shares (n,), or none (0,), of points (n, d) in an order that keeps near ones.

    Example:
        >>> count_by_bits(np.array([[0.0], [1.0], [3.0]]), np.array([1.0, 1.0, 3.0]), shares=True)
        (array([1, 1, 2]), array([1.5, 1.5, 0. ]))
    """
    n, d = points.shape
    size = min(BLOCK, -(-n // WORD) * WORD)
    many = -(-n // size)
    padded = np.full((many * size, d), np.inf)
    padded[:n] = points
    columns = np.ascontiguousarray(padded.reshape(many, size, d).transpose(0, 2, 1))
    boxes = np.stack([columns.min(axis=2), columns.max(axis=2)], axis=1)
    boxes[-1, 1] = points[(many - 1) * size :].max(axis=0)
    ranked = np.argsort(columns, axis=2)
    values = np.take_along_axis(columns, ranked, axis=2)
    sets = np.empty((many, d, size // STRIDE + 1, size // WORD), np.int64)
    for block in range(many):
        _keep_sets(ranked[block], sets[block])
    counts, sums = np.empty(n, np.int64), np.zeros(n if shares else 0)
    count_bits(points, radii, boxes, (values, ranked, sets), counts, sums)
    return counts, sums
