"""The spiral: noisy networks of narrow layers on a second synthetic task.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, supplement 9.2; Fig. 11, 12, 13.
"""

from typing import Any, ClassVar

from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.configuration import Activation
from ib_mlflow.studies.judging.claims import falls, plane_table
from ib_mlflow.studies.judging.verdicts import Finding
from ib_mlflow.studies.reporting.conclusion import conclude
from ib_mlflow.studies.running.ensembles import Network, binned_views
from ib_mlflow.studies.running.tasks import load_whole
from ib_mlflow.studies.running.training import Trained, run_network
from ib_mlflow.studies.study import enter
from ib_mlflow.tracking import StudyRun
from projects.noise.claims import (
    SHARE,
    Child,
    children,
    compression_finding,
    correlation,
    less_compression,
    processing,
)
from projects.noise.clusters import clusters, log_clusters
from projects.noise.networks import (
    GOLDFELD,
    SP,
    NoiseConfiguration,
    binned_planes,
    log_reliability,
    noisy_network,
    noisy_tables,
)

ACTIVATION: Activation = "tanh"
DETERMINISTIC_BIN = 0.001
"""The bin size of the deterministic network in Fig. 13."""


class Configuration(NoiseConfiguration):
    """What narrow noisy layers know of the points of a spiral, with and without noise."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {
            "members": 1, "epochs": 20, "betas": (0.05,), "hidden": (3, 3, 3), "measured": 3,
            "repeats": 4, "queries": 200,
        },
        "quick": {
            "members": 5, "epochs": 4000, "betas": (0.005,), "hidden": (3, 3, 3, 3, 3),
            "measured": 12, "repeats": 64, "queries": 500,
        },
        "paper": {
            "members": 5, "epochs": 10_000, "betas": (0.005,), "hidden": (3, 3, 3, 3, 3),
            "measured": 50, "repeats": 976, "queries": 40_000,
        },
    }  # fmt: skip


def run(study: StudyRun, chosen: Configuration) -> None:
    """Train noisy networks and deterministic ones of the same seeds, and compare them."""
    task = load_whole("spiral", chosen)
    noisy = run_network(study, noisy_network(task, ACTIVATION, chosen), chosen)
    deterministic = run_network(
        study,
        Network(
            name="deterministic",
            task=task,
            hidden=chosen.hidden,
            activations=(ACTIVATION,) * len(chosen.hidden),
            initialisation=chosen.initialisation,
            views=binned_views("deterministic", [DETERMINISTIC_BIN]),
            measured=chosen.measured,
        ),
        chosen,
    )
    found = list(children(noisy, binned_planes(noisy)).values())
    drawn, _ = clusters(noisy, chosen)
    log_clusters(noisy, drawn)
    log_reliability(noisy)
    trained = [noisy, deterministic]
    conclude(
        study,
        trained,
        title="The spiral",
        findings=[*_findings(found, chosen.unit), _clustered(deterministic, chosen.unit)],
        tables=noisy_tables(noisy, chosen.unit)
        | {name: plane_table(plane, chosen.unit) for name, plane in deterministic.planes().items()},
        chosen=chosen,
        extra={
            "data.png": figures.input_scatter(task.measured.features(), task.measured.labels),
            **_figures(found, deterministic, chosen),
        },
        paper=GOLDFELD,
        remarks=(SP,),
    )


def _findings(found: list[Child], unit: str) -> list[Finding]:
    free = [child for child in found if not child.condition.orthonormality]
    pulled = {child.condition.beta: child for child in found if child.condition.orthonormality}
    where = "Suppl. 9.2; Fig. 12"
    findings: list[Finding] = []
    for child in free:
        findings += [
            compression_finding(child, where=f"{where}a", unit=unit),
            correlation(child, where),
            processing(child, "Sec. 1"),
        ]
        if child.condition.beta in pulled:
            findings.append(
                less_compression(
                    child,
                    pulled[child.condition.beta],
                    claim=f"{child.name}: orthonormal weights take compression away",
                    where=f"{where}b",
                    unit=unit,
                )
            )
    return findings


def _clustered(deterministic: Trained, unit: str) -> Finding:
    plane = deterministic.trajectory
    layer = len(deterministic.network.hidden)
    return falls(
        plane,
        layer,
        claim=f"deterministic: H(Bin T) of layer {layer} falls, in bins of {DETERMINISTIC_BIN:g}: "
        "it shows clusters where I(X;T) is constant",
        where="Suppl. 9.2; Fig. 13",
        least=SHARE * plane.guides.h_x,
        unit=unit,
    )


def _figures(
    found: list[Child], deterministic: Trained, chosen: Configuration
) -> dict[str, Figure]:
    hidden = range(1, len(chosen.hidden) + 1)
    binned = {child.name: child.binned for child in found}
    binned |= {name: plane.select(layers=hidden) for name, plane in deterministic.planes().items()}
    return {
        "information.png": figures.setting_curves(
            {child.name: child.plane for child in found}, unit=chosen.unit
        ),
        "bin_entropy.png": figures.setting_curves(binned, label="H(Bin T)", unit=chosen.unit),
    }


if __name__ == "__main__":
    enter("spiral", Configuration, run)
