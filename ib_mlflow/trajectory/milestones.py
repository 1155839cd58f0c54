"""Epochs at which something is over: a loss is reached, a layer turns, a layer has compressed.

An epoch is infinite where training ended before it, which says that it is larger than any other,
and NaN where it does not exist: the member diverged, or the layer has nothing to turn or to lose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory.columns import KEYS
from ib_mlflow.trajectory.members import at_end, at_layer
from ib_mlflow.trajectory.phases import seen_epochs, steepest_falls
from ib_mlflow.trajectory.readings import compression
from ib_mlflow.trajectory.stopping import learning
from ib_mlflow.trajectory.table import Trajectory
from ib_mlflow.trajectory.turns import turn

if TYPE_CHECKING:
    from typing import Literal

    import pandas as pd

    from ib_mlflow.trajectory.members import Numbers

PART = 0.9
"""A layer has compressed when it has lost this part of all that it loses."""


def until(trajectory: Trajectory, epoch: int) -> Trajectory:
    """The curves up to an epoch, as if training had ended there.

    Arguments:
        trajectory: the curves.
        epoch: a measured epoch.

    Returns:
        The rows of the epochs up to it.

    Raises:
        InvalidInputError: the epoch was not measured.

    Example:
        >>> from ib_mlflow.trajectory import Guides
        >>> falls = Trajectory.from_arrays(
        ...     [[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> until(falls, 0).epochs
        (0,)
    """
    if epoch not in trajectory.epochs:
        raise InvalidInputError(
            "curves end at a measured epoch",
            received=epoch,
            fix="Put the epoch into the schedule of the training.",
        )
    frame = trajectory.frame
    return Trajectory(frame[frame["epoch"] <= epoch], trajectory.guides)


def halted(trajectory: Trajectory, stops: pd.DataFrame) -> Trajectory:
    """The curves as if each member's training had ended at an epoch of its own.

    Arguments:
        trajectory: the curves.
        stops: a row per member with `member` and `epoch`, as `early_stopping` returns.

    Returns:
        The same rows; after its stop a member stays where it was last measured before it. A
        member whose stop is not known is left as it is.

    Raises:
        InvalidInputError: a member has no stop, or two.

    Example:
        >>> import pandas as pd
        >>> from ib_mlflow.trajectory import Guides
        >>> falls = Trajectory.from_arrays(
        ...     [[[2.0], [1.5], [1.0]]], [[[0.1], [0.6], [0.6]]], epochs=[0, 10, 20], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> halted(falls, pd.DataFrame({"member": [0], "epoch": [12]})).frame["i_x"].tolist()
        [2.0, 1.5, 1.5]
    """
    if sorted(stops["member"]) != list(trajectory.members):
        raise InvalidInputError(
            "every member stops once",
            received=f"stops of {sorted(stops['member'])}, curves of {list(trajectory.members)}",
            fix="Read the stops from the same networks.",
        )
    epochs = np.array(trajectory.epochs)
    limits = stops.set_index("member")["epoch"].astype("Float64").fillna(epochs[-1])
    frame = trajectory.frame
    places = np.searchsorted(epochs, np.asarray(frame["member"].map(limits), np.float64), "right")
    last = epochs[np.maximum(places - 1, 0)]
    before = frame.assign(epoch=np.minimum(frame["epoch"], last))[KEYS]
    stays = before.merge(frame, on=KEYS, how="left").assign(epoch=frame["epoch"])
    return Trajectory(stays, trajectory.guides)


def loss_epochs(trajectory: Trajectory, loss: float) -> Numbers:
    """The first measured epoch at which the validation loss of each member is this low.

    Arguments:
        trajectory: the curves, with validation losses.
        loss: cross-entropy in nats.

    Returns:
        (e,) epochs, infinite where the loss is never reached, NaN where the member diverged.

    Example:
        >>> from ib_mlflow.trajectory import Guides
        >>> learns = Trajectory.from_arrays(
        ...     [[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07",
        ...     learning={"val_loss": [[0.7, 0.2]]})
        >>> loss_epochs(learns, 0.3), loss_epochs(learns, 0.1)
        (array([10.]), array([inf]))
    """
    losses = learning(trajectory).pivot(index="epoch", columns="member", values="val_loss")
    curves = losses.to_numpy(dtype=np.float64)
    low = curves <= loss
    epochs = np.asarray(losses.index, np.float64)[low.argmax(axis=0)]
    return np.where(np.isnan(curves[-1]), np.nan, np.where(low.any(axis=0), epochs, np.inf))


def peak_epochs(trajectory: Trajectory, layer: int) -> Numbers:
    """The epoch of the largest I(X;T) of a layer, where it turns from gaining to losing.

    Reference:
        Shwartz-Ziv & Tishby (2017), arXiv:1703.00810: the end of drift, the begin of diffusion.

    Arguments:
        trajectory: the curves.
        layer: the layer.

    Returns:
        (e,) epochs, infinite where I(X;T) has not fallen by the last epoch, NaN where it is largest
        at the first, from which it only falls, and where the member diverged.

    Example:
        >>> from ib_mlflow.trajectory import Guides
        >>> turns = Trajectory.from_arrays(
        ...     [[[1.0], [2.0], [1.5]]], [[[0.1], [0.5], [0.6]]], epochs=[0, 10, 100], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> peak_epochs(turns, 1)
        array([10.])
    """
    table = turn(trajectory)
    first = at_layer(table, "epoch", layer)
    turns = at_layer(table.astype({"turns": np.float64}), "turns", layer) == 1
    none = np.isnan(at_end(trajectory, "i_x", layer)) | (first == trajectory.epochs[0])
    return np.where(none, np.nan, np.where(turns, first, np.inf))


def fall_epochs(
    table: pd.DataFrame, layer: int, *, quantity: Literal["snr", "log_snr"] = "snr"
) -> Numbers:
    """The epoch at which the gradients' signal-to-noise ratio of a layer falls most steeply.

    Reference:
        "On the Information Bottleneck Theory of Deep Learning" (slides), role of the batch size.

    Arguments:
        table: norms of gradients, as of `signal_to_noise`.
        layer: the layer.
        quantity: whether the ratio is read or its logarithm.

    Returns:
        (e,) `seen_epochs`, ordered by member: infinite and 0 where it may fall more steeply after
        the last or before the first; NaN where it never falls, and where the member diverged.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"member": 0, "epoch": [1, 2, 4, 8, 16, 32], "layer": 1,
        ...     "gradient_mean": [3.0, 3.0, 2.9, 0.2, 0.1, 0.1], "gradient_std": 1.0,
        ...     "weight_norm": 1.0})
        >>> fall_epochs(table, 1), fall_epochs(table, 1, quantity="log_snr")
        (array([4.]), array([8.]))
    """
    own = table[table["layer"] == layer]
    falls = steepest_falls(own)
    ends = own.pivot(index="member", columns="epoch", values="gradient_mean").iloc[:, -1]
    return np.where(ends.isna(), np.nan, seen_epochs(falls[falls["quantity"] == quantity]))


def compression_epochs(
    trajectory: Trajectory, layer: int, *, least: float, part: float = PART
) -> Numbers:
    """The epoch by which a layer has lost nine tenths of all that it loses after its peak.

    Where that lies in the second half of training, the layer is still compressing, and how much it
    would lose in all is not known.

    Arguments:
        trajectory: the curves.
        layer: the layer.
        least: nats that a layer must lose to be said to compress.
        part: of the loss, above 0 and below 1.

    Returns:
        (e,) epochs, infinite where the layer still compresses when training ends, NaN where its
        corrected drop is no more than `least`, and where the member diverged.

    Raises:
        InvalidInputError: the part is not between 0 and 1.

    Example:
        >>> from ib_mlflow.trajectory import Guides
        >>> falls = Trajectory.from_arrays(
        ...     [[[1.0], [2.0], [1.1], [1.0]]], [[[0.1]] * 4], epochs=[0, 1, 10, 100], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> compression_epochs(falls, 1, least=0.5), compression_epochs(falls, 1, least=1.5)
        (array([10.]), array([nan]))
    """
    if not 0 < part < 1:
        raise InvalidInputError(
            "a part of a loss lies between 0 and 1", received=part, fix="Take the default, 0.9."
        )
    table = compression(trajectory)
    peak, drop = (at_layer(table, name, layer) for name in ("peak_epoch", "drop"))
    frame = trajectory.frame
    rows = frame[frame["layer"] == layer].pivot(index="epoch", columns="member", values="i_x")
    epochs = np.asarray(rows.index, np.float64)
    ends = [
        _end_of_fall(epochs[epochs >= first], curve[epochs >= first], part)
        if np.isfinite(first) and np.isfinite(curve).all()
        else np.nan
        for first, curve in zip(peak, rows.to_numpy(np.float64).T, strict=True)
    ]
    at = np.array(ends, np.float64)
    beyond = at > trajectory.epochs[-1] / 2
    return np.where(drop > least, np.where(beyond, np.inf, at), np.nan)


def _end_of_fall(epochs: Numbers, curve: Numbers, part: float) -> float:
    """When the falling curve of least squares has lost this part of all that it loses.

    A curve that trembles is below a level now and then before it has fallen so far; the first time
    that it is would come the earlier, the more it trembles.
    """
    from scipy.optimize import isotonic_regression  # here, because it takes long to import

    fitted = isotonic_regression(curve, increasing=False).x
    # The last value of the fit is the lowest of several; the mean of a tenth of them is not.
    final = curve[-max(1, curve.size // 10) :].mean()
    low = max(final + (1 - part) * (fitted[0] - final), fitted[-1])
    return float(epochs[np.argmax(fitted <= low + 1e-12)])
