"""Epochs at which training stops and layers turn, by their bounds where training ended first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from typing import Self

    import pandas as pd
    from numpy.typing import NDArray

    Epochs = NDArray[np.float64]
    Flags = NDArray[np.bool_]


class Peaks(NamedTuple):
    """The columns of `turn` as (e,) arrays; NaN where one is missing."""

    first: Epochs
    last: Epochs
    before: Epochs
    after: Epochs
    turns: Flags

    @classmethod
    def of(cls, curves: pd.DataFrame) -> Self:
        """Of the rows of one layer, a row a member."""
        names = ("epoch", "last_epoch", "before", "after")
        first, last, before, after = (
            curves[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names
        )
        turns = curves["turns"].to_numpy(dtype=bool, na_value=False)
        return cls(first, last, before, after, turns)

    def coarse(self, factor: float) -> Flags:
        """Whether measured epochs around a turn lie too far apart to tell a factor."""
        before = (self.first - self.before > 1) & (self.first > self.before * factor)
        after = (self.after - self.last > 1) & (self.after > self.last * factor)
        return self.turns & (before | after)


class Spans(NamedTuple):
    """The epochs (e,) from which to which something lies; NaN of members of which it is unknown.

    Exact where the whole span belongs to it; else it lies somewhere inside.
    """

    early: Epochs
    late: Epochs
    exact: Flags

    @classmethod
    def of_stops(cls, stops: pd.DataFrame, members: pd.Series[int]) -> Self:
        """Where training stops; somewhere from the last epoch on where it did not.

        What is told of as `earlier` lies at its epoch or anywhere before.
        """
        table = stops.set_index("member")
        epoch = table["epoch"].astype("Float64")
        if "val_loss" in table:  # of a member without any loss patience runs out all the same
            epoch = epoch.where(table["val_loss"].notna())
        column = epoch.reindex(members).to_numpy(dtype=np.float64, na_value=np.nan)
        early: Epochs = np.asarray(column, dtype=np.float64)
        stopped = np.ones(early.shape, dtype=np.bool_)
        if "stopped" in table:
            stopped = np.asarray(table["stopped"].reindex(members), dtype=np.bool_)
        late = np.where(stopped | np.isnan(early), early, np.inf)
        if "earlier" in table:
            earlier = np.asarray(table["earlier"].reindex(members), dtype=np.bool_)
            early = np.where(earlier & ~np.isnan(early), 0.0, early)
            stopped = stopped & ~earlier
        return cls(early, late, stopped)

    @classmethod
    def of_turns(cls, peaks: Peaks, factor: float) -> Self:
        """Where a stop is at each curve's turn; somewhere from its peak on if that is not over.

        A curve that is highest where it is first known, after epoch 0, may have turned before.
        """
        over, unknown = ~np.isnan(peaks.after), np.isnan(peaks.first)
        begins_highest = np.isnan(peaks.before)
        before = begins_highest & (peaks.first > 0)
        # A curve that has been level throughout turns, if it does, after it has risen.
        first = np.where(begins_highest, np.where(before, 0.0, peaks.last + 1), peaks.first)
        late = np.where(over, peaks.last * factor, np.inf)
        none = over & ~peaks.turns & ~before  # no stop lies from infinity to minus infinity
        early = np.where(none, np.inf, first / factor)
        late = np.where(none, -np.inf, late)
        early, late = (np.where(unknown, np.nan, of) for of in (early, late))
        return cls(early, late, over & ~before)

    @property
    def known(self) -> Flags:
        """Of which members anything is known: (e,)."""
        return ~np.isnan(self.early)

    def at(self, places: NDArray[np.int64] | Flags) -> Self:
        """Those of some members."""
        return type(self)(self.early[places], self.late[places], self.exact[places])

    def meet(self, others: Spans) -> tuple[Flags, Flags]:
        """Whether both coincide, and whether that is left open: (*, e) each."""
        meet = (self.early <= others.late) & (others.early <= self.late)
        exact = self.exact & others.exact
        return meet & exact, meet & ~exact
