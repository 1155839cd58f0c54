"""Numbers of a trajectory by member, and the epochs at which they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory.drops import corrected_drop
from ib_mlflow.trajectory.readings import compression
from ib_mlflow.trajectory.stopping import learning

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ib_mlflow.trajectory.table import Trajectory

Numbers = NDArray[np.float64]


def at_layer(table: pd.DataFrame, column: str, layer: int) -> Numbers:
    """One column of a table at one layer, ordered by member.

    Arguments:
        table: a row per (member, layer).
        column: what to read.
        layer: the layer.

    Returns:
        (e,) numbers, in the column's unit.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"member": [1, 0], "layer": [1, 1], "gap": [0.2, 0.1]})
        >>> at_layer(table, "gap", 1)
        array([0.1, 0.2])
    """
    rows = table[table["layer"] == layer].sort_values("member")
    return rows[column].to_numpy(dtype=np.float64)


def at_epoch(trajectory: Trajectory, column: str, *, epoch: int, layer: int) -> Numbers:
    """One column of a trajectory at one measured epoch and layer: (e,), ordered by member.

    Raises:
        InvalidInputError: the epoch was not measured.
    """
    if epoch not in trajectory.epochs:
        raise InvalidInputError(
            "a trajectory is read at its measured epochs",
            received=f"epoch {epoch}",
            fix=f"Take the nearest one, {nearest_epoch(trajectory, epoch)}.",
        )
    frame = trajectory.frame
    return at_layer(frame[frame["epoch"] == epoch], column, layer)


def at_own_epoch(trajectory: Trajectory, column: str, epochs: Numbers, layer: int) -> Numbers:
    """One column of a trajectory at one layer, each member's at a measured epoch of its own.

    Arguments:
        trajectory: the curves.
        column: what to read.
        epochs: (e,) of the members, ordered by member; one that is not finite has no value.
        layer: the layer.

    Returns:
        (e,) numbers, in the column's unit; NaN where the epoch is not finite or was not measured.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> two = Trajectory.from_arrays([[[1.0], [1.5]], [[2.0], [1.6]]], [[[0.1]] * 2] * 2,
        ...     epochs=[0, 10], n=8, guides=Guides(2.08, 0.69, 0.69), estimator="binned",
        ...     setting="bin_size=0.07")
        >>> at_own_epoch(two, "i_x", np.array([10.0, 0.0]), 1)
        array([1.5, 2. ])
    """
    rows = trajectory.frame[trajectory.frame["layer"] == layer]
    curves = rows.pivot(index="epoch", columns="member", values=column)
    return np.array(
        [
            float(curves[member].get(epoch, np.nan))
            for member, epoch in zip(curves.columns, epochs, strict=True)
        ]
    )


def at_end(trajectory: Trajectory, column: str, layer: int) -> Numbers:
    """One column of a trajectory at its last epoch and one layer: (e,), ordered by member."""
    return at_epoch(trajectory, column, epoch=trajectory.epochs[-1], layer=layer)


def drops(trajectory: Trajectory, layer: int) -> Numbers:
    """What a layer lost of I(X;T) after its peak: (e,) nats, without what choosing the peak adds.

    Below 0 where it rises to its end; NaN for a member that diverged.
    """
    return at_layer(compression(trajectory), "drop", layer)


def gains(trajectory: Trajectory, layer: int) -> Numbers:
    """What a layer gained of I(X;T) up to its peak: (e,) nats, without what choosing it adds.

    The drop of the same curve from its end back to its beginning; below 0 where it only falls.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> rises = Trajectory.from_arrays([[[1.0], [2.0], [2.0], [2.0]]], [[[0.1]] * 4],
        ...     epochs=[0, 1, 2, 3], n=8, guides=Guides(2.08, 0.69, 0.69), estimator="exact",
        ...     setting="")
        >>> gains(rises, 1)
        array([1.])
    """
    rows = trajectory.frame[trajectory.frame["layer"] == layer]
    curves = rows.pivot(index="epoch", columns="member", values="i_x").to_numpy(dtype=np.float64)
    return np.array(
        [corrected_drop(curve[::-1], np.full(curve.size, np.nan))[0] for curve in curves.T]
    )


def resolved(trajectory: Trajectory, layer: int, *, within: float = 0.02) -> NDArray[np.bool_]:
    """Whether the largest I(X;T) of a layer stays clear of ln n, above which no estimate goes.

    An estimate of n samples that comes near to ln n tells the number of samples and nothing of the
    layer: where its curve turns, and what it loses, cannot be read.

    Arguments:
        trajectory: the curves.
        layer: the layer.
        within: the share of ln n that counts as near.

    Returns:
        (e,) truth values, ordered by member; false for one whose curve is nowhere known.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> two = Trajectory.from_arrays([[[1.0], [1.5]], [[2.07], [1.5]]], [[[0.1]] * 2] * 2,
        ...     epochs=[0, 10], n=8, guides=Guides(2.08, 0.69, 0.69), estimator="binned",
        ...     setting="bin_size=0.07")
        >>> resolved(two, 1)
        array([ True, False])
    """
    frame = trajectory.frame
    rows = frame[frame["layer"] == layer].groupby("member")
    highest = rows["i_x"].max().to_numpy(dtype=np.float64)
    ceiling = np.log(rows["n"].first().to_numpy(dtype=np.float64))
    return np.asarray(highest < (1 - within) * ceiling)


def hidden_layers(trajectory: Trajectory) -> tuple[int, ...]:
    """The layers but the last, which is the output."""
    return trajectory.layers[:-1]


def nearest_epoch(trajectory: Trajectory, epoch: float) -> int:
    """The measured epoch that lies nearest, on a logarithmic scale."""
    epochs = np.array(trajectory.epochs)
    return int(epochs[np.argmin(np.abs(np.log1p(epochs) - np.log1p(epoch)))])


def validation_accuracy(trajectory: Trajectory, epoch: int) -> Numbers:
    """The validation accuracy at one measured epoch, of every member: (e,)."""
    curves = learning(trajectory)
    rows = curves[curves["epoch"] == epoch].sort_values("member")
    return rows["val_accuracy"].to_numpy(dtype=np.float64)


def thinned(epochs: Sequence[int]) -> tuple[int, ...]:
    """Of the measured epochs those to draw: each a fifth above the one before, and the last.

    Example:
        >>> thinned([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
        (0, 1, 2, 3, 4, 5, 6, 8, 10, 11)
    """
    kept = [epochs[0]]
    for epoch in epochs[1:]:
        if epoch >= 1.2 * kept[-1] or epoch == epochs[-1]:
            kept.append(epoch)
    return tuple(kept)
