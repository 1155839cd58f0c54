"""How the samples of a group of networks cluster, from the checkpoints of its measured epochs.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 5; Fig. 5 and 6.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ib_mlflow.information import DistanceHistogram, distance_histogram
from ib_mlflow.studies.running.training import TrainedGroup
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers, nearest_epoch

STAGES = 4
"""Epochs whose histograms are drawn."""
SHOWN = 60
"""Bins of a histogram that is drawn."""
COLUMNS = ["member", "epoch", "layer", "within", "between", "overlap"]


@dataclass(frozen=True, eq=False)
class Clusters:
    """How samples lie to one another, in their classes and between them.

    Arguments:
        members: the numbers of the group's networks, ascending, with those that diverged.
        stages: the epochs that are drawn.
        table: a row per (member, epoch, layer): the medians `within` and `between` of the
            distances within classes and between them, in activation units, and the `overlap` of
            their histograms; none of a member that diverged.
        histograms: of the first member that did not diverge, at the stages, with the columns of
            `figures.distance_histograms`; empty where all did.
        points: by stage where the last of the layers puts each sample of that member, (n, d).
    """

    members: tuple[int, ...]
    stages: tuple[int, ...]
    table: pd.DataFrame
    histograms: pd.DataFrame
    points: Mapping[int, NDArray[Any]]

    def at(self, column: str, *, epoch: int, layer: int) -> Numbers:
        """One column of the table.

        Arguments:
            column: "within", "between" or "overlap".
            epoch: at which it was measured.
            layer: of which.

        Returns:
            (e,) numbers in the order of the members; NaN for one that diverged.
        """
        rows = self.table[(self.table["epoch"] == epoch) & (self.table["layer"] == layer)]
        numbers = rows.set_index("member")[column].reindex(list(self.members))
        return numbers.to_numpy(dtype=np.float64)


def log_stages(trajectory: Trajectory, first: float) -> tuple[int, ...]:
    """Measured epochs to draw: a first one, the last, and two between on a logarithmic scale.

    Arguments:
        trajectory: the curves.
        first: the first epoch; 0 for before training.

    Returns:
        The measured epochs nearest to these, ascending, each once.
    """
    last = trajectory.epochs[-1]
    wanted = [first, *(last ** (step / (STAGES - 1)) for step in range(1, STAGES))]
    return tuple(sorted({nearest_epoch(trajectory, epoch) for epoch in wanted}))


def measure_clusters(
    group: TrainedGroup,
    *,
    layers: Collection[int],
    stages: tuple[int, ...],
    epochs: Collection[int] = (),
    bound: float | None = None,
) -> Clusters:
    """Measure the distances between samples, as training goes on.

    Arguments:
        group: the networks.
        layers: the layers to measure.
        stages: measured epochs that are drawn.
        epochs: further ones, at which the last of the layers alone is measured.
        bound: what no activation exceeds in size, such as 1 of tanh, from which the bins of all
            histograms follow; None for bins as far as the samples of each reach.

    Returns:
        The distances of every member that did not diverge, and what is drawn of the first.
    """
    labels, inputs = group.trained.spec.task.measured.labels, group.trained.spec.inputs
    deepest, sound = max(layers), group.sound
    rows: list[tuple[object, ...]] = []
    shown: list[pd.DataFrame] = []
    points: dict[int, NDArray[Any]] = {}
    for epoch in sorted({*stages, *epochs}) if sound else ():
        for layer, activations in group.trained.at(epoch).activations(inputs):
            if layer not in layers or (layer != deepest and epoch not in stages):
                continue
            # The farthest corners of the cube; bins fine enough for small distances.
            largest = None if bound is None else 2 * bound * float(np.sqrt(activations.shape[2]))
            for member in sound:
                histogram = distance_histogram(
                    activations[member], labels, bin_count=50 * SHOWN, largest=largest
                )
                within, between = histogram.quantiles(0.5)
                overlap = float(histogram.overlap)
                rows.append((member, epoch, layer, float(within), float(between), overlap))
                if member == sound[0] and epoch in stages:
                    shown.append(histogram_rows(histogram, epoch, layer))
            if layer == deepest and epoch in stages:
                points[epoch] = activations[sound[0]]
    return Clusters(
        members=tuple(sorted(group.members)),
        stages=stages,
        table=pd.DataFrame(rows, columns=COLUMNS),
        histograms=pd.concat(shown, ignore_index=True) if shown else pd.DataFrame(),
        points=points,
    )


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
