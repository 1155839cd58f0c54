"""Noise: what the layers of noisy networks know of the input, for many standard deviations.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 3 and 5, supplement 9.1; Fig. 5, 6, 10.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from matplotlib.figure import Figure
from pydantic import Field

from ib_mlflow import figures
from ib_mlflow.studies.configuration import Activation, CommaList
from ib_mlflow.studies.judging.claims import scale_of
from ib_mlflow.studies.judging.verdicts import Finding, rises
from ib_mlflow.studies.reporting.conclusion import conclude
from ib_mlflow.studies.reporting.report import file_name
from ib_mlflow.studies.running.ensembles import Condition
from ib_mlflow.studies.running.tasks import load_whole
from ib_mlflow.studies.running.training import Trained, run_network
from ib_mlflow.studies.study import enter
from ib_mlflow.tracking import StudyRun
from ib_mlflow.trajectory import compression
from projects.noise.claims import (
    Child,
    accuracy,
    children,
    compression_finding,
    correlation,
    late_loss,
    less_compression,
    processing,
)
from projects.noise.clusters import clusters, log_clusters, parting_findings
from projects.noise.networks import (
    GOLDFELD,
    SP,
    NoiseConfiguration,
    binned_planes,
    log_reliability,
    noisy_network,
    noisy_tables,
)

PAPER_HIDDEN = (10, 7, 5, 4, 3)
PAPER_ACCURACY = {
    ("tanh", 0.005, False): (0.99, "Sec. 5; Fig. 5a"),
    ("tanh", 0.005, True): (0.96, "Sec. 5; Fig. 5b"),
    ("linear", 0.01, False): (0.89, "Sec. 5; Fig. 5c"),
    ("tanh", 0.01, False): (0.97, "Suppl. 9.1; Fig. 10a"),
    ("relu", 0.01, False): (0.96, "Suppl. 9.1; Fig. 10b"),
    ("relu", 0.01, True): (0.97, "Suppl. 9.1; Fig. 10c"),
}


class Configuration(NoiseConfiguration):
    """What the layers of noisy networks know of the input, for many standard deviations."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {
            "members": 1, "epochs": 20, "betas": (0.01, 0.1), "activations": ("tanh",),
            "measured": 3, "repeats": 4, "queries": 200,
        },
        "quick": {
            "members": 4, "epochs": 3000, "betas": (0.005, 0.01, 0.1),
            "activations": ("tanh", "relu", "linear"), "measured": 7, "repeats": 48,
            "queries": 200,
        },
        "paper": {
            "members": 5, "epochs": 10_000,
            "betas": (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2),
            "activations": ("tanh", "relu", "linear"), "measured": 50, "repeats": 976,
            "queries": 40_000,
        },
    }  # fmt: skip
    activations: CommaList[Activation] = Field(
        description="an ensemble for each, all its hidden layers alike"
    )


def run(study: StudyRun, chosen: Configuration) -> None:
    """Train an ensemble for each activation, whose members differ in noise and pull."""
    task = load_whole("szt", chosen)
    trained = [
        run_network(study, noisy_network(task, activation, chosen), chosen)
        for activation in chosen.activations
    ]
    findings: list[Finding] = []
    extra: dict[str, Figure] = {}
    for one in trained:
        found = children(one, binned_planes(one))
        findings += _findings(found, chosen)
        extra |= _figures(one, found, chosen)
        drawn, distances = clusters(one, chosen)
        log_clusters(one, drawn)
        log_reliability(one)
        findings += parting_findings(one, found, distances)
    conclude(
        study,
        trained,
        title="Noise",
        findings=findings,
        tables={
            name: table for one in trained for name, table in noisy_tables(one, chosen.unit).items()
        },
        chosen=chosen,
        extra=extra,
        paper=GOLDFELD,
        remarks=(SP,),
    )


def _findings(found: Mapping[Condition, Child], chosen: Configuration) -> list[Finding]:
    unit = chosen.unit
    free = {one.condition.beta: one for one in found.values() if not one.condition.orthonormality}
    pulled = {one.condition.beta: one for one in found.values() if one.condition.orthonormality}
    activation = next(iter(found.values())).activation
    return [
        *_of_one(activation, free, unit),
        *_steady(activation, free, pulled, unit),
        *_of_pairs(activation, free, pulled, unit),
        *(
            accuracy(child, *PAPER_ACCURACY[key])
            for child in found.values()
            for key in [(activation, child.condition.beta, bool(child.condition.orthonormality))]
            if key in PAPER_ACCURACY and chosen.hidden == PAPER_HIDDEN
        ),
    ]


def _of_one(activation: str, free: Mapping[float, Child], unit: str) -> list[Finding]:
    findings = []
    for beta, child in free.items():
        if (activation, beta) in (("tanh", 0.005), ("linear", 0.01)):
            findings.append(compression_finding(child, where="Sec. 5; Fig. 5a, 5c", unit=unit))
        if beta == min(free):
            findings.append(correlation(child, "Sec. 5; Fig. 5, bottom"))
        findings.append(processing(child, "Sec. 1"))
    return findings


def _steady(
    activation: str, free: Mapping[float, Child], pulled: Mapping[float, Child], unit: str
) -> list[Finding]:
    """Judge the two ReLU networks that the paper finds almost without compression."""
    return [
        compression_finding(
            group[0.01], where=f"Suppl. 9.1; Fig. 10{panel}", unit=unit, expected=False
        )
        for panel, group in (("b", free), ("c", pulled))
        if activation == "relu" and 0.01 in group
    ]


def _of_pairs(
    activation: str, free: Mapping[float, Child], pulled: Mapping[float, Child], unit: str
) -> list[Finding]:
    findings: list[Finding] = []
    if activation != "tanh":
        return findings
    if len(free) > 1:
        findings.append(
            less_compression(
                free[min(free)],
                free[max(free)],
                claim="tanh: with large noise compression is milder than with small",
                where="Suppl. 9.1; Fig. 10a; Sec. 4",
                unit=unit,
            )
        )
    both = sorted(free.keys() & pulled.keys())
    findings += [
        less_compression(
            free[beta],
            pulled[beta],
            claim=f"{free[beta].name}: orthonormal weights take compression away",
            where="Sec. 5; Fig. 5b",
            unit=unit,
        )
        for beta in both
    ]
    if 0.005 in both:
        findings.append(
            rises(
                "tanh, β = 0.005: the test loss rises late in training, and less with orthonormal "
                "weights",
                "Sec. 5; Fig. 5a, 5b",
                late_loss(free[0.005]) - late_loss(pulled[0.005]),
                "nats",
            )
        )
    return findings


def _figures(
    one: Trained, found: Mapping[Condition, Child], chosen: Configuration
) -> dict[str, Figure]:
    name = file_name(one.network.name)
    lost = {child.short: compression(child.plane) for child in found.values()}
    return {
        f"information_{name}.png": figures.setting_curves(
            {child.name: child.plane for child in found.values()}, unit=chosen.unit
        ),
        f"bin_entropy_{name}.png": figures.setting_curves(
            {child.name: child.binned for child in found.values()},
            label="H(Bin T)",
            unit=chosen.unit,
        ),
        f"compression_{name}.png": figures.compare_settings(
            lost,
            quantity="compression",
            label=f"compression of I(X;T) [{chosen.unit}]",
            scale=scale_of(chosen.unit),
        ),
    }


if __name__ == "__main__":
    enter("noise_sweep", Configuration, run)
