"""Which bins the activations occupy: computed afterwards, from the checkpoints of the epochs.

Reference:
    Revisiting the Information Plane, section 2.3; Fig. 5, 13 and 14.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ib_mlflow.information import bin_histogram, occupied_bins
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.claims import nearest_epoch
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.verdicts import Finding, rises
from ib_mlflow.studies.running.animation import thinned
from ib_mlflow.studies.running.training import Trained


def moments(trained: Trained) -> tuple[int, int, int]:
    """The measured epochs nearest to those of the paper's histograms: 1, the half, the last."""
    trajectory = trained.trajectory
    last = trajectory.epochs[-1]
    return nearest_epoch(trajectory, 1), nearest_epoch(trajectory, last / 2), last


def occupancy(trained: Trained, chosen: LearningConfiguration, *, bin_size: float) -> pd.DataFrame:
    """Count the cells that each layer occupies at the three moments.

    Arguments:
        trained: the ensemble.
        chosen: the study's parameters.
        bin_size: width of a bin, in activation units.

    Returns:
        A row per (member, epoch, layer) with `occupied`, the number of distinct cells; none of the
        members that diverged.
    """
    parts = []
    for epoch in sorted({*moments(trained), *thinned(trained.trajectory.epochs)}):
        ensemble = trained.at(epoch, chosen)
        for layer, activations in ensemble.activations(trained.network.inputs):
            counts = occupied_bins(activations[list(trained.sound)], bin_size=bin_size)
            columns = {"member": trained.sound, "epoch": epoch, "layer": layer}
            parts.append(pd.DataFrame(columns | {"occupied": counts}))
    return pd.concat(parts, ignore_index=True)


def occupancy_findings(trained: Trained, counts: pd.DataFrame, *, bin_size: float) -> list[Finding]:
    """Judge whether the last hidden layer empties its cells (tanh) or fills them (ReLU).

    Arguments:
        trained: the ensemble.
        counts: its `occupancy`.
        bin_size: width of a bin, in activation units.

    Returns:
        One finding for a network that is all tanh or all ReLU, else none.
    """
    kinds = set(trained.network.activations)
    if kinds not in ({"tanh"}, {"relu"}):
        return []
    layer = len(trained.network.hidden)
    cells = counts[counts["layer"] == layer].pivot(
        index="epoch", columns="member", values="occupied"
    )
    early, _, last = moments(trained)
    gained = (cells.loc[last] - cells.loc[early]).to_numpy(dtype=np.float64)
    emptied = kinds == {"tanh"}
    verb = (
        "empties its bins, as tanh layers do" if emptied else "fills more bins, as ReLU layers do"
    )
    ends = f"{mean(cells.loc[early]).text(digits=0)} to {mean(cells.loc[last]).text(digits=0)}"
    return [
        rises(
            f"{trained.network.name}: while it learns, the last hidden layer ({layer}) {verb}",
            "Sec. 2.3; Fig. 5, 13, 14",
            -gained if emptied else gained,
            "cells",
            note=f"Occupied cells of width {bin_size:g}, from epoch {early} to {last}: {ends}.",
        )
    ]


def histograms(trained: Trained, chosen: LearningConfiguration, *, bin_size: float) -> pd.DataFrame:
    """Count what each unit of one network puts in each bin, at the three moments.

    Arguments:
        trained: the ensemble.
        chosen: the study's parameters.
        bin_size: width of a bin, in activation units.

    Returns:
        A row per (epoch, layer, unit, bin), of the ensemble's first member that did not diverge,
        of the last two hidden layers and the output as in the paper: the bin's edges in activation
        units, and its count.
    """
    first = trained.sound[0]
    shown = trained.trajectory.layers[-3:]
    parts = []
    for epoch in sorted(set(moments(trained))):
        for layer, activations in trained.at(epoch, chosen).activations(trained.network.inputs):
            if layer not in shown:
                continue
            parts.append(unit_bins(activations[first], epoch, layer, bin_size=bin_size))
    return pd.concat(parts, ignore_index=True)


def unit_bins(
    activations: NDArray[Any], epoch: int, layer: int, *, bin_size: float
) -> pd.DataFrame:
    """Count what each unit of one network's layer puts in each bin.

    Arguments:
        activations: (n, d).
        epoch: the epoch.
        layer: the layer.
        bin_size: width of a bin, in activation units.

    Returns:
        A row per (unit, bin), as `figures.bin_histograms` takes them.
    """
    histogram = bin_histogram(activations, bin_size=bin_size)
    units, bins = histogram.counts.shape
    unit, place = (index.ravel() for index in np.indices((units, bins)))
    columns = {
        "epoch": epoch,
        "layer": layer,
        "unit": unit + 1,
        "bin_left": histogram.edges[place],
        "bin_right": histogram.edges[place + 1],
        "count": histogram.counts.ravel(),
    }
    return pd.DataFrame(columns)
