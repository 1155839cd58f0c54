"""The paper's claims about binned entropy as a measure of clustering, judged over networks.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 1 and 5; Fig. 1 and 6.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from ib_mlflow.studies.checkpoints.distances import Clusters
from ib_mlflow.studies.judging.claims import (
    NEAR,
    Numbers,
    at_epoch,
    hidden_layers,
    in_unit,
    keeps,
    rises_and_falls,
)
from ib_mlflow.studies.judging.intervals import known, mean
from ib_mlflow.studies.judging.verdicts import Finding, most, rises
from ib_mlflow.trajectory import Trajectory

SHARE = 0.05
"""A layer compresses if it loses more than this share of H(X) after its peak."""


def findings(
    planes: Mapping[float, Trajectory], seen: Clusters, *, coarse: float, unit: str
) -> list[Finding]:
    """Judge every claim.

    Arguments:
        planes: by ascending bin size what was measured.
        seen: how the samples cluster.
        coarse: the bin size whose H(Bin T) is held against the clusters.
        unit: the unit to write informations in.

    Returns:
        The findings.
    """
    fine, plane = min(planes), planes[coarse]
    last = hidden_layers(plane)[-1]
    least = SHARE * plane.guides.h_x
    finest = _hidden(planes[fine])
    ends = {size: at_epoch(one, "i_x", epoch=one.epochs[-1], layer=last)
            for size, one in planes.items()}  # fmt: skip
    spread = ends[fine] - ends[max(planes)]
    farthest = np.abs(finest - plane.guides.h_x).max(axis=(1, 2))
    return [
        most(
            f"For small bins ({fine:g}) H(Bin T) is ln 4096 in every hidden layer at every epoch",
            "Sec. 1; Fig. 1",
            known(farthest < NEAR, farthest),
            note=f"Lowest: {in_unit(mean(finest.min(axis=(1, 2))), unit)}, ln 4096 = "
            f"{plane.guides.h_x:.4f} nats; counted within 0.1 bits.",
        ),
        rises(
            f"H(Bin T) depends on the bin size: at the end the last hidden layer ({last}) shows "
            f"more with bins of {fine:g} than with bins of {max(planes):g}",
            "Sec. 1 and 5; Fig. 1",
            spread,
            "nats",
            note="By size: "
            + ", ".join(f"{size:g}: {in_unit(mean(end), unit)}" for size, end in ends.items())
            + ".",
        ),
        rises_and_falls(
            plane,
            last,
            claim=f"With bins of {coarse:g} the last hidden layer gains H(Bin T) and then loses it "
            "again, although I(X;T) does not change",
            where="Sec. 1 and 5; Fig. 1",
            least=least,
            unit=unit,
        ),
        keeps(
            planes[fine],
            last,
            claim=f"With small bins ({fine:g}) it loses nothing of that kind",
            where="Sec. 1; Fig. 1",
            least=least,
            unit=unit,
        ),
        *_clustering(plane, seen, last, coarse),
    ]


def _clustering(plane: Trajectory, seen: Clusters, last: int, coarse: float) -> list[Finding]:
    first, end = seen.marked[0], seen.marked[-1]
    ratio = seen.table.assign(ratio=seen.table["within"] / seen.table["between"])
    members = plane.members
    tight = {layer: _at(ratio, "ratio", end, layer, members) for layer in (1, last)}
    overlap = {epoch: _at(seen.table, "overlap", epoch, last, members) for epoch in (first, end)}
    followed = correlations(plane, seen.table, last)
    return [
        rises(
            f"H(Bin T) with bins of {coarse:g} follows the clusters: over the epochs its rank goes "
            "with that of the median distance within a class, in the last hidden layer",
            "Sec. 5",
            followed,
            "",
            note="Spearman's correlation of each network.",
        ),
        rises(
            "Samples of one class cluster together: distances within classes and between them "
            "share less of their histograms at the end than before training",
            "Sec. 5; Fig. 6",
            overlap[first] - overlap[end],
            "of the area",
            note=f"Shared at first {mean(overlap[first]).text()}, at the end "
            f"{mean(overlap[end]).text()}, last hidden layer.",
        ),
        rises(
            f"Clusters are tighter in deeper layers: the median distance within a class, over that "
            f"between classes, is smaller in layer {last} than in layer 1",
            "Sec. 1",
            tight[1] - tight[last],
            "",
            note=f"At the end {mean(tight[1]).text()} in layer 1, {mean(tight[last]).text()} in "
            f"layer {last}.",
        ),
    ]


def correlations(plane: Trajectory, table: pd.DataFrame, layer: int) -> Numbers:
    """Rank correlation over epochs of H(Bin T) with the median distance within classes.

    Arguments:
        plane: the curves of one bin size.
        table: of `Clusters`.
        layer: the layer.

    Returns:
        (e,) Spearman correlations; 0 for an entropy that never moves, NaN for a member that
        diverged.
    """
    entropy = plane.select(layers=[layer]).frame[["member", "epoch", "i_x"]]
    both = table[table["layer"] == layer].merge(entropy, on=["member", "epoch"])
    found = []
    for member in plane.members:
        own = both[both["member"] == member]
        if plane.epochs[-1] not in set(own["epoch"]):
            found.append(np.nan)
        elif np.ptp(own["i_x"]) == 0:
            found.append(0.0)
        else:
            found.append(stats.spearmanr(own["within"], own["i_x"]).statistic)
    return np.array(found, np.float64)


def _hidden(plane: Trajectory) -> Numbers:
    """I(X;T) of the hidden layers: (e, t, l) nats."""
    frame = plane.select(layers=hidden_layers(plane)).frame
    shape = len(plane.members), len(plane.epochs), len(hidden_layers(plane))
    return frame.sort_values(["member", "epoch", "layer"])["i_x"].to_numpy().reshape(shape)


def _at(
    table: pd.DataFrame, column: str, epoch: int, layer: int, members: Sequence[int]
) -> Numbers:
    """A number for each member, NaN for one that is not in the table: it diverged."""
    rows = table[(table["epoch"] == epoch) & (table["layer"] == layer)].set_index("member")
    return rows[column].reindex(list(members)).to_numpy(dtype=np.float64)
