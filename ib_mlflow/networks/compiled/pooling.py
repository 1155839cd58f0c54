"""Compiled 2 × 2 max-pooling, forwards and backwards, to the bit what torch does.

Torch's own takes half of a training step of a small convolutional network on the CPU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.networks.compiled.elementwise import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray


@compiled(cache=True)
def pool(maps: NDArray[Any], largest: NDArray[Any], place: NDArray[np.uint8]) -> None:
    """Write the largest of each 2 × 2 block, and which of the four it is: the first of equals.

    Arguments:
        maps: `(m, h, w)`; an odd row or column at the end belongs to no block.
        largest: `(m, h // 2, w // 2)`, is written.
        place: the same shape, 0 to 3 row by row, is written; of several NaN the last.

    Example:
        >>> maps = np.array([[[1.0, 3.0], [2.0, 3.0]]])
        >>> largest, place = np.empty((1, 1, 1)), np.empty((1, 1, 1), np.uint8)
        >>> pool(maps, largest, place)
        >>> float(largest[0, 0, 0]), int(place[0, 0, 0])
        (3.0, 1)
    """
    for m in range(len(largest)):
        for i in range(largest.shape[1]):
            above, below = maps[m, 2 * i], maps[m, 2 * i + 1]
            for j in range(largest.shape[2]):
                best, where = above[2 * j], np.uint8(0)
                right, left, last = above[2 * j + 1], below[2 * j], below[2 * j + 1]
                if right > best or right != right:
                    best, where = right, np.uint8(1)
                if left > best or left != left:
                    best, where = left, np.uint8(2)
                if last > best or last != last:
                    best, where = last, np.uint8(3)
                largest[m, i, j], place[m, i, j] = best, where


@compiled(cache=True)
def unpool(slopes: NDArray[Any], place: NDArray[np.uint8], maps: NDArray[Any]) -> None:
    """Write each block's slope where its largest was, and 0 elsewhere.

    Arguments:
        slopes: `(m, h // 2, w // 2)`.
        place: what `pool` wrote.
        maps: `(m, h, w)`, is written.

    Example:
        >>> maps = np.empty((1, 2, 2))
        >>> unpool(np.array([[[5.0]]]), np.array([[[1]]], np.uint8), maps)
        >>> maps[0].tolist()
        [[0.0, 5.0], [0.0, 0.0]]
    """
    maps[:] = 0
    for m in range(len(slopes)):
        for i in range(slopes.shape[1]):
            for j in range(slopes.shape[2]):
                where = place[m, i, j]
                maps[m, 2 * i + (where >> 1), 2 * j + (where & 1)] = slopes[m, i, j]
