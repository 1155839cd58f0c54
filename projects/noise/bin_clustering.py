"""Bins and clusters: what H(Bin T) of a deterministic network measures.

Reference:
    Goldfeld et al. (2018), "Estimating information flow in DNNs", arXiv:1810.05728, sections 1
    and 5; Fig. 1 and 6.
"""

from typing import Any, ClassVar

from matplotlib.figure import Figure
from pydantic import Field, field_validator

from ib_mlflow import figures
from ib_mlflow.studies.checkpoints.distances import Clusters, look
from ib_mlflow.studies.configuration import BinSize, CommaList, TrainingConfiguration
from ib_mlflow.studies.judging.claims import plane_table
from ib_mlflow.studies.reporting.conclusion import conclude
from ib_mlflow.studies.running.ensembles import Network, binned_views
from ib_mlflow.studies.running.tasks import load_whole
from ib_mlflow.studies.running.training import Trained, run_network
from ib_mlflow.studies.study import enter
from ib_mlflow.tracking import StudyRun
from projects.noise.bin_claims import findings

HIDDEN = (10, 7, 5, 4, 3)
GOLDFELD = "Estimating Information Flow in DNNs"
REMARKS = (
    "Without noise, I(X;T) is ln 4096 = H(X) in every layer at every epoch, for tanh maps "
    "different inputs to different activations. What is measured is I(X; Bin T) = H(Bin T), over "
    "all 4096 inputs; the network learns from those that are not kept for testing.",
    "Activations are float32: next to 1 they are 6e-8 apart, so that a saturated layer can give "
    "several inputs the very same numbers, and no bin is small enough to tell these apart.",
)


class Configuration(TrainingConfiguration):
    """What the entropy of binned activations tells of clusters, for many sizes of a bin."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {"members": 2, "epochs": 20},
        "quick": {"members": 10, "epochs": 4000},
        "paper": {"members": 20, "epochs": 8000},
    }
    bin_sizes: CommaList[BinSize] = Field(
        (1e-8, 1e-4, 0.001, 0.01, 0.1, 0.5),
        description="widths of a bin; one training, measured with each",
    )
    coarse: BinSize = Field(0.1, description="the bin size whose H(Bin T) is held against clusters")

    @field_validator("bin_sizes")
    @classmethod
    def _several(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if len(set(values)) < max(len(values), 2):
            raise ValueError("name two or more values, each once")
        return values


def run(study: StudyRun, chosen: Configuration) -> None:
    """Train the network, measure it with every bin size, and look at its clusters."""
    task = load_whole("szt", chosen)
    sizes = sorted({*chosen.bin_sizes, chosen.coarse})
    trained = run_network(
        study,
        Network(
            name="szt tanh",
            task=task,
            hidden=HIDDEN,
            activations=("tanh",) * len(HIDDEN),
            initialisation=chosen.initialisation,
            views=binned_views("szt tanh", sizes),
        ),
        chosen,
    )
    planes = dict(zip(sizes, trained.planes().values(), strict=True))
    seen = look(trained, chosen, layers=range(1, len(HIDDEN) + 1))
    conclude(
        study,
        [trained],
        title="Bins and clusters",
        findings=findings(planes, seen, coarse=chosen.coarse, unit=chosen.unit),
        tables={
            f"Bin size {size:g}": plane_table(plane, chosen.unit) for size, plane in planes.items()
        },
        chosen=chosen,
        extra=_figures(trained, seen, chosen),
        paper=GOLDFELD,
        remarks=REMARKS,
    )


def _figures(trained: Trained, seen: Clusters, chosen: Configuration) -> dict[str, Figure]:
    shown = {
        f"bin size {view.parameters['bin_size']:g}": plane
        for view, plane in zip(trained.network.views, trained.planes().values(), strict=True)
    }
    last = len(HIDDEN)
    marked = seen.marked
    return {
        "bin_entropy.png": figures.setting_curves(
            shown, label="H(Bin T)", unit=chosen.unit, guide="ln 4096", marked=marked
        ),
        "distances.png": figures.distance_histograms(seen.histograms),
        f"scatter_layer_{last}.png": figures.layer_scatter(
            seen.points, trained.network.task.measured.labels, layer=f"layer {last}"
        ),
    }


if __name__ == "__main__":
    enter("bin_clustering", Configuration, run)
