"""How the phases of learning are drawn, tabled and remarked on.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Dynamics of Learning – Info
    Path", "Drift vs Diffusion" and "SNR of Gradient".
"""

import pandas as pd
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.margins import ABOUT_EPOCH, RESOLVED
from ib_mlflow.studies.judging.powers import median_text
from ib_mlflow.studies.reporting.planes import plane_tables
from ib_mlflow.studies.reporting.report import file_name
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.trajectory.phases import seen_epochs
from .phase_readings import Path, Phases
from .scaling import BINNED
from .turns import SNR

MINIBATCHES = (
    "Intervals of a steepest fall are over minibatches, by a bootstrap that takes them as "
    "independent; they say nothing of other seeds, which the shares of networks do."
)
BOUNDS = (
    "On images the layers are measured through Gaussian noise that is added only to measure: a "
    "lower and an upper bound at each variance, and each is judged on its own."
)
HELD_OUT = "Layers are measured on images that are not learnt from."


def draw(readings: Phases[LearningConfiguration]) -> dict[str, Figure]:
    """Gradients and average paths of every group, and both turning points beside each other."""
    drawn = {}
    for name, paths in _by_group(readings).items():
        ending = f"_{file_name(name)}" if len(_by_group(readings)) > 1 else ""
        points = _points(paths)
        first = paths[0]
        drawn[f"gradients{ending}.png"] = figures.entitle(
            figures.gradient_phases(first.ratios, points), name
        )
        drawn[f"paths{ending}.png"] = figures.phase_paths(
            first.plane, unit=readings.configuration.unit
        )
        judged = points[points["layer"].isin(points["layer"][points["judged"]])]
        if len(judged):
            drawn[f"turning_points{ending}.png"] = figures.agreement(
                judged.assign(
                    group=[f"layer {layer}" for layer in judged["layer"]],
                    across=judged["peak"],
                    up=judged["fall"],
                    seen=judged["fall_seen"] & judged["peak_seen"],
                ),
                across="epoch of the largest I(X;T)",
                up="epoch of the steepest fall of SNR",
                factor=ABOUT_EPOCH,
            )
    return drawn


def tables(readings: Phases[LearningConfiguration]) -> dict[str, Table]:
    """The turning points of every layer, and where its path ends, of each group."""
    turning = {
        f"Turning points, {name}": turning_table(paths)
        for name, paths in _by_group(readings).items()
    }
    return turning | plane_tables(readings.ensembles.planes)


def turning_table(paths: list[Path]) -> Table:
    """The median turning points of every layer, and how sharp the falls are.

    Arguments:
        paths: of one group, one a layer.

    Returns:
        A row a layer.
    """
    rows = []
    for path in paths:
        points = path.turning_points
        rows.append(
            (
                path.layer,
                _median(points, "peak"),
                f"{int(points['judged'].sum())} of {len(points)}",
                _median(points, "fall"),
                f"{median_text(points['low'])} to {median_text(points['high'])}",
                median_text(seen_epochs(path.falls_of("log_snr"))),
            )
        )
    return Table(
        [
            "layer", "largest I(X;T), median epoch", "judged", "steepest fall of SNR",
            "its interval over minibatches, medians", "steepest fall of log SNR",
        ],
        rows,
    )  # fmt: skip


def remarks(readings: Phases[LearningConfiguration]) -> list[str]:
    """What a reader must know: of SNR, of the estimates, and of what is not judged."""
    bins = all("binned" in set(of.frame["estimator"]) for of in readings.ensembles.planes.values())
    unresolved = [
        f"{path.name}, layer {path.layer}" for path in readings.paths if not path.resolved.any()
    ]
    closed = (
        f"I(X;T) comes within {100 * RESOLVED:g} % of ln n in every network, and nothing is judged "
        f"of it: {'; '.join(unresolved)}."
    )
    own = [BINNED] if bins else [BOUNDS, HELD_OUT]
    return [*own, SNR, MINIBATCHES, *([closed] if unresolved else [])]


def _by_group(readings: Phases[LearningConfiguration]) -> dict[str, list[Path]]:
    groups: dict[str, list[Path]] = {}
    for path in readings.paths:
        groups.setdefault(path.name, []).append(path)
    return groups


def _median(points: pd.DataFrame, name: str) -> str:
    """The median of a turning point, beyond training where it was not seen."""
    epochs = points[name]
    return median_text(epochs.where(points[f"{name}_seen"] | epochs.isna(), float("inf")))


def _points(paths: list[Path]) -> pd.DataFrame:
    return pd.concat([path.turning_points for path in paths], ignore_index=True)
