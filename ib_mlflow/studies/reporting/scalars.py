"""End-of-run scalars: what MLflow's comparison pages show of a child run, and searches seek."""

from collections.abc import Collection, Iterable, Mapping

import numpy as np

from ib_mlflow.tracking import layers_with_curves
from ib_mlflow.trajectory import Trajectory, compression
from ib_mlflow.trajectory.members import Numbers

VAL_ACCURACY, TRAIN_ACCURACY = "summary/val_accuracy", "summary/train_accuracy"
"""Shares of the rows of a part."""
LEARNT = {
    VAL_ACCURACY: "val_accuracy",
    TRAIN_ACCURACY: "train_accuracy",
    "summary/val_loss_nats": "val_loss",
    "summary/train_loss_nats": "train_loss",
}
"""By name the column of what is known of the whole network."""
ERROR, UNRELIABLE = "summary/i_x_error_nats", "summary/i_x_unreliable"
"""Of estimates with a lower bound: the largest error of any layer, and the share of layers whose
estimate is not reliable."""
UNKNOWN = "summary/i_x_unknown_share"
"""Of these: the error over what the layer has lost of X, H(X) − I(X;T), at most 1, on average over
the layers. A layer that still knows all of X has a small error and counts as 1: nothing is known of
what it has lost."""
SHARES = frozenset({VAL_ACCURACY, TRAIN_ACCURACY, UNRELIABLE, UNKNOWN})
"""Those that cannot leave 0 to 1."""
OF_LAYER = ("summary/i_x_nats", "summary/i_y_nats", "summary/compression_nats")
"""What is known of each layer."""


def member_scalars(plane: Trajectory) -> dict[str, Numbers]:
    """The scalars of every member at the last measured epoch.

    Arguments:
        plane: by one estimator.

    Returns:
        By name (e,) numbers ordered by member, NaN of one that has diverged; nats, or shares.
    """
    # Rows of a trajectory ascend by member, then epoch, then layer.
    ends = plane.frame[plane.frame["epoch"].to_numpy() == plane.epochs[-1]]
    whole = ends[~ends.duplicated("member").to_numpy()]
    scalars = {name: whole[column].to_numpy(np.float64) for name, column in LEARNT.items()}
    tables = {"i_x": ends, "i_y": ends, "drop": compression(plane)}
    layers = {of: table["layer"].to_numpy() for of, table in tables.items()}
    values = {of: table[of].to_numpy(np.float64) for of, table in tables.items()}
    for layer in plane.layers:
        for name, of in zip(OF_LAYER, tables, strict=True):
            scalars[f"{name}.layer_{layer}"] = values[of][layers[of] == layer]
    if "i_x_lower" in plane.frame:
        scalars |= _errors(plane)
    return scalars


def _errors(plane: Trajectory) -> dict[str, Numbers]:
    """How wrong an estimate between two bounds may be: its standard error, and the bounds' gap.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, remark 1.
    """
    frame = plane.frame
    rows = frame[frame["epoch"] == plane.epochs[-1]].copy()
    rows["error"] = rows["i_x_se"] + (rows["i_x"] - rows["i_x_lower"]).clip(lower=0.0)
    lost = (plane.guides.h_x - rows["i_x"]).clip(lower=0.0)
    known = rows["error"].notna()
    rows["unknown"] = (rows["error"] / lost.where(lost > rows["error"])).fillna(1.0).where(known)
    rows["unreliable"] = (~rows["reliable"]).astype(float).where(rows["i_x"].notna())
    by_member = rows.groupby("member")
    return {
        ERROR: by_member["error"].max().to_numpy(np.float64),
        UNRELIABLE: by_member["unreliable"].mean().to_numpy(np.float64),
        UNKNOWN: by_member["unknown"].mean().to_numpy(np.float64),
    }


def scalar_names(layers: Iterable[int], *, bounded: bool = False) -> list[str]:
    """The scalars that a plane of these layers has.

    Arguments:
        layers: that are measured.
        bounded: whether estimates have a lower bound, as those of noisy networks.

    Example:
        >>> scalar_names([1])[-2:]
        ['summary/i_y_nats.layer_1', 'summary/compression_nats.layer_1']
    """
    of_layers = [f"{name}.layer_{layer}" for layer in layers for name in OF_LAYER]
    return [*LEARNT, *of_layers, *([ERROR, UNRELIABLE, UNKNOWN] if bounded else [])]


def mean_scalars(scalars: Mapping[str, Numbers]) -> dict[str, float]:
    """Their means over the members that have not diverged; NaN where all have."""
    return {
        name: float(values[np.isfinite(values)].mean()) if np.isfinite(values).any() else np.nan
        for name, values in scalars.items()
    }


def child_scalars(
    scalars: Mapping[str, Numbers], layers: Collection[int], sought: Collection[str] = ()
) -> dict[str, float]:
    """Of these what a child run shows beside its curves, whose last values say the rest.

    Arguments:
        scalars: of every member.
        layers: that were measured.
        sought: those that a search seeks.

    Returns:
        What the layers with curves have lost after their peak, the errors, and what is sought.
    """
    shown = layers_with_curves(layers)
    kept = {f"{OF_LAYER[-1]}.layer_{layer}" for layer in shown} | {ERROR, UNRELIABLE, UNKNOWN}
    kept = kept.union(sought)
    return mean_scalars({name: of for name, of in scalars.items() if name in kept})
