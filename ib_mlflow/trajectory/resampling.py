"""A bootstrap over the minibatches of each epoch, from the shares that training kept of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

REPLICATES = 500
FEWEST_SHARES = 5  # fewer say too little of the spread between them
_KEYS = ["member", "layer", "epoch", "share"]


class Resampling:
    """Signal-to-noise ratios of resampled minibatches.

    Shares are drawn with replacement. A resampled mean is measured along the direction of the
    epoch's own mean, which is exact to first order and may come out negative; its norm would be
    too long by what scatters across that direction. All layers of a member see the same draws, as
    they have seen the same minibatches.

    Arguments:
        shares: a row per (member, epoch, layer, share) with `minibatches`, `along`, `deviation`.
        table: the gradients' norms that the shares belong to.
        seed: of the draws.

    Raises:
        InvalidInputError: if the shares are not as above, or are not those of the table.
    """

    def __init__(self, shares: pd.DataFrame, table: pd.DataFrame, *, seed: int) -> None:
        rows = checked_rows(
            shares, _KEYS, ["minibatches", "along", "deviation"], source="gradient_share_rows"
        )
        self.seed = seed
        groups = rows.groupby(["member", "layer", "epoch"])[["minibatches", "along", "deviation"]]
        self._epochs = {key: group.to_numpy(np.float64).T for key, group in groups}
        self._draws: dict[tuple[int, int, int], npt.NDArray[np.float64]] = {}
        _check_means(rows, table)

    def ratios(
        self, member: int, layer: int, epochs: Sequence[int] | npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """Ratios `(replicates, t)` at these epochs; NaN at epochs of fewer than five shares."""
        ratios = np.full((REPLICATES, len(epochs)), np.nan)
        for place, epoch in enumerate(epochs):
            parts = self._epochs.get((member, layer, int(epoch)), np.empty((3, 0)))
            if parts.shape[1] >= FEWEST_SHARES:
                draws = self._of(member, int(epoch), parts.shape[1])
                ratios[:, place] = _resampled(parts[0], parts[1], parts[2], draws)
        return ratios

    def _of(self, member: int, epoch: int, shares: int) -> npt.NDArray[np.float64]:
        """How often each share is drawn, `(replicates, shares)`; kept for the member's layers."""
        if self._draws and next(iter(self._draws))[0] != member:
            self._draws.clear()
        key = member, epoch, shares
        if key not in self._draws:
            random = np.random.default_rng([self.seed, member, epoch])
            even = np.full(shares, 1 / shares)
            self._draws[key] = random.multinomial(shares, even, size=REPLICATES).astype(np.float64)
        return self._draws[key]


def _resampled(
    counts: npt.NDArray[np.float64],
    along: npt.NDArray[np.float64],
    deviation: npt.NDArray[np.float64],
    draws: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    weights = draws * counts
    weights /= weights.sum(axis=1, keepdims=True)
    mean, own = weights @ along, along @ counts / counts.sum()
    # distances are from the epoch's own mean; the resampled one has moved along it
    variance = np.maximum(weights @ deviation**2 - (mean - own) ** 2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios: npt.NDArray[np.float64] = mean / np.sqrt(variance)
    return ratios


def checked_rows(
    table: pd.DataFrame, keys: list[str], numbers: list[str], *, source: str
) -> pd.DataFrame:
    """The keys and numbers of a table, sorted by the keys.

    Arguments:
        table: the rows; it is not changed.
        keys: columns of whole numbers from 0, unique together.
        numbers: columns; all but `along` are at least 0, or NaN where not known.
        source: the function of `ib_mlflow.training` that makes such rows.

    Raises:
        InvalidInputError: if the table is not so.

    Example:
        >>> import pandas as pd
        >>> checked_rows(pd.DataFrame({"epoch": [2, 1], "norm": 0.5}), ["epoch"], ["norm"],
        ...     source="gradient_rows")
           epoch  norm
        0      1   0.5
        1      2   0.5
    """
    missing = [name for name in (*keys, *numbers) if name not in table]
    if missing:
        raise InvalidInputError(
            f"rows of gradients have the columns {', '.join((*keys, *numbers))}",
            received=f"none called {', '.join(missing)}",
            fix=f"Take them from ib_mlflow.training.{source}.",
        )
    for name in (*keys, *numbers):
        kinds = "iu" if name in keys else "iuf"
        column = table[name]
        if column.dtype.kind not in kinds or (name != "along" and (column < 0).any()):
            raise InvalidInputError(
                f"{name} must hold {'whole ' if name in keys else ''}numbers"
                + ("" if name == "along" else " of at least 0"),
                received=f"{column.dtype}, {column.min()} the smallest",
                fix=f"Take the rows from ib_mlflow.training.{source}.",
            )
    if table.duplicated(keys).any():
        raise InvalidInputError(
            f"the keys {', '.join(keys)} must be unique",
            received=f"{int(table.duplicated(keys).sum())} rows that repeat them",
            fix="Read one training at a time.",
        )
    return table[[*keys, *numbers]].sort_values(keys, ignore_index=True)


def _check_means(shares: pd.DataFrame, table: pd.DataFrame) -> None:
    """Refuse shares whose mean is not that of the table: another training's."""
    keys = ["member", "epoch", "layer"]
    weighted = shares.assign(along=shares["along"] * shares["minibatches"]).groupby(keys)
    totals = weighted[["along", "minibatches"]].sum(min_count=1)
    means = (totals["along"] / totals["minibatches"]).rename("shares")
    both = table.set_index(keys)[["gradient_mean"]].join(means, how="inner")
    close = np.isclose(both["shares"], both["gradient_mean"], rtol=1e-6, atol=0, equal_nan=True)
    if len(both) < len(means) or not close.all():
        raise InvalidInputError(
            "shares must be those of the table's own member, epoch and layer",
            received=f"{len(means) - int(close.sum())} of {len(means)} with another mean or no row",
            fix="Take both from the same snapshots.",
        )
