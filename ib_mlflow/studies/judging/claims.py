"""What several studies read from a trajectory: numbers by member, claims, tables."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ib_mlflow.studies.judging.intervals import Interval, known, mean
from ib_mlflow.studies.judging.verdicts import Finding, most, rises
from ib_mlflow.studies.reporting.report import table_of
from ib_mlflow.trajectory import Trajectory, compression, learning

Numbers = NDArray[np.float64]

NEAR = 0.1 * np.log(2)
"""Informations closer than this count as equal where a claim says that they are: 0.1 bits."""


def scale_of(unit: str) -> float:
    """What nats are multiplied by to become the unit."""
    return float(1 / np.log(2)) if unit == "bits" else 1.0


def in_unit(interval: Interval, unit: str) -> str:
    """Write an information that is in nats in the unit the reader asked for.

    Example:
        >>> in_unit(Interval(np.log(2), 0.0, 2 * np.log(2)), "bits")
        '1.000 bits [0.000, 2.000]'
    """
    scale = scale_of(unit)
    scaled = Interval(interval.value * scale, interval.low * scale, interval.high * scale)
    return scaled.text(unit)


def at_layer(table: pd.DataFrame, column: str, layer: int) -> Numbers:
    """One column of a table at one layer, ordered by member.

    Arguments:
        table: a row per (member, layer).
        column: what to read.
        layer: the layer.

    Returns:
        (e,) numbers, in the column's unit.

    Example:
        >>> table = pd.DataFrame({"member": [1, 0], "layer": [1, 1], "gap": [0.2, 0.1]})
        >>> at_layer(table, "gap", 1)
        array([0.1, 0.2])
    """
    rows = table[table["layer"] == layer].sort_values("member")
    return rows[column].to_numpy(dtype=np.float64)


def at_epoch(trajectory: Trajectory, column: str, *, epoch: int, layer: int) -> Numbers:
    """One column of a trajectory at one measured epoch and layer: (e,), ordered by member."""
    frame = trajectory.frame
    return at_layer(frame[frame["epoch"] == epoch], column, layer)


def compressions(trajectory: Trajectory, layer: int) -> Numbers:
    """What a layer lost of I(X;T) after its peak, of every member: (e,) nats."""
    return at_layer(compression(trajectory), "compression", layer)


def gains(trajectory: Trajectory, layer: int) -> Numbers:
    """What a layer gained of I(X;T) from the first epoch to its peak: (e,) nats."""
    peak = at_layer(compression(trajectory), "peak", layer)
    return peak - at_epoch(trajectory, "i_x", epoch=trajectory.epochs[0], layer=layer)


def hidden_layers(trajectory: Trajectory) -> tuple[int, ...]:
    """The layers but the last, which is the output."""
    return trajectory.layers[:-1]


def nearest_epoch(trajectory: Trajectory, epoch: float) -> int:
    """The measured epoch that lies nearest, on a logarithmic scale."""
    epochs = np.array(trajectory.epochs)
    return int(epochs[np.argmin(np.abs(np.log1p(epochs) - np.log1p(epoch)))])


def validation_accuracy(trajectory: Trajectory, epoch: int) -> Numbers:
    """The validation accuracy at one measured epoch, of every member: (e,)."""
    learnt = learning(trajectory)
    here = learnt[learnt["epoch"] == epoch].sort_values("member")
    return here["val_accuracy"].to_numpy(dtype=np.float64)


def generalisation(trajectory: Trajectory) -> Finding:
    """Judge the claim that training on makes a network worse, by its cross-entropy.

    Reference:
        Revisiting the Information Plane, appendix F and Fig. 17: after about 1000 of 8000 epochs
        the cross-entropy rises and the accuracy stays.

    Arguments:
        trajectory: the curves of one ensemble.

    Returns:
        The finding; losses in nats.
    """
    loss = learning(trajectory).pivot(index="epoch", columns="member", values="val_loss")
    last, early = trajectory.epochs[-1], nearest_epoch(trajectory, trajectory.epochs[-1] / 8)
    gained = validation_accuracy(trajectory, last) - validation_accuracy(trajectory, early)
    return rises(
        f"Training on makes the network worse: from epoch {early} (one eighth of training) "
        f"to {last} its validation cross-entropy rises",
        "App. F, Fig. 17",
        (loss.loc[last] - loss.loc[early]).to_numpy(dtype=np.float64),
        "nats",
        note=f"Accuracy changed by {mean(gained).text(digits=4)} meanwhile.",
    )


def rises_and_falls(
    trajectory: Trajectory, layer: int, *, claim: str, where: str, least: float, unit: str
) -> Finding:
    """Judge whether a layer gains I(X;T) after training began, and then loses it again.

    Arguments:
        trajectory: the curves, the first before training.
        layer: the layer.
        claim: the claim, in words.
        where: where the paper makes it.
        least: the amount from which a loss counts, in nats; a gain counts from 0.1 bits.
        unit: the unit to write in.

    Returns:
        The finding.
    """
    lost, gained = compressions(trajectory, layer), gains(trajectory, layer)
    note = (
        f"Gained up to the peak: {in_unit(mean(known(gained, lost)), unit)}, counted from "
        f"{amount(NEAR, unit)}; lost after it: {in_unit(mean(lost), unit)}, counted from "
        f"{amount(least, unit)}."
    )
    holds = (gained > NEAR) & (lost > least)
    return most(claim, where, known(holds, lost), note=note)


def falls(
    trajectory: Trajectory, layer: int, *, claim: str, where: str, least: float, unit: str
) -> Finding:
    """Judge whether a layer loses more than a stated amount of I(X;T) after its peak.

    Arguments:
        trajectory: the curves.
        layer: the layer.
        claim: the claim, in words.
        where: where the paper makes it.
        least: the amount from which a loss counts, in nats.
        unit: the unit to write in.

    Returns:
        The finding.
    """
    lost = compressions(trajectory, layer)
    note = f"Lost after the peak: {in_unit(mean(lost), unit)}; counted from {amount(least, unit)}."
    return most(claim, where, known(lost > least, lost), note=note)


def keeps(
    trajectory: Trajectory, layer: int, *, claim: str, where: str, least: float, unit: str
) -> Finding:
    """Judge whether a layer loses no more than a stated amount; arguments as for `falls`."""
    lost = compressions(trajectory, layer)
    note = f"Lost after the peak: {in_unit(mean(lost), unit)}; counted up to "
    note += f"{amount(least, unit)}."
    return most(claim, where, known(lost <= least, lost), note=note)


def amount(nats: float, unit: str) -> str:
    """Write an amount of nats in a unit, as 0.069 nats."""
    return f"{nats * scale_of(unit):.3f} {unit}"


def plane_table(trajectory: Trajectory, unit: str, *, output: bool = True) -> str:
    """Write where each layer ends on the plane, and what it lost, as a Markdown table.

    Arguments:
        trajectory: the curves of one estimator and setting.
        unit: the unit to write in.
        output: whether its last layer is the network's output.

    Returns:
        The table: a row a layer, each number with its 95 % interval over the members.
    """
    last = trajectory.epochs[-1]
    rows = [
        (
            f"{layer} (output)" if output and layer == trajectory.layers[-1] else layer,
            in_unit(mean(at_epoch(trajectory, "i_x", epoch=last, layer=layer)), unit),
            in_unit(mean(at_epoch(trajectory, "i_y", epoch=last, layer=layer)), unit),
            in_unit(mean(compressions(trajectory, layer)), unit),
        )
        for layer in trajectory.layers
    ]
    return table_of(
        ["layer", "I(X;T) at the end", "I(T;Y) at the end", "lost after the peak"], rows
    )
