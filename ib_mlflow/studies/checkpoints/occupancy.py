"""Which bins the activations occupy: computed afterwards, from the checkpoints of the epochs.

Reference:
    Revisiting the Information Plane, section 2.3; Fig. 5, 13 and 14.
"""

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ib_mlflow.information import bin_histogram, occupied_bins
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.trajectory.members import thinned


def occupied_cells(trained: Trained, epochs: Iterable[int], *, bin_size: float) -> pd.DataFrame:
    """Count the cells that each layer occupies over training.

    Arguments:
        trained: the ensemble.
        epochs: measured epochs to count at, beside those that are drawn of a plane.
        bin_size: width of a bin, in activation units.

    Returns:
        A row per (member, epoch, layer) with `occupied`, the number of distinct cells; none of the
        members that diverged.
    """
    parts = []
    for epoch in sorted({*epochs, *thinned(trained.trajectory.epochs)}):
        for layer, activations in trained.at(epoch).activations(trained.spec.inputs):
            counts = occupied_bins(activations[list(trained.sound)], bin_size=bin_size)
            columns = {"member": trained.sound, "epoch": epoch, "layer": layer}
            parts.append(pd.DataFrame(columns | {"occupied": counts}))
    return pd.concat(parts, ignore_index=True)


def filled_bins(
    trained: Trained, epochs: Iterable[int], *, bin_size: float, layers: Collection[int]
) -> pd.DataFrame:
    """Count the bins that the units of each network fill, each on its own axis.

    Arguments:
        trained: the ensemble.
        epochs: measured epochs.
        bin_size: width of a bin, in activation units.
        layers: which to count in.

    Returns:
        A row per (member, epoch, layer) with `filled`, the number of bins with a sample in them,
        the mean over units; none of the members that diverged.
    """
    rows = []
    for epoch in sorted(set(epochs)):
        for layer, activations in trained.at(epoch).activations(trained.spec.inputs):
            if layer in layers:
                for member in trained.sound:
                    counts = bin_histogram(activations[member], bin_size=bin_size).counts
                    rows.append((member, epoch, layer, float((counts > 0).sum(axis=1).mean())))
    return pd.DataFrame(rows, columns=["member", "epoch", "layer", "filled"])


def unit_histograms(
    trained: Trained,
    epochs: Iterable[int],
    *,
    bin_size: float,
    layers: Collection[int] | None = None,
    member: int | None = None,
    reach: float = np.inf,
) -> pd.DataFrame:
    """Count what each unit of one network puts in each bin.

    Arguments:
        trained: the ensemble.
        epochs: measured epochs.
        bin_size: width of a bin, in activation units.
        layers: which to count in; None for the last three.
        member: the network; None for the first that did not diverge.
        reach: activations beyond it, on either side of zero, count with those at it.

    Returns:
        A row per (epoch, layer, unit, bin): the bin's edges in activation units, and its count.
    """
    number = trained.sound[0] if member is None else member
    shown = trained.trajectory.layers[-3:] if layers is None else layers
    parts = []
    for epoch in sorted(set(epochs)):
        for layer, activations in trained.at(epoch).activations(trained.spec.inputs):
            if layer in shown:
                values = np.clip(activations[number], -reach, reach)
                parts.append(_unit_bins(values, epoch, layer, bin_size=bin_size))
    return pd.concat(parts, ignore_index=True)


def _unit_bins(
    activations: NDArray[Any], epoch: int, layer: int, *, bin_size: float
) -> pd.DataFrame:
    """A row per (unit, bin) of activations (n, d), as `figures.bin_histograms` takes them."""
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
