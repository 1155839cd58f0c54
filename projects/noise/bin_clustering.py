"""Bins and clusters: what H(Bin T) of a deterministic network measures.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 1 and 5; Fig. 1 and 6.
"""

from typing import Any, ClassVar

from pydantic import Field, field_validator

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import BIN_ORIGIN, BinOrigin, BinSize, Distinct
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.lengths import HAPPENS, at_its_end
from ib_mlflow.studies.reporting.planes import plane_tables
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.perceptrons import Layers, binned_spec
from ib_mlflow.studies.running.tasks import whole_task
from ib_mlflow.studies.study import Study
from . import bin_claims
from .paper import BINNED, HIDDEN, PAPER, ROUNDED
from .reporting import bin_figures


class Configuration(TrainingConfiguration):
    """What the entropy of binned activations tells of clusters, for many sizes of a bin."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {"members": 2, "epochs": 8},
        "quick": {"members": 10, "epochs": 4000},
        "paper": {"members": 20, "epochs": 8000},
    }
    bin_sizes: Distinct[BinSize] = Field(
        (1e-8, 1e-4, 0.001, 0.01, 0.1, 0.5),
        description="widths of a bin; one training, measured with each",
    )
    coarse: BinSize = Field(0.1, description="the bin size whose H(Bin T) is held against clusters")
    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)

    @field_validator("bin_sizes")
    @classmethod
    def _several(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if len(values) < 2:
            raise ValueError("name two or more values")
        return values


def ensembles(configuration: Configuration) -> list[EnsembleSpec]:
    """The one ensemble, measured with every bin size."""
    sizes = sorted({*configuration.bin_sizes, configuration.coarse})
    task, layers = whole_task("szt", configuration), Layers.alike(HIDDEN, "tanh")
    origin = configuration.bin_origin
    return [binned_spec("szt tanh", task, configuration, layers, sizes, origin)]


STUDY: Study[Configuration, bin_claims.BinClustering] = Study(
    title="Bins and clusters",
    question="What does the entropy of binned activations tell of clusters?",
    paper=PAPER,
    configuration=Configuration,
    trains=ensembles,
    setting={"weight_decay": (0.0,)},
    reads=lambda _, configuration, trained: bin_claims.read_clusters(
        configuration, trained, configuration.coarse
    ),
    claims=[
        Claim(
            "For small bins ({of.finest:g}) H(Bin T) is ln 4096 in every hidden layer at every "
            "epoch",
            "Sec. 1; Fig. 1",
            bin_claims.tells_all_apart,
        ),
        Claim(
            "H(Bin T) is highly sensitive to the bin size: at the end the last hidden layer "
            "({of.last_hidden}) shows much more with bins of {of.finest:g} than with bins of "
            "{of.largest:g}",
            "Sec. 1 and 5; Fig. 1",
            at_its_end(bin_claims.shows_less_in_larger_bins, bin_claims.coarse, HAPPENS),
        ),
        Claim(
            "With bins of {of.coarse:g} the last hidden layer gains H(Bin T) and then loses it "
            "again, although I(X;T) does not change",
            "Sec. 1 and 5; Fig. 1",
            lambda of: (bin_claims.COMPRESSES(of), bin_claims.tells_all_apart(of)),
        ),
        Claim(
            "With small bins ({of.finest:g}) it loses nothing of that kind",
            "Sec. 1; Fig. 1",
            bin_claims.STAYS_IN_FINE_BINS,
        ),
        Claim(
            "H(Bin T) with bins of {of.coarse:g} follows the clusters: over the epochs its rank "
            "goes with that of the median distance within a class, in the last hidden layer",
            "Sec. 5",
            bin_claims.follows_the_clusters,
        ),
        Claim(
            "Samples of one class cluster together: distances within classes and between them "
            "share less of their histograms at the end than before training",
            "Sec. 5, of deterministic networks",
            at_its_end(bin_claims.parts_the_classes, bin_claims.coarse, HAPPENS),
        ),
        Claim(
            "Clusters are tighter in deeper layers: the median distance within a class, over that "
            "between classes, is smaller in layer {of.last_hidden} than in layer 1",
            "Sec. 1",
            at_its_end(bin_claims.tightens_with_depth, bin_claims.coarse, HAPPENS),
        ),
    ],
    figures=bin_figures,
    tables=lambda readings: plane_tables(
        {f"Bin size {size:g}": plane for size, plane in readings.by_size.items()}
    ),
    remarks=lambda _: [BINNED, ROUNDED],
    minutes={"toy": 0.5, "quick": 2.1, "paper": 2.5},
)
