"""The order in which a member sees the samples: a function of its seed and the epoch alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.compiled.elementwise import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@compiled(cache=False)
def _mix(x: Any) -> Any:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled(cache=True)
def fill_orders(seeds: NDArray[np.uint64], epoch: int, orders: NDArray[np.uint32]) -> None:
    """Fill each row of orders `(e, n)` with the permutation of its seed for this epoch."""
    gamma = np.uint64(0x9E3779B97F4A7C15)
    for e in range(seeds.shape[0]):
        order = orders[e]
        state = _mix(_mix(seeds[e] + gamma) + np.uint64(epoch))
        for i in range(order.shape[0]):
            order[i] = i
        for i in range(order.shape[0] - 1, 0, -1):
            state += gamma
            j = ((_mix(state) >> np.uint64(32)) * np.uint64(i + 1)) >> np.uint64(32)
            order[i], order[j] = order[j], order[i]


def data_order(seeds: Sequence[int], epoch: int, n: int) -> NDArray[np.uint32]:
    """The order in which each member visits the samples in the epoch that ends as `epoch`.

    It is never saved: whoever knows the seed and the epoch knows the order, so that training can
    be resumed anywhere, on any machine.

    Reference:
        Fisher–Yates shuffle; random numbers by SplitMix64, Steele, Lea & Flood (2014, "Fast
        splittable pseudorandom number generators"), reduced to a range by multiplication (Lemire
        2019, arXiv:1805.10941; the bias is below n / 2³²).

    Arguments:
        seeds: one per member.
        epoch: 1 for the first pass through the data.
        n: number of samples, below 2³².

    Returns:
        `(e, n)` permutations of 0..n-1.

    Raises:
        InvalidInputError: if a number is out of range.

    Example:
        >>> data_order([0, 1, 0], epoch=1, n=6)
        array([[...]], dtype=uint32)
    """
    if not (1 <= n < 2**32 and epoch >= 1 and len(seeds) > 0 and min(seeds) >= 0):
        raise InvalidInputError(
            "seeds must not be negative, epoch must be at least 1, and n from 1 to 2**32 - 1",
            received=f"seeds={seeds}, epoch={epoch}, n={n}",
            fix="Epoch 1 is the first pass through the data.",
        )
    orders = np.empty((len(seeds), n), np.uint32)
    fill_orders(np.array(seeds, np.uint64), epoch, orders)
    return orders
