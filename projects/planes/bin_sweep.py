"""Bin sizes: how the width of a bin decides where the layers lie on the plane.

Reference:
    Revisiting the Information Plane, sections 2.2.1 and 2.3, appendix D; Fig. 1, 4, 5, 11, 13
    and 14; Table 1.
"""

from typing import Any, ClassVar

from matplotlib.figure import Figure
from pydantic import Field

from ib_mlflow import figures
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import Activation, BinSize, CommaList, Distinct, Units
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.reporting.planes import plane_table
from ib_mlflow.studies.reporting.report import file_name
from ib_mlflow.studies.running.ensembles import EnsembleSpec, mlp_spec
from ib_mlflow.studies.running.groups import binned_groups
from ib_mlflow.studies.study import Study
from ib_mlflow.trajectory import corner_distance
from ib_mlflow.units import scale_of
from projects.planes import bin_claims
from projects.planes.bin_claims import BinSweep, read_bins
from projects.planes.paper import BINNED, HIDDEN, PAPER, TaskName, entropy_table, load_task


class Configuration(TrainingConfiguration):
    """How the bin size decides where the layers lie on the information plane."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {"members": 2, "epochs": 20, "tasks": ("szt",)},
        "quick": {"members": 10, "epochs": 2000, "tasks": ("szt", "mnist")},
        "paper": {"members": 10, "epochs": 8000, "tasks": ("szt", "mnist")},
    }
    tasks: Distinct[TaskName] = Field(description="what is learnt; mnist: its digits 1, 3 and 8")
    activations: Distinct[Activation] = Field(
        ("tanh", "relu"), description="one network for each, all its hidden layers alike"
    )
    hidden: CommaList[Units] = Field(HIDDEN, description="units of the hidden layers")
    bin_sizes: Distinct[BinSize] = Field(
        (0.01, 0.07, 0.15, 0.3), description="widths of a bin; one training, measured with each"
    )


def ensembles(configuration: Configuration) -> list[EnsembleSpec]:
    """An ensemble for each task and activation, measured with every bin size."""
    return [
        mlp_spec(
            f"{task.name} {activation}",
            task,
            configuration,
            hidden=configuration.hidden,
            activations=[activation] * len(configuration.hidden),
            groups=binned_groups(
                f"{task.name} {activation}", sorted(configuration.bin_sizes), configuration.seeds
            ),
        )
        for task in (load_task(name, configuration) for name in configuration.tasks)
        for activation in configuration.activations
    ]


def draw(readings: BinSweep) -> dict[str, Figure]:
    """Histograms, occupied cells, and where the layers end by bin size, of each ensemble."""
    unit = readings.configuration.unit
    pictures: dict[str, Figure] = {}
    for swept in readings.swept:
        name = file_name(swept.name)
        pictures |= {
            f"bin_histograms_{name}.png": figures.bin_histograms(swept.histograms),
            f"occupied_bins_{name}.png": figures.occupied_bins(swept.cells),
            f"ends_by_bin_size_{name}.png": figures.compare_settings(
                {
                    f"bin size {size:g}": corner_distance(plane)
                    for size, plane in swept.by_size.items()
                },
                quantity="i_x",
                label=f"I(X;T) at the end [{unit}]",
                scale=scale_of(unit),
                guide=("H(X)", swept.trained.spec.task.guides.h_x * scale_of(unit)),
            ),
        }
    return pictures


STUDY: Study[Configuration, BinSweep] = Study(
    title="Bin sizes",
    question="How does the width of a bin decide where the layers lie on the plane?",
    paper=PAPER,
    configuration=Configuration,
    trains=ensembles,
    reads=read_bins,
    claims=[
        Claim(
            "{of.name}: as bins shrink from {of.largest:g} to {of.smallest:g}, no hidden layer "
            "ends farther from the corner (H(X), I(X;Y)), and some end nearer",
            "{of.where}; Sec. 2.3",
            bin_claims.drifts,
            bin_claims.several_sizes,
        ),
        Claim(
            "{of.name}: the drift into the corner is stronger for the last hidden layer than for "
            "the first",
            "{of.where}",
            bin_claims.drifts_more_at_the_output,
            bin_claims.several_sizes_of_tanh,
        ),
        Claim(
            "{of.name}: where the output ends does not depend on the bin size",
            "{of.where}",
            bin_claims.output_stays,
            bin_claims.several_sizes_of_tanh,
        ),
        Claim(
            "{of.name}: while it learns, the last hidden layer ({of.last_hidden}) empties its "
            "bins, as tanh layers do",
            "Sec. 2.3; Fig. 5, 13, 14",
            bin_claims.empties,
            lambda readings: readings.all_of("tanh"),
        ),
        Claim(
            "{of.name}: while it learns, the last hidden layer ({of.last_hidden}) fills more bins, "
            "as ReLU layers do",
            "Sec. 2.3; Fig. 5, 13, 14",
            bin_claims.fills,
            lambda readings: readings.all_of("relu"),
        ),
    ],
    figures=draw,
    tables=lambda readings: (
        {"Table 1 of the paper": entropy_table(readings.tasks)}
        | {name: plane_table(plane) for name, plane in readings.ensembles.planes.items()}
    ),
    remarks=lambda _: [BINNED],
    minutes={"toy": 0.5, "quick": 4.0},
)
