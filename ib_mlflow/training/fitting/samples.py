"""What is learnt from: samples as tensors, in an order that is a function of the seed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.training.order import data_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor


class Samples:
    """Arrays whose rows belong together, on a device.

    Arguments:
        arrays: each (n, ...): images, labels.
        device: where they are used.

    Raises:
        InvalidInputError: no arrays, no samples, or arrays of different lengths.

    Example:
        >>> samples = Samples([np.zeros((3, 1, 2, 2), np.uint8), [0, 1, 2]], torch.device("cpu"))
        >>> samples.n, [part.shape for part in samples.rows(np.array([0, 2]))]
        (3, [torch.Size([2, 1, 2, 2]), torch.Size([2])])
    """

    def __init__(self, arrays: Sequence[ArrayLike], device: torch.device) -> None:
        try:
            parts = [np.asarray(array) for array in arrays]
        except (TypeError, ValueError, RuntimeError) as error:
            raise InvalidInputError(
                "samples must be readable as arrays on the CPU",
                received=error,
                fix="Give rows of equal length; of a tensor, its detach().cpu().",
            ) from error
        lengths = {part.shape[:1] for part in parts}
        if len(lengths) != 1 or not min(lengths)[0:1] or min(lengths)[0] < 1:
            raise InvalidInputError(
                "samples must be arrays with the same number of rows, at least one",
                received=f"shapes {[part.shape for part in parts]}",
                fix="Give one row of each array per sample.",
            )
        self.n = len(parts[0])
        self.digest = _digest(parts)
        self._tensors = [torch.tensor(part, device=device) for part in parts]

    def rows(self, rows: NDArray[np.integer]) -> list[Tensor]:
        """The named rows of every array."""
        index = torch.from_numpy(np.asarray(rows, np.int64)).to(self._tensors[0].device)
        return [tensor[index] for tensor in self._tensors]


class Stream:
    """An endless order of samples: pass after pass, each in an order of its own.

    Update t takes the places (t - 1) b … t b - 1 of it, so that every batch is full and no sample
    of a pass is left out.

    Arguments:
        seed: of the order.
        n: samples.
        batch_size: b.

    Example:
        >>> stream = Stream(seed=0, n=3, batch_size=2)
        >>> sorted(stream.batch(1).tolist() + stream.batch(2).tolist()[:1])
        [0, 1, 2]
    """

    def __init__(self, seed: int, n: int, batch_size: int) -> None:
        self._seed, self._n, self._batch_size = seed, n, batch_size
        self._passes: dict[int, NDArray[np.int64]] = {}

    def batch(self, update: int) -> NDArray[np.int64]:
        """Rows of an update, from 1."""
        places = np.arange((update - 1) * self._batch_size, update * self._batch_size)
        number = places // self._n + 1
        wanted = np.unique(number).tolist()
        self._passes = {
            each: self._passes[each] if each in self._passes else self._order(each)
            for each in wanted
        }
        parts = [self._passes[each][places[number == each] % self._n] for each in wanted]
        return np.concatenate(parts)

    def first(self, count: int) -> NDArray[np.int64]:
        """The rows of the first samples of the first pass, at most all of them."""
        return self._order(1)[:count]

    def _order(self, number: int) -> NDArray[np.int64]:
        order: NDArray[np.int64] = data_order([self._seed], number, self._n)[0].astype(np.int64)
        return order


def _digest(parts: Sequence[NDArray[np.generic]]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{part.dtype.str}{part.shape}".encode())
        digest.update(np.ascontiguousarray(part).data)
    return digest.hexdigest()
