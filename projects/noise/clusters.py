"""How the layers of noisy networks cluster, drawn at some epochs.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 5, supplement 9.1; Fig. 5, 6 and 10.
"""

from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.checkpoints.distances import Clusters
from ib_mlflow.studies.checkpoints.occupancy import unit_histograms
from ib_mlflow.studies.reporting.headings import FIRST
from ib_mlflow.studies.running.training import TrainedGroup

VALUE_BIN = 0.07
"""The width of a bin of the histograms of single units."""
REACH = 5.0
"""Values beyond it count with those at it, as in the histograms of Fig. 10b."""


def cluster_figures(group: TrainedGroup, clusters: Clusters) -> dict[str, Figure]:
    """Draw where the first network that did not diverge puts the samples, and how far apart.

    Arguments:
        group: the networks.
        clusters: as they were measured, of all hidden layers.

    Returns:
        By file name the distances, the values of single units, and a scatter of a last layer of
        two or three units; nothing where all networks diverged.
    """
    if not group.sound:
        return {}
    last = group.last_hidden
    units = unit_histograms(
        group.trained,
        clusters.stages,
        bin_size=VALUE_BIN,
        layers=group.trained.spec.hidden_layers,
        member=group.sound[0],
        reach=REACH,
    )
    drawings = {
        "distances.png": figures.distance_histograms(clusters.histograms),
        "bin_histograms.png": figures.bin_histograms(units),
    }
    figures.entitle(drawings["bin_histograms.png"], f"bin size {VALUE_BIN:g}")
    if all(points.shape[1] in (2, 3) for points in clusters.points.values()):
        labels = group.trained.spec.task.measured.labels
        drawings["scatter.png"] = figures.layer_scatter(
            clusters.points, labels, layer=f"layer {last}"
        )
    words = " · ".join([group.name, FIRST])
    return {name: figures.entitle(figure, words) for name, figure in drawings.items()}
