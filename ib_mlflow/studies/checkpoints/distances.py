"""How the samples of a trained ensemble cluster, from the checkpoints of its measured epochs.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 5; Fig. 5 and 6.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ib_mlflow.information import DistanceHistogram, distance_histogram
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.trajectory.members import nearest_epoch, thinned

STAGES = 4
"""Epochs whose histograms are drawn."""
SHOWN = 60
"""Bins of a histogram that is drawn."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """How samples lie to one another, in their classes and between them.

    Arguments:
        table: a row per (member, epoch, layer): the medians `within` and `between` of the
            distances within classes and between them, in activation units, and the `overlap` of
            their histograms.
        marked: the epochs that are drawn.
        histograms: of the first member that did not diverge, at these epochs, with the columns of
            `figures.distance_histograms`.
        points: by marked epoch where its last layer puts each sample, (n, d).
    """

    table: pd.DataFrame
    marked: tuple[int, ...]
    histograms: pd.DataFrame
    points: dict[int, NDArray[Any]]


def measure_clusters(trained: Trained, layers: Collection[int]) -> Clusters:
    """Measure the distances between samples, as training goes on.

    The last of the layers is measured at many epochs, the others at those that are drawn: the
    first, the last, and two between them on a logarithmic scale.

    Arguments:
        trained: the ensemble.
        layers: the layers to measure.

    Returns:
        The distances of every member that did not diverge, and what is drawn of the first.
    """
    epochs = trained.trajectory.epochs
    wanted = [0.0, *(epochs[-1] ** (k / (STAGES - 1)) for k in range(1, STAGES))]
    marked = sorted({nearest_epoch(trained.trajectory, epoch) for epoch in wanted})
    labels, last = trained.spec.task.measured.labels, max(layers)
    sound = list(trained.sound)
    rows: list[pd.DataFrame] = []
    shown: list[pd.DataFrame] = []
    points: dict[int, NDArray[Any]] = {}
    for epoch in sorted({*marked, *thinned(epochs)}):
        for layer, activations in trained.at(epoch).activations(trained.spec.inputs):
            if layer not in layers or (layer != last and epoch not in marked):
                continue
            # The farthest corners of the cube [-1, 1]^d; bins fine enough for small distances.
            largest = 2.0 * float(np.sqrt(activations.shape[2]))
            histogram = distance_histogram(
                activations[sound], labels, bin_count=50 * SHOWN, largest=largest
            )
            rows.append(_row(histogram, sound, epoch, layer))
            if epoch in marked:
                shown.append(histogram_rows(histogram, epoch, layer))
                if layer == last:
                    points[epoch] = activations[sound[0]]
    return Clusters(
        pd.concat(rows, ignore_index=True),
        tuple(marked),
        pd.concat(shown, ignore_index=True),
        points,
    )


def _row(
    histogram: DistanceHistogram, members: Sequence[int], epoch: int, layer: int
) -> pd.DataFrame:
    within, between = histogram.quantiles(0.5)
    columns = {"member": members, "epoch": epoch, "layer": layer}
    columns |= {"within": within, "between": between, "overlap": histogram.overlap}
    return pd.DataFrame(columns)


def histogram_rows(histogram: DistanceHistogram, epoch: int, layer: int) -> pd.DataFrame:
    """The first network's histogram, as `figures.distance_histograms` takes it.

    Arguments:
        histogram: of one network, or of several with any leading axes.
        epoch: the epoch.
        layer: the layer, 0 for the input.

    Returns:
        A row per bin; finer bins are joined to `SHOWN`.
    """
    bins = histogram.edges.size - 1
    edges = histogram.edges[:: bins // SHOWN]
    columns: dict[str, Any] = {"epoch": epoch, "layer": layer}
    columns |= {"bin_left": edges[:-1], "bin_right": edges[1:]}
    for name in ("within", "between"):
        first = getattr(histogram, name).reshape(-1, bins)[0]
        columns[name] = first.reshape(SHOWN, -1).sum(axis=1)
    return pd.DataFrame(columns)
