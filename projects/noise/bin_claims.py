"""How the claims about binned entropy as a measure of clustering are judged, over networks.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 1 and 5; Fig. 1 and 6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ib_mlflow.studies.checkpoints.distances import Clusters, log_stages, measure_clusters
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.judging.correlations import highly_correlated
from ib_mlflow.studies.judging.curves import NEAR, keeps, rises_and_falls
from ib_mlflow.studies.judging.intervals import POSITIVE, UNIT, information, known, mean
from ib_mlflow.studies.judging.judgements import Judgement, steady
from ib_mlflow.studies.judging.lengths import HAPPENS, Course, at_its_end, beside
from ib_mlflow.studies.judging.margins import SENSITIVE
from ib_mlflow.studies.judging.shares import most_beyond
from ib_mlflow.studies.judging.thresholds import FOLLOWS
from ib_mlflow.studies.judging.verdicts import always
from ib_mlflow.studies.reporting.ensembles import Ensembles, log_groups
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers, at_end, hidden_layers, thinned
from ib_mlflow.units import Words, nats
from .tightness import parted, tighter


@dataclass(frozen=True, eq=False)
class BinClustering:
    """Networks measured with many sizes of a bin, and how they cluster the samples.

    Arguments:
        ensembles: the one ensemble, whose groups are its bin sizes.
        by_size: their planes by the width of a bin, in activation units.
        coarse: the width whose H(Bin T) is held against the clusters.
        clusters: of their hidden layers.
        labels: (n,) the classes of the samples.
    """

    ensembles: Ensembles[TrainingConfiguration]
    by_size: Mapping[float, Trajectory]
    coarse: float
    clusters: Clusters
    labels: NDArray[np.int64]

    @property
    def configuration(self) -> TrainingConfiguration:
        """The study's parameters."""
        return self.ensembles.configuration

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        return self.ensembles.evidence

    @property
    def finest(self) -> float:
        """The smallest width."""
        return min(self.by_size)

    @property
    def largest(self) -> float:
        """The largest width."""
        return max(self.by_size)

    @property
    def fine_plane(self) -> Trajectory:
        """The plane of the smallest width."""
        return self.by_size[self.finest]

    @property
    def coarse_plane(self) -> Trajectory:
        """The plane that is held against the clusters."""
        return self.by_size[self.coarse]

    @property
    def last_hidden(self) -> int:
        """The last hidden layer."""
        return hidden_layers(self.coarse_plane)[-1]

    def overlap(self, epoch: int) -> Numbers:
        """The area that the histograms of the last hidden layer share at an epoch: (e,)."""
        return self.clusters.at("overlap", epoch=epoch, layer=self.last_hidden)

    def tightness(self, layer: int) -> Numbers:
        """A layer's median distance within a class over that between them at the end: (e,)."""
        within, between = (
            self.clusters.at(name, epoch=self.clusters.stages[-1], layer=layer)
            for name in ("within", "between")
        )
        return np.asarray(within / between)


def read_clusters(
    configuration: TrainingConfiguration, trained: Sequence[Trained], coarse: float
) -> BinClustering:
    """Measure how the networks cluster the samples.

    Arguments:
        configuration: the study's parameters.
        trained: tanh networks, whose groups differ in the bin size alone.
        coarse: the width of a bin that is held against the clusters.

    Returns:
        The readings.
    """
    log_groups(trained)
    ensembles = Ensembles(configuration, trained)
    groups = {float(str(group.group.parameters["bin_size"])): group for group in ensembles.groups}
    # The groups share their members: the clusters of one are those of all.
    group = groups[coarse]
    epochs = group.trained.trajectory.epochs
    clusters = measure_clusters(
        group,
        layers=group.trained.spec.hidden_layers,
        stages=log_stages(group.trained.trajectory, first=0),
        epochs=thinned(epochs),
        bound=1.0,
    )
    planes = {size: groups[size].plane() for size in sorted(groups)}
    labels = group.trained.spec.task.measured.labels
    return BinClustering(ensembles, planes, coarse, clusters, labels)


def tells_all_apart(readings: BinClustering) -> Judgement:
    """Judge whether the smallest bins show all of H(X) in every hidden layer at every epoch."""
    plane = readings.fine_plane
    frame = plane.select(layers=hidden_layers(plane)).frame
    curves = frame.pivot(index="member", columns=["epoch", "layer"], values="i_x").to_numpy()
    farthest = np.abs(curves - plane.guides.h_x).max(axis=1)
    lowest = information(curves.min(axis=1), plane.guides.h_x).quantity("nats")
    whole = nats(plane.guides.h_x, digits=4)
    note = ("Lowest: ", lowest, ", ln 4096 = ", whole, "; counted within ", nats(NEAR), ".")
    return steady(lambda factor: always(known(farthest < factor * NEAR, farthest), note=note))


def shows_less_in_larger_bins(readings: BinClustering) -> Judgement:
    """Judge whether the last hidden layer shows much less in the largest bins than in the finest.

    That it shows no more is arithmetic where bins divide one another; how much less is not.
    """
    ends = {
        size: at_end(readings.by_size[size], "i_x", readings.last_hidden)
        for size in sorted(readings.by_size)
    }
    words: Words = ()
    for size, end in ends.items():
        words += (", " if words else "By size: ", f"{size:g}: ", information(end).quantity("nats"))
    least = SENSITIVE * readings.fine_plane.guides.h_x
    note = (*words, "; counted from ", nats(least), " on.")
    return most_beyond(ends[readings.finest] - ends[readings.largest], least, note=note)


def follows_the_clusters(readings: BinClustering) -> Judgement:
    """Judge whether H(Bin T) goes with the distances within classes, over the epochs."""
    layer = readings.last_hidden
    curves = clustering(readings.coarse_plane, readings.clusters.table, layer)
    return highly_correlated(*curves, short=FOLLOWS)


def parts_the_classes(readings: BinClustering) -> Judgement:
    """Judge whether distances within classes and between them come to share less."""
    first, last = (
        readings.overlap(epoch)
        for epoch in (readings.clusters.stages[0], readings.clusters.stages[-1])
    )
    shared = [mean(of, UNIT).text() for of in (first, last)]
    note = f"Shared at first {shared[0]}, at the end {shared[1]}, last hidden layer."
    return parted(first, last, note=note)


def tightens_with_depth(readings: BinClustering) -> Judgement:
    """Judge whether the last hidden layer ends with tighter clusters than the first."""
    first, last = readings.tightness(1), readings.tightness(readings.last_hidden)
    note = (
        f"At the end {mean(first, POSITIVE).text()} in layer 1, {mean(last, POSITIVE).text()} in "
        f"layer {readings.last_hidden}."
    )
    return tighter(last, first, note=note)


def clustering(plane: Trajectory, table: pd.DataFrame, layer: int) -> tuple[Numbers, Numbers]:
    """Curves of H(Bin T) and of the median distance within classes, at the same epochs.

    Arguments:
        plane: the curves of one bin size.
        table: of `Clusters`.
        layer: the layer.

    Returns:
        (e, t) nats, and (e, t) in activation units; NaN for a member that diverged.
    """
    entropy = plane.select(layers=[layer]).frame[["member", "epoch", "i_x"]]
    both = entropy.merge(table[table["layer"] == layer], on=["member", "epoch"], how="left")
    measured = both[both["epoch"].isin(table["epoch"])]
    curves = measured.pivot(index="member", columns="epoch", values=["i_x", "within"])
    first, second = (curves[name].to_numpy(dtype=np.float64) for name in ("i_x", "within"))
    return first, second


def coarse(readings: BinClustering) -> Course:
    """H(Bin T) of the last hidden layer in coarse bins."""
    return Course(readings.coarse_plane, readings.last_hidden)


COMPRESSES = at_its_end(
    lambda of: rises_and_falls(of.coarse_plane, of.last_hidden), coarse, HAPPENS
)
STAYS_IN_FINE_BINS = beside(
    lambda of: keeps(of.fine_plane, of.last_hidden), COMPRESSES, "coarse bins show it"
)
