"""Where a curve over epochs falls most steeply, on a logarithmic axis of epochs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
ROUNDING = 1e-9  # of the values: slopes per decade below it are those of a level curve


@dataclass(frozen=True, eq=False)
class EpochAxis:
    """Epochs at which curves are known, and how their slopes are taken.

    Arguments:
        epochs: `(t,)`, rising, from 1 on.
        width: decades of epochs over which a slope is taken.
        by_epoch: whether slopes are per epoch; per decade of epochs if not.
    """

    epochs: npt.NDArray[np.int64]
    width: float
    by_epoch: bool = False

    @cached_property
    def _distances(self) -> tuple[Numbers, Numbers]:
        """Which epochs `(t, t)` stand around each one, and at how many decades from it."""
        decades, place = np.log10(self.epochs), np.arange(len(self.epochs))
        apart = decades - decades[:, None]
        near = np.abs(apart) <= self.width / 2 + 1e-12
        near |= np.abs(place - place[:, None]) <= 1  # at least the measured neighbours
        return near.astype(np.float64), np.where(near, apart, 0)

    def slopes(self, curves: Numbers) -> Numbers:
        """Least-squares slopes of curves `(*, t)` by a decade; NaN where fewer than two are known.

        Example:
            >>> EpochAxis(np.array([1, 10, 100]), width=0.2).slopes(np.array([3.0, 2.0, 0.0]))
            array([-1. , -1.5, -2. ])
        """
        near, apart = self._distances
        known = np.isfinite(curves)
        values, weight = np.where(known, curves, 0), known.astype(np.float64)
        count, first, second = weight @ near.T, weight @ apart.T, weight @ (apart**2).T
        total, product = values @ near.T, values @ apart.T
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes = (count * product - first * total) / (count * second - first**2)
        # an epoch of which nothing is known has no slope of its own
        return np.where(known & (count > 1), slopes, np.nan)

    def steepest(self, curves: Numbers) -> tuple[npt.NDArray[np.int64], Numbers]:
        """Places of the steepest falls of curves `(*, t)`, the first of equals, and their slopes.

        Returns:
            `(*,)` places, −1 for a curve that does not fall, and `(*,)` slopes, NaN for those.

        Example:
            >>> EpochAxis(np.array([1, 10, 100]), width=0.2).steepest(np.array([3.0, 2.0, 0.0]))
            (array(2), array(-2.))
        """
        if not len(self.epochs):
            return np.full(curves.shape[:-1], -1), np.full(curves.shape[:-1], np.nan)
        slopes = self.slopes(curves)
        size = np.where(np.isfinite(curves), np.abs(curves), 0).max(axis=-1, keepdims=True)
        falling = slopes < -ROUNDING * size
        if self.by_epoch:
            slopes = slopes / (self.epochs * np.log(10))
        slopes = np.where(falling, slopes, np.inf)
        lowest = slopes.min(axis=-1, keepdims=True)
        place = np.argmax(slopes <= lowest + ROUNDING * np.abs(lowest), axis=-1)
        exists = falling.any(axis=-1)
        return np.where(exists, place, -1), np.where(exists, lowest[..., 0], np.nan)
