"""How the layers of noisy networks cluster, from the checkpoints of some measured epochs.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 5, supplement 9.1; Fig. 5, 6 and 10.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ib_mlflow import figures
from ib_mlflow.information import distance_histogram
from ib_mlflow.studies.checkpoints.distances import SHOWN, drawn
from ib_mlflow.studies.checkpoints.occupancy import unit_bins
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.claims import Numbers, nearest_epoch
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.verdicts import Finding, rises
from ib_mlflow.studies.running.ensembles import Condition
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.trajectory import Trajectory
from projects.noise.claims import Child

VALUE_BIN = 0.07
"""The width of a bin of the histograms of single units."""
REACH = 5.0
"""Values beyond it count with those at it, as in the histograms of Fig. 10b."""


def moments(trajectory: Trajectory, count: int = 4) -> tuple[int, ...]:
    """Measured epochs at even distances on a logarithmic scale, the first one after training began.

    Arguments:
        trajectory: the curves.
        count: how many.

    Returns:
        The epochs, ascending, each once.
    """
    last = trajectory.epochs[-1]
    wanted = [last ** (k / (count - 1)) for k in range(count)]
    return tuple(sorted({nearest_epoch(trajectory, epoch) for epoch in wanted}))


def clusters(one: Trained, chosen: LearningConfiguration) -> tuple[dict[str, Figure], pd.DataFrame]:
    """Look at how every child places the samples, and how far apart.

    Arguments:
        one: the ensemble.
        chosen: the study's parameters.

    Returns:
        Figures of every child's first member that did not diverge, by the child's name and the
        file's, as "tanh, beta=0.005/scatter.png"; and of the last hidden layer a row per (child,
        member, epoch), members counted within the child: the medians `within` and `between` of
        the distances within classes and between them, in activation units, and the `overlap` of
        their histograms.
    """
    last, labels = len(one.network.hidden), one.network.task.measured.labels
    groups = {view.name: list(view.members or (0,)) for view in one.network.views}
    seen: dict[str, _Seen] = {name: _Seen() for name in groups}
    rows = []
    for epoch in moments(one.trajectory):
        for layer, activations in one.at(epoch, chosen).activations(one.network.inputs):
            if layer > last:
                continue
            for name, members in groups.items():
                for first in [member for member in members if member in one.sound][:1]:
                    seen[name].add(epoch, layer, activations[first], labels)
                if layer == last:
                    rows += [
                        (name, place, epoch, *_distances(activations[member], labels))
                        for place, member in enumerate(members)
                    ]
    shown: dict[str, Figure] = {}
    for name, of in seen.items():
        shown |= {f"{name}/{file}": figure for file, figure in of.figures(last, labels).items()}
    columns = ["child", "member", "epoch", "within", "between", "overlap"]
    return shown, pd.DataFrame(rows, columns=columns)


def _distances(activations: NDArray[Any], labels: NDArray[np.int64]) -> tuple[float, float, float]:
    """Medians within classes and between them, and the overlap; NaN of a diverged member."""
    if not np.isfinite(activations).all():
        return (np.nan,) * 3
    found = distance_histogram(activations, labels, bin_count=50 * SHOWN)
    within, between = found.quantiles(0.5)
    return float(within), float(between), float(found.overlap)


class _Seen:
    """What is drawn of one network."""

    def __init__(self) -> None:
        self.points: dict[int, NDArray[Any]] = {}
        self.pairs: list[pd.DataFrame] = []
        self.bins: list[pd.DataFrame] = []

    def add(
        self, epoch: int, layer: int, activations: NDArray[Any], labels: NDArray[np.int64]
    ) -> None:
        found = distance_histogram(activations, labels, bin_count=SHOWN)
        self.pairs.append(drawn(found, epoch, layer))
        held = np.clip(activations, -REACH, REACH)
        self.bins.append(unit_bins(held, epoch, layer, bin_size=VALUE_BIN))
        # Layers come in their order: the last hidden one stays.
        self.points[epoch] = activations

    def figures(self, last: int, labels: NDArray[np.int64]) -> dict[str, Figure]:
        if not self.points:
            return {}
        shown = {
            "distances.png": figures.distance_histograms(pd.concat(self.pairs, ignore_index=True)),
            "bin_histograms.png": figures.bin_histograms(pd.concat(self.bins, ignore_index=True)),
        }
        if next(iter(self.points.values())).shape[1] in (2, 3):
            shown["scatter.png"] = figures.layer_scatter(self.points, labels, layer=f"layer {last}")
        return shown


def log_clusters(one: Trained, shown: dict[str, Figure]) -> None:
    """Put each child's figures on its own run."""
    for place, figure in shown.items():
        child, name = place.rsplit("/", 1)
        one.recording.child(child).log_figure(figure, name)


def parting_findings(
    one: Trained, found: Mapping[Condition, Child], distances: pd.DataFrame
) -> list[Finding]:
    """Judge whether classes part in the last hidden layer, and that orthonormal weights stop it.

    Arguments:
        one: the ensemble.
        found: its children.
        distances: as `clusters` gives them.

    Returns:
        A finding for each tanh child, over its members.
    """
    if one.network.activations[0] != "tanh":
        return []
    names = dict(zip(one.network.conditions, [v.name for v in one.network.views], strict=True))
    layer = len(one.network.hidden)
    findings = []
    for condition, child in found.items():
        own = distances[distances["child"] == names[condition]]
        if not condition.orthonormality:
            overlap = own.pivot(index="epoch", columns="member", values="overlap")
            findings.append(
                rises(
                    f"{child.name}: while it learns, distances within classes part from distances "
                    f"between them in layer {layer}: the histograms share less area",
                    "Sec. 5; Fig. 6a",
                    (overlap.iloc[0] - overlap.iloc[-1]).to_numpy(),
                    "of the area",
                )
            )
        elif (free := Condition(condition.beta)) in found:
            other = distances[distances["child"] == names[free]]
            findings.append(
                rises(
                    f"{child.name}: no tight clusters in layer {layer}: at the end, distances "
                    "within classes are a larger share of those between them than without the pull",
                    "Sec. 5; Fig. 6b",
                    _tightness(own) - _tightness(other),
                    "of the median between classes",
                    note=f"Shares {mean(_tightness(own)).text(digits=2)} and "
                    f"{mean(_tightness(other)).text(digits=2)}.",
                )
            )
    return findings


def _tightness(distances: pd.DataFrame) -> Numbers:
    """The median distance within classes over that between them at the end, (e,)."""
    last = distances[distances["epoch"] == distances["epoch"].max()].sort_values("member")
    within, between = (last[name].to_numpy(dtype=np.float64) for name in ("within", "between"))
    return np.asarray(within / between)
