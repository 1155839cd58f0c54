"""Readings of a trajectory that several studies judge, one number a member."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ib_mlflow.trajectory import Trajectory, compression, learning
from projects.judging import Finding, Interval, mean, most, reproduces, rises

Numbers = NDArray[np.float64]

NEAR_BITS = 0.1
"""What counts as equal when a claim says that two informations are the same, in bits."""


def per_member(table: pd.DataFrame, column: str, *, layer: int) -> Numbers:
    """One reading of one layer, ordered by member.

    Arguments:
        table: a reading, a row per (member, layer).
        column: the reading's column.
        layer: the layer.

    Returns:
        (e,) numbers, in the column's unit.

    Example:
        >>> table = pd.DataFrame({"member": [1, 0], "layer": [1, 1], "gap": [0.2, 0.1]})
        >>> per_member(table, "gap", layer=1)
        array([0.1, 0.2])
    """
    rows = table[table["layer"] == layer].sort_values("member")
    return rows[column].to_numpy(dtype=np.float64)


def compressions(trajectory: Trajectory, layer: int) -> Numbers:
    """What one layer lost of I(X;T) after its peak: (e,) nats."""
    return per_member(compression(trajectory), "compression", layer=layer)


def at_epoch(trajectory: Trajectory, column: str, epoch: int, *, layer: int) -> Numbers:
    """A column at one measured epoch and layer: (e,), ordered by member."""
    rows = trajectory.frame[trajectory.frame["epoch"] == epoch]
    return per_member(rows, column, layer=layer)


def nearest_epoch(trajectory: Trajectory, epoch: float) -> int:
    """The measured epoch that lies nearest on a logarithmic scale."""
    epochs = np.array(trajectory.epochs)
    return int(epochs[np.argmin(np.abs(np.log1p(epochs) - np.log1p(epoch)))])


def generalisation(trajectory: Trajectory, paper_accuracy: float | None) -> list[Finding]:
    """Judge appendix F: accuracy stays while cross-entropy grows.

    Reference:
        Revisiting the Information Plane, appendix F and Fig. 17.

    Arguments:
        trajectory: the curves of one network's ensemble.
        paper_accuracy: the paper's final accuracy of this network, if it gives one.

    Returns:
        The findings; losses in nats.
    """
    learnt = learning(trajectory)
    last = trajectory.epochs[-1]
    early = nearest_epoch(trajectory, last / 8)
    curves = learnt.pivot_table(index="epoch", columns="member", values="val_loss", dropna=False)
    accuracy = learnt.pivot_table(
        index="epoch", columns="member", values="val_accuracy", dropna=False
    )
    final = accuracy.loc[last].to_numpy()
    gained = mean(final - accuracy.loc[early].to_numpy())
    found = [
        rises(
            f"The network is worse at the end than at one eighth of training (epoch {last} against "
            f"{early}): its validation cross-entropy has grown",
            "App. F, Fig. 17",
            (curves.loc[last] - curves.loc[early]).to_numpy(),
            "nats",
            note=f"Accuracy changed by {gained.text(digits=4)} meanwhile.",
        )
    ]
    if paper_accuracy is not None:
        found.append(reproduces("Accuracy at the end", "App. F", final, paper_accuracy, digits=4))
    return found


def compresses(
    trajectory: Trajectory, layer: int, *, claim: str, where: str, least: float
) -> Finding:
    """Judge whether a layer compresses by more than a stated amount.

    Arguments:
        trajectory: the curves.
        layer: the layer.
        claim: the claim, in words.
        where: where the paper makes it.
        least: how much of I(X;T) must be lost after its peak, in nats.

    Returns:
        The finding.
    """
    lost = compressions(trajectory, layer)
    note = f"Lost after the peak: {mean(lost).text('nats')}; counted from {least:.3f} nats."
    return most(claim, where, lost > least, note=note)


def in_unit(interval: Interval, unit: str) -> str:
    """Write an information that is in nats in the unit the reader asked for.

    Example:
        >>> in_unit(Interval(np.log(2), 0.0, 2 * np.log(2)), "bits")
        '1.000 bits [0.000, 2.000]'
    """
    scale = 1 / np.log(2) if unit == "bits" else 1.0
    scaled = Interval(interval.value * scale, interval.low * scale, interval.high * scale)
    return scaled.text(unit)
